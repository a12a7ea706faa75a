import { entryOf, pick } from '../model/facet.ts'
import { Fault } from '../model/fault.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import { sides } from '../model/plan.ts'
import type { Session } from '../model/provider.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { checkPlanned, isLossy } from './fallback.ts'
import type { Recorder } from './recorder.ts'
import { type Aim, aim } from './target-state.ts'
import { contextFor, interruptionOf, sessionOf, type World } from './world.ts'

/** A change on its way down a ladder of what the cloud has room for. */
export interface Attempt {
  change: ChangeState
  /** Entries that found no room. */
  exhausted: readonly string[]
  /** 0: the first attempt, compared with the plan. */
  rung: number
  /** With what the cloud refused the rung above; absent at the first. */
  refusal?: Fault
}

/** A change whose intention is on disk, so that it may be written. */
export interface Ready extends Attempt {
  session: Session
  interruption: Interruption
  context: Context
  aimed: Pick<Aim, 'differences' | 'from' | 'to'>
  /** The next rung may take the place of this one when there is no room. */
  mayFall: boolean
}

type Differences = Aim['differences']

/** A change that ends here. */
export type Outcome = Parameters<Recorder['record']>[0]

/** Reads afresh, refuses, compares with the plan, records the intention. Faults of the cloud are thrown. */
export async function prepare(
  world: World,
  recorder: Recorder,
  holds: Holds,
  { change, exhausted, rung, refusal }: Attempt,
): Promise<Ready | Outcome> {
  const { key, planned, identity } = change
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const { run } = recorder.state
  const now = world.clock()
  const strong = planned.strength === undefined ? {} : { strength: planned.strength }
  const context = (at: string, seen?: Reading['seen']): Context => ({
    ...contextFor(run, at, planned, seen, exhausted),
    ...heldWith(planned),
    postpone: true,
    ...strong,
  })
  const reading = await interruption.read(session.client, context(now))
  if (!reading) return { type: 'change.gone', key }
  checkUid(identity, reading)
  const because = interruption.refuse?.(reading.facet, context(now, reading.seen))
  if (because) return { type: 'change.refused', key, because }
  if (rung === 0) {
    // Times go into what is written, so the comparison is made with the time of the plan.
    const asPlanned = aim(interruption, reading, context(planned.at, reading.seen), holds, key, planned.joins)
    if (!isApproved(planned.differences, asPlanned.differences, reading)) {
      throw stale(planned.differences, asPlanned)
    }
  }
  const aimed = aim(interruption, reading, context(now, reading.seen), holds, key, planned.joins)
  if (refusal) {
    keepWritten(aimed, change, reading, exhausted)
    const whole = { ...context(now, reading.seen), exhausted: [] }
    // Nothing is left to try, and it is not so either.
    if (
      aimed.differences.length === 0 &&
      aim(interruption, reading, whole, holds, key).differences.length > 0
    )
      throw refusal
    checkPlanned(planned, aimed, refusal.message)
    if (isLossy(aimed)) await checkWayBack(world, change, context(now, reading.seen), refusal.message)
  }
  if (aimed.differences.length === 0) return { type: 'change.already', key }
  const { before, after } = sides(aimed.differences)
  const intended = await recorder.record({
    type: 'change.intended',
    key,
    uid: reading.uid,
    before,
    after,
    joined: aimed.joined,
  })
  for (const held of recorder.change(key).held) {
    if (held.at === intended.at || rung > 0) holds.add(identity.id, { ...held, run, key })
  }
  const told = context(now, reading.seen)
  return { change, exhausted, rung, session, interruption, context: told, aimed, mayFall: true }
}

/** Fault `refused` for a rung that these credentials could not put back, unless the plan accepted that. */
async function checkWayBack(
  world: World,
  { planned, identity }: ChangeState,
  context: Context,
  refused: string,
): Promise<void> {
  if (planned.oneWay !== undefined) return
  const { client } = sessionOf(world, identity)
  // Where the cloud cannot tell, the plan has said so.
  const reason = await interruptionOf(world, planned.interruption)
    .oneWay?.(client, context)
    .catch(() => undefined)
  if (reason === undefined) return
  throw new Fault('refused', `${refused}; what is left to do could not be put back: ${reason}`, {
    where: identity.id,
    next: 'plan again with --accept-one-way, or with credentials that may put it back',
  })
}

/** The settings of the run that a change joins, which nobody would read otherwise. */
function heldWith({ joins, differences }: ChangeState['planned']): Pick<Context, 'held'> {
  return joins === undefined ? {} : { held: differences.map(({ entry }) => entry) }
}

/**
 * A change that was recorded and perhaps written when the process died: looked at, to be finished. Its before image is
 * the recorded one; a reading taken now may already be our own work.
 */
export async function prepareAgain(
  world: World,
  recorder: Recorder,
  change: ChangeState,
): Promise<Ready | Outcome> {
  const { key, planned, identity, held } = change
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const context: Context = {
    ...contextFor(recorder.state.run, world.clock(), planned),
    postpone: true,
    held: held.map(({ entry }) => entry),
  }
  const reading = await interruption.read(session.client, context)
  if (!reading) return { type: 'change.gone', key }
  checkUid(identity, reading)
  const open = held.filter(({ entry, after }) => !same(entryOf(reading.facet, entry), after))
  const strange = open.filter(({ entry, before }) => !same(entryOf(reading.facet, entry), before))
  if (strange.length > 0) {
    throw new Fault('drift', `changed by somebody else: ${strange.map(({ entry }) => entry).join(', ')}`, {
      where: identity.id,
      next: 'look at it, then restore this change or contain again',
    })
  }
  const differences = open.map(({ entry, before, after }) => ({ entry, from: before, to: after }))
  return {
    change,
    exhausted: [],
    rung: 0,
    session,
    interruption,
    context: { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) },
    aimed: {
      differences,
      from: reading.facet,
      to: { ...pickWithout(reading.facet, open), ...sides(differences).after },
    },
    // Nothing of this rung is live, so that the next one may take its place.
    mayFall: open.length === held.length,
  }
}

/** Of several settings, those that the cloud took stay held when the next attempt leaves out the others. */
function keepWritten(aimed: Aim, { held }: ChangeState, { facet }: Reading, exhausted: readonly string[]) {
  for (const { entry, before, after } of held) {
    if (exhausted.includes(entry) || aimed.differences.some(each => each.entry === entry)) continue
    if (same(entryOf(facet, entry), after)) aimed.differences.push({ entry, from: before, to: after })
  }
}

function pickWithout(facet: Reading['facet'], entries: readonly { entry: string }[]) {
  const gone = new Set(entries.map(({ entry }) => entry))
  return pick(
    facet,
    Object.keys(facet).filter(entry => !gone.has(entry)),
  )
}

/** Fault `other-uid`: the name now belongs to somebody else. */
export function checkUid(identity: ChangeState['identity'], reading: Reading): void {
  if (reading.uid === identity.uid) return
  throw new Fault(
    'other-uid',
    `${identity.kind} ${identity.name} is now another one (${reading.uid}, was ${identity.uid})`,
    { where: identity.id, next: 'nothing was changed; take the inventory again' },
  )
}

/**
 * Nothing is changed that was not approved; less may be, where something has come to be as planned by itself: another change
 * of this run may have done it, since what two identities have in common is an entry of both.
 */
function isApproved(planned: Differences, now: Differences, { facet }: Reading): boolean {
  const wanted = new Map(now.map(each => [each.entry, each]))
  return (
    now.every(each => planned.some(({ entry }) => entry === each.entry)) &&
    planned.every(each => {
      const still = wanted.get(each.entry)
      return still === undefined ? same(entryOf(facet, each.entry), each.to) : same(still, each)
    })
  )
}

function stale(planned: Aim['differences'], now: Aim): Fault {
  const names = new Set([...planned, ...now.differences].map(({ entry }) => entry))
  return new Fault('stale-plan', `changed since the plan was made: ${[...names].sort().join(', ')}`, {
    next: 'plan again',
  })
}
