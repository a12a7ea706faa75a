import type { World } from '../engine/index.ts'
import type { Lab } from '../lab/index.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
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

/** Signs in to the lab as the responder, in each of the case's clouds. Fault `bug` where that fails. */
export async function signIn(request: Rehearsed, lab: Lab): Promise<World['sessions']> {
  const { of, playbook, providers } = request
  const inputs = of.filledIn ? (playbook.drill?.inputs ?? {}) : { projects: [] }
  const scope = scopeWith(playbook.scope, inputs)
  const sessions: World['sessions'][number][] = []
  for (const cloud of cloudsIn(request)) {
    const connected = await providers.get(cloud)?.connect({
      scope: scope[cloud] ?? {},
      lab: { endpoint: lab.endpoint, credentials: (lab.responders[cloud] ?? {}) as Json },
    })
    sessions.push(...(connected?.sessions ?? []))
    const [lost] = connected?.unreached ?? []
    if (lost) throw new Fault('bug', lost.fault.message)
  }
  return sessions
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
