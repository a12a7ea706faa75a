import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import type { IncidentCase } from './cases.ts'

interface Rehearsed {
  of: IncidentCase
  playbook: Playbook
  providers: ReadonlyMap<string, Provider>
}

/** Names of the clouds that a case is about: those of its playbook's scope. */
export function cloudsIn({ playbook, providers }: Rehearsed): string[] {
  return [...providers.keys()].filter(cloud => Object.hasOwn(playbook.scope, cloud))
}

/** The inputs that a case signs in with: those of a person who knows whom it is about, else those of an event. */
export function inputsOf({ of, playbook }: Rehearsed): { [name: string]: Json } {
  return of.filledIn ? (playbook.drill?.inputs ?? {}) : { projects: [] }
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
