import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { canAsk } from './terminal.ts'

/** `--input name=value`, as given. */
export function givenInputs(flags: readonly string[] = []): { [name: string]: string } {
  const given = new Map<string, string>()
  for (const flag of flags) {
    const at = flag.indexOf('=')
    if (at < 1) throw new Fault('usage', `${JSON.stringify(flag)} is not name=value`, { where: '--input' })
    given.set(flag.slice(0, at), flag.slice(at + 1))
  }
  return Object.fromEntries(given)
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
    ...givenInputs(flags),
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
