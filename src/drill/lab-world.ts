import type { Lab } from '../lab/index.ts'
import type { Listener } from '../model/event.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider } from '../model/provider.ts'
import type { Timing } from '../model/timing.ts'
import type { OpenLab } from '../toolkit/open-lab.ts'
import { type Joined, join } from '../toolkit/target.ts'

/** A lab of this process, as the toolkit takes it. */
export function openedLab(lab: Lab): OpenLab {
  return {
    id: lab.id,
    endpoint: lab.endpoint,
    credentials: lab.responders as { [cloud: string]: Json },
    propagation: lab.propagationMs,
    now: () => lab.clock.now(),
    advance: async seconds => lab.clock.advance(seconds),
    reset: () => lab.reset(),
    close: async () => undefined,
  }
}

/** The clouds and scope that a rehearsal signs in to. */
interface Rehearsed {
  playbook: Playbook
  providers: ReadonlyMap<string, Provider>
  inputs: { readonly [name: string]: Json }
  timing: Timing
  listen?: Listener
  signal?: AbortSignal | undefined
}

/** Signs in to the lab as the responder, in each cloud of the playbook's scope. Fault `bug` where that fails. */
export async function joinLab(lab: Lab, rehearsed: Rehearsed): Promise<Joined> {
  const { playbook, providers, inputs, timing, listen = () => undefined, signal } = rehearsed
  const scope = scopeWith(playbook.scope, inputs)
  const joined = await join({ providers, scope, lab: openedLab(lab), listen, signal, timing })
  const [unreached] = joined.world.unreached
  if (unreached === undefined) return joined
  await joined.close()
  throw new Fault('bug', unreached.fault.message)
}
