import { entryOf, withEntries } from '../model/facet.ts'
import { Fault } from '../model/fault.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import { sides } from '../model/plan.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { Intended } from './carry-out.ts'
import { checkPlanned, isLossy } from './fallback.ts'
import type { Recorder } from './recorder.ts'
import { checkUid } from './setting-check.ts'
import { type TargetState, targetState } from './target-state.ts'
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

/** A containment whose intention is on disk. */
export interface IntendedAttempt extends Attempt, Intended {
  /** The next rung may take the place of this one when there is no room. */
  mayFall: boolean
}

/** Where a change is read and written. */
interface Place {
  interruption: Interruption
  client: unknown
}

/**
 * Reads afresh, refuses, compares with the plan, records the intention. A change that holds something already was recorded before a
 * crash, and is finished. Returns undefined for a change that ends here, which is recorded. Throws the cloud's faults, and Fault
 * `other-uid`, `stale-plan`, `refused`, `drift`.
 */
export async function prepare(
  world: World,
  recorder: Recorder,
  holds: Holds,
  attempt: Attempt,
): Promise<IntendedAttempt | undefined> {
  const { planned, identity, held } = attempt.change
  const place = {
    interruption: interruptionOf(world, planned.interruption),
    client: sessionOf(world, identity).client,
  }
  return attempt.rung === 0 && held.length > 0
    ? await finish(world, recorder, attempt, place)
    : await begin(world, recorder, holds, attempt, place)
}

/** Records that the identity was deleted, and returns undefined. Throws Fault `other-uid`. */
async function readOrGone(
  recorder: Recorder,
  { key, identity }: ChangeState,
  { interruption, client }: Place,
  context: Context,
): Promise<Reading | undefined> {
  const reading = await interruption.read(client, context)
  if (reading) checkUid(identity, reading)
  else await recorder.record({ type: 'change.gone', key })
  return reading
}

async function begin(
  world: World,
  recorder: Recorder,
  holds: Holds,
  attempt: Attempt,
  place: Place,
): Promise<IntendedAttempt | undefined> {
  const { change, exhausted, rung, refusal } = attempt
  const { key, planned } = change
  const { interruption } = place
  const now = world.clock()
  const strong = planned.strength === undefined ? {} : { strength: planned.strength }
  const contextAt = (at: string, seen?: Reading['seen']): Context => ({
    ...contextFor(recorder.state.run, at, planned, seen, exhausted),
    ...heldWith(planned),
    postpone: true,
    ...strong,
  })
  const reading = await readOrGone(recorder, change, place, contextAt(now))
  if (!reading) return undefined
  const context = contextAt(now, reading.seen)
  const because = interruption.refuse?.(reading.facet, context)
  if (because) {
    await recorder.record({ type: 'change.refused', key, because })
    return undefined
  }
  if (rung === 0) {
    // Times go into what is written, so the comparison is made with the time of the plan.
    const thenContext = contextAt(planned.at, reading.seen)
    const asPlanned = targetState(interruption, reading, thenContext, holds, key, planned.joins)
    if (!isApproved(planned.differences, asPlanned.differences, reading)) {
      throw stale(planned.differences, asPlanned)
    }
  }
  const wanted = targetState(interruption, reading, context, holds, key, planned.joins)
  if (refusal) {
    keepWritten(wanted, change, reading, exhausted)
    const whole = { ...context, exhausted: [] }
    // Nothing is left to try, and it is not so either.
    if (
      wanted.differences.length === 0 &&
      targetState(interruption, reading, whole, holds, key).differences.length > 0
    )
      throw refusal
    checkPlanned(planned, wanted, refusal.message)
    if (isLossy(wanted)) await checkWayBack(change, place, context, refusal.message)
  }
  if (wanted.differences.length === 0) {
    await recorder.record({ type: 'change.already', key })
    return undefined
  }
  const { joined } = wanted
  await recorder.record({
    type: 'change.intended',
    key,
    uid: reading.uid,
    ...sides(wanted.differences),
    joined,
  })
  return { ...attempt, target: { ...place, context }, settings: settingsOf(wanted), mayFall: true }
}

/** Returns the settings of a target state that do not read so yet. */
function settingsOf({ from, to, differences }: Pick<TargetState, 'from' | 'to' | 'differences'>) {
  return { from, to, entries: differences.filter(each => !same(entryOf(from, each.entry), each.to)) }
}

/** Fault `refused` for a rung that these credentials could not put back, unless the plan accepted that. */
async function checkWayBack(
  { planned, identity }: ChangeState,
  { interruption, client }: Place,
  context: Context,
  refused: string,
): Promise<void> {
  if (planned.oneWay !== undefined) return
  // Where the cloud cannot tell, the plan has said so.
  const reason = await interruption.oneWay?.(client, context).catch(() => undefined)
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
 * Finishes a change that was recorded and perhaps written when the process died. Its before image is the recorded one, since a
 * reading taken now may already be our own work.
 */
async function finish(
  world: World,
  recorder: Recorder,
  attempt: Attempt,
  place: Place,
): Promise<IntendedAttempt | undefined> {
  const { change } = attempt
  const { planned, identity, held } = change
  const context: Context = {
    ...contextFor(recorder.state.run, world.clock(), planned),
    postpone: true,
    held: held.map(({ entry }) => entry),
  }
  const reading = await readOrGone(recorder, change, place, context)
  if (!reading) return undefined
  const { facet, seen } = reading
  const open = held.filter(({ entry, after }) => !same(entryOf(facet, entry), after))
  const strange = open.filter(({ entry, before }) => !same(entryOf(facet, entry), before))
  if (strange.length > 0) {
    throw new Fault('drift', `changed by somebody else: ${strange.map(({ entry }) => entry).join(', ')}`, {
      where: identity.id,
      next: 'look at it, then restore this change or contain again',
    })
  }
  const differences = open.map(({ entry, before, after }) => ({ entry, from: before, to: after }))
  const to = withEntries(
    facet,
    open.map(({ entry, after }) => [entry, after]),
  )
  return {
    ...attempt,
    target: { ...place, context: { ...context, ...(seen === undefined ? {} : { seen }) } },
    settings: settingsOf({ from: facet, to, differences }),
    // Nothing of this rung is live, so that the next one may take its place.
    mayFall: open.length === held.length,
  }
}

/** Of several settings, those that the cloud took stay held when the next attempt leaves out the others. */
function keepWritten(
  wanted: TargetState,
  { held }: ChangeState,
  { facet }: Reading,
  exhausted: readonly string[],
) {
  for (const { entry, before, after } of held) {
    if (exhausted.includes(entry) || wanted.differences.some(each => each.entry === entry)) continue
    if (same(entryOf(facet, entry), after)) wanted.differences.push({ entry, from: before, to: after })
  }
}

/**
 * Nothing is changed that was not approved; less may be, where something has come to be as planned by itself: another change
 * of this run may have done it, since what two identities have in common is an entry of both.
 */
function isApproved(
  planned: TargetState['differences'],
  now: TargetState['differences'],
  { facet }: Reading,
): boolean {
  const wanted = new Map(now.map(each => [each.entry, each]))
  return (
    now.every(each => planned.some(({ entry }) => entry === each.entry)) &&
    planned.every(each => {
      const still = wanted.get(each.entry)
      return still === undefined ? same(entryOf(facet, each.entry), each.to) : same(still, each)
    })
  )
}

function stale(planned: TargetState['differences'], now: TargetState): Fault {
  const names = new Set([...planned, ...now.differences].map(({ entry }) => entry))
  return new Fault('stale-plan', `changed since the plan was made: ${[...names].sort().join(', ')}`, {
    next: 'plan again',
  })
}
