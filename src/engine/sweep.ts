import { Fault, toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Verb } from '../model/interruption.ts'
import { asking, type Moment } from '../model/purpose.ts'
import type { Holds } from '../model/run/holds.ts'
import { issuedBy } from '../model/run/rotation-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { isAbsolute } from '../model/spare.ts'
import { type Credentials, credentialsOf, gapText, leavesOut } from './credentials.ts'
import { ownerOf, planChange } from './expand.ts'
import { inLanes, laneOf } from './lanes.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { checkSignal, sessionOf, type World } from './world.ts'

/** Verbs that stop a principal or a credential of it; narrowing one does not call for a sweep. */
const STOPS: readonly Verb[] = ['quarantine', 'disable', 'revoke-sessions']

/** Returns the principals that a run stops, or whose credentials it stops. */
export function owners(state: RunState): Identity[] {
  const found = new Map<string, Identity>()
  for (const { planned, identity } of state.changes.values()) {
    if (!STOPS.includes(planned.verb)) continue
    const owner = ownerOf(identity)
    if (!found.has(owner.id) || owner.uid !== '') found.set(owner.id, owner)
  }
  return [...found.values()]
}

interface Appeared {
  /** `unsure`: it may have been there before the plan. */
  found: { owner: Identity; identity: Identity; unsure: boolean }[]
  /** Owners that could not be listed: they never count as having nothing new. */
  failed: { owner: Identity; fault: Fault }[]
}

/** Working credentials that the plan did not know; of each owner that can be listed. */
export async function appeared(world: World, state: RunState): Promise<Appeared> {
  const all = owners(state)
  const handled = new Set([
    ...[...state.changes.values()].map(({ identity }) => identity.id),
    ...state.found.map(({ identity }) => identity.id),
    ...issuedBy(state),
  ])
  const listed = new Map<Identity, Credentials>()
  const failed: Appeared['failed'] = []
  await inLanes(
    all.map(owner => [owner]),
    identity => laneOf({ identity }),
    async group => {
      for (const owner of group) {
        checkSignal(world)
        try {
          listed.set(owner, await credentialsOf(world, owner))
        } catch (error) {
          const caught = toFault(error)
          if (stopsTheRun(caught)) throw caught
          failed.push({ owner, fault: caught })
        }
      }
    },
  )
  // A credential on an application is listed with each of its principals too, so one list knows it for all owners.
  const known = new Set(Object.values(state.plan.known).flat())
  const { unknown = {} } = state.plan
  const found = new Map<string, Appeared['found'][number]>()
  for (const [owner, { found: now, gaps }] of listed) {
    const [gap] = [...gaps, ...(unknown[owner.id] ?? [])]
    if (gap) failed.push({ owner, fault: new Fault('denied', gapText(gap), { where: owner.id }) })
    // The plan lists an application's credentials under the principal that was selected.
    const isListed = Object.hasOwn(state.plan.known, owner.id)
    const before = isListed ? (unknown[owner.id] ?? []) : Object.values(unknown).flat()
    for (const identity of now) {
      const { id, kind, facts } = identity
      if (known.has(id) || handled.has(id) || found.has(id) || facts['enabled'] === false) continue
      const age = ageOf(world, identity, state.plan.at)
      if (age === 'old' || (age === undefined && leavesOut(before, kind))) continue
      found.set(id, { owner, identity, unsure: age === 'unsure' })
    }
  }
  return { found: [...found.values()], failed }
}

/** Our clock, corrected by the whole seconds that a cloud shows, may be so far from the cloud's; and so may its own times be. */
const UNSURE_MS = 2_000

/** Whether a credential is from before the plan, by its own date; undefined where its kind has none that tells. */
function ageOf(
  world: World,
  { cloud, kind, facts }: Identity,
  plan: string,
): 'old' | 'new' | 'unsure' | undefined {
  const isDated = world.providers.get(cloud)?.kinds.some(({ name, dated }) => name === kind && dated === true)
  const created = typeof facts['created'] === 'string' ? Date.parse(facts['created']) : Number.NaN
  if (!isDated || Number.isNaN(created)) return undefined
  const after = created - Date.parse(plan)
  if (Math.abs(after) <= UNSURE_MS) return 'unsure'
  return after < 0 ? 'old' : 'new'
}

/**
 * Looks for credentials that appeared on contained principals meanwhile and adds a change for each. Returns what it
 * added; the caller applies it and sweeps again. `whole`: every owner could be listed.
 *
 * @param since the listings are from after it: `Guard.inForce` for the last sweep of a run
 */
export async function sweep(
  world: World,
  recorder: Recorder,
  holds: Holds,
  since: Moment,
): Promise<{ added: ChangeState[]; whole: boolean }> {
  return await asking({ purpose: 'sweep', since }, () => sweepOnce(world, recorder, holds))
}

async function sweepOnce(
  world: World,
  recorder: Recorder,
  holds: Holds,
): Promise<{ added: ChangeState[]; whole: boolean }> {
  const { state } = recorder
  const added: ChangeState[] = []
  const { found, failed } = await appeared(world, state)
  for (const { owner, identity, unsure } of found) {
    const interruption = world.providers
      .get(identity.cloud)
      ?.interruptions.find(({ on, verbs }) => on.includes(identity.kind) && verbs.includes('disable'))
    // It appeared on an identity that is being stopped: a mark on it is no reason to leave it.
    const spare = sessionOf(world, identity).spares(identity)
    const spared = spare !== undefined && isAbsolute(spare)
    const planned =
      // Somebody may have made it just before, in place of what is stopped: it is said, and a person decides.
      interruption && !spared && !unsure
        ? await planChange(world, {
            key: `${identity.id} ${interruption.id}`,
            identity,
            interruption,
            verb: 'disable',
            params: interruption.params.parse({}),
            step: 'sweep',
            // It was made while its owner was being contained: a restore must not give it back to the attacker.
            after: 'keep-off',
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
  for (const { owner, fault } of failed) {
    const known = state.unswept.find(each => each.owner === owner.id)
    if (known?.fault.message === fault.message) continue
    await recorder.record({ type: 'sweep.failed', owner: owner.id, fault: fault.record() })
  }
  return { added, whole: failed.length === 0 }
}
