import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { textOf } from './answers.ts'
import type { Host } from './host.ts'

/**
 * `--input name=value`, as given. An input that is a list takes the values of all its flags together; any other is given
 * once.
 * @throws Fault `usage` for text that is not `name=value`, and for an input of one value that is given twice
 */
export function givenInputs(
  flags: readonly string[] = [],
  { inputs }: Pick<Playbook, 'inputs'> = { inputs: {} },
): { [name: string]: Json } {
  const given = new Map<string, string[]>()
  for (const flag of flags) {
    const at = flag.indexOf('=')
    if (at < 1) throw new Fault('usage', `${JSON.stringify(flag)} is not name=value`, { where: '--input' })
    const name = flag.slice(0, at)
    given.set(name, [...(given.get(name) ?? []), flag.slice(at + 1)])
  }
  const isList = (name: string) => Object.hasOwn(inputs, name) && inputs[name]?.type === 'list'
  return Object.fromEntries(
    [...given].map(([name, values]): [string, Json] => {
      if (values.length === 1) return [name, values[0] ?? '']
      if (isList(name)) return [name, values.flatMap(value => value.split(',')).map(item => item.trim())]
      throw new Fault('usage', `input '${name}' takes one value and is given ${values.length} times`, {
        where: '--input',
        next: `give one of them: --input '${name}=${values[0] ?? ''}'`,
      })
    }),
  )
}

/** Inputs as they are given: plain data, and texts `name=value`, which count more. */
export interface InputRequest {
  inputs?: { readonly [name: string]: Json }
  input?: readonly string[] | undefined
}

/**
 * All inputs of a playbook: as given, else in the lab those of its rehearsal, else as the host answers the question `input`.
 *
 * @throws Fault `invalid-input` with the flag of an input that is missing or wrong
 */
export async function inputsFor(
  host: Pick<Host, 'answer' | 'lab'>,
  playbook: Playbook,
  { inputs, input }: InputRequest,
): Promise<{ [name: string]: Json }> {
  const { missingInputs, readInput, resolveInputs } = await import('../model/playbook/inputs.ts')
  const given: { [name: string]: Json } = {
    ...(host.lab ? playbook.drill?.inputs : {}),
    ...inputs,
    ...givenInputs(input, playbook),
  }
  for (const name of missingInputs(playbook, given)) {
    const spec = playbook.inputs[name]
    if (!spec) continue
    const { description } = spec
    const flaw = (text: string) => {
      const read = readInput(spec, text)
      return 'flaw' in read ? `${name} ${read.flaw}` : undefined
    }
    const text = await textOf(host, { type: 'input', name, description, flaw, safe: undefined })
    if (text !== undefined) given[name] = text
  }
  return resolveInputs(playbook, given)
}
