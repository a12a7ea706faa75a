import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { canAsk } from './terminal.ts'

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

/**
 * All inputs of a playbook: given on the command line, else in the lab those of its rehearsal, else asked for on a
 * terminal. Fault `invalid-input` names the flag of what is missing.
 */
export async function inputsFor(
  playbook: Playbook,
  flags: readonly string[] | undefined,
  lab: boolean,
): Promise<{ [name: string]: Json }> {
  const { missingInputs, readInput, resolveInputs } = await import('../model/playbook/inputs.ts')
  const given: { [name: string]: Json } = {
    ...(lab ? playbook.drill?.inputs : {}),
    ...givenInputs(flags, playbook),
  }
  if (canAsk()) {
    for (const name of missingInputs(playbook, given)) {
      const spec = playbook.inputs[name]
      if (!spec) continue
      const { askText } = await import('./ask.ts')
      const asked = await askText(`${name}: ${spec.description}`, text => {
        const read = readInput(spec, text)
        return 'flaw' in read ? `${name} ${read.flaw}` : undefined
      })
      given[name] = asked
    }
  }
  return resolveInputs(playbook, given)
}
