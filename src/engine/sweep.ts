import { toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Identity } from '../model/identity.ts'
import type { Verb } from '../model/interruption.ts'
import type { ChangeState, RunState } from '../model/replay.ts'
import { ownerOf, planChange } from './expand.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { checkSignal, sessionOf, type World } from './world.ts'

/** Verbs that stop a principal or a credential of it; narrowing one does not call for a sweep. */
const STOPS: readonly Verb[] = ['quarantine', 'disable', 'revoke-sessions']

/** The principals that a run stops, or whose credentials it stops. */
function owners(state: RunState): Identity[] {
  const found = new Map<string, Identity>()
  for (const { planned, identity } of state.changes.values()) {
    if (!STOPS.includes(planned.verb)) continue
    const owner = ownerOf(identity)
    if (!found.has(owner.id) || owner.uid !== '') found.set(owner.id, owner)
  }
  return [...found.values()]
}

/** Working credentials that the plan did not know. An owner that cannot be listed is a fault, never "none". */
export async function appeared(
  world: World,
  state: RunState,
): Promise<{ owner: Identity; identity: Identity }[]> {
  const found: { owner: Identity; identity: Identity }[] = []
  for (const owner of owners(state)) {
    checkSignal(world)
    const known = new Set(state.plan.known[owner.id] ?? [])
    for (const identity of await credentialsOf(world, owner)) {
      const handled =
        [...state.changes.values()].some(change => change.identity.id === identity.id) ||
        state.found.some(found => found.identity.id === identity.id)
      if (!known.has(identity.id) && !handled && identity.facts.enabled !== false) {
        found.push({ owner, identity })
      }
    }
  }
  return found
}

/** A principal that is gone has none left. */
async function credentialsOf(world: World, owner: Identity): Promise<Identity[]> {
  try {
    return await sessionOf(world, owner).credentials(owner)
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/**
 * Looks for credentials that appeared on contained principals meanwhile and adds a change for each. Returns what it
 * added; the caller applies it and sweeps again.
 */
export async function sweep(world: World, recorder: Recorder, holds: Holds): Promise<ChangeState[]> {
  const { state } = recorder
  const added: ChangeState[] = []
  for (const { owner, identity } of await appeared(world, state)) {
    const interruption = world.providers
      .get(identity.cloud)
      ?.interruptions.find(({ on, verbs }) => on.includes(identity.kind) && verbs.includes('disable'))
    const spared = sessionOf(world, identity).spares(identity)
    const planned =
      interruption && !spared
        ? await planChange(world, {
            key: `${identity.id} ${interruption.id}`,
            identity,
            interruption,
            verb: 'disable',
            params: interruption.params.parse({}),
            step: 'sweep',
            run: state.run,
            at: world.clock(),
            holds,
          })
        : undefined
    const change = planned && 'key' in planned ? planned : undefined
    // The change first: after a crash between the two, resume still stops the credential.
    if (change) {
      await recorder.record({ type: 'change.added', change })
      added.push(recorder.change(change.key))
    }
    await recorder.record({ type: 'sweep.found', owner: owner.id, identity, contained: change !== undefined })
  }
  return added
}

/** Sweeping failed: whether something appeared is then unknown, and the run is not complete. */
export function sweepFailed(error: unknown): boolean {
  return !stopsTheRun(toFault(error))
}
