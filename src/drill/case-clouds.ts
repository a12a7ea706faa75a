import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'

interface Rehearsed {
  playbook: Playbook
  providers: ReadonlyMap<string, Provider>
}

/** Names of the clouds that a case is about: those of its playbook's scope. */
export function cloudsIn({ playbook, providers }: Rehearsed): string[] {
  return [...providers.keys()].filter(cloud => Object.hasOwn(playbook.scope, cloud))
}

/** The playbook as somebody has it who knows whom it is about: what an event does not say is a default. */
export function filledIn(playbook: Playbook): Playbook {
  const known = playbook.drill?.inputs ?? {}
  const inputs = Object.entries(playbook.inputs).map(([name, spec]) => {
    const value = known[name]
    return [name, value === undefined ? spec : { ...spec, default: value }]
  })
  return { ...playbook, inputs: Object.fromEntries(inputs) }
}
