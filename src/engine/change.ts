import { entryOf, pick } from '../model/facet.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import type { Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import { sides } from '../model/plan.ts'
import type { Session } from '../model/provider.ts'
import type { ChangeState } from '../model/replay.ts'
import { type Aim, aim } from './aim.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { contextOf, interruptionOf, sessionOf, type World } from './world.ts'

/** Rungs that a ladder may have: inline, attached, boundary, and one to spare. */
const RUNGS = 4

/**
 * Reads afresh, records the intention, writes. Whatever the cloud answers ends up in the journal; only what must stop
 * the whole run is thrown.
 */
export async function applyChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  const { key } = change
  try {
    const outcome = await attempt(world, recorder, holds, change)
    await recorder.record(outcome)
  } catch (error) {
    const fault = toFault(error)
    if (stopsTheRun(fault)) throw fault
    await recorder.record({ type: 'change.failed', key, fault: fault.record() })
  }
}

type Outcome = Parameters<Recorder['record']>[0]

async function attempt(
  world: World,
  recorder: Recorder,
  holds: Holds,
  { key, planned, identity }: ChangeState,
  tried: readonly string[] = [],
): Promise<Outcome> {
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const { run } = recorder.state
  const now = world.clock()
  const exhausted = [...tried]
  for (let rung = tried.length === 0 ? 0 : 1; ; rung++) {
    const context = (at: string, seen?: Reading['seen']) =>
      contextOf(run, at, identity, planned.params, seen, exhausted)
    const reading = await interruption.read(session.client, context(now))
    if (!reading) return { type: 'change.gone', key }
    checkUid(identity, reading)
    const because = interruption.refuse?.(reading.facet, context(now, reading.seen))
    if (because) return { type: 'change.refused', key, because }
    if (rung === 0) {
      // Times go into what is written, so the comparison is made with the time of the plan.
      const asPlanned = aim(interruption, reading, context(planned.at, reading.seen), holds, key)
      if (!same(asPlanned.differences, planned.differences)) throw stale(planned.differences, asPlanned)
    }
    const aimed = aim(interruption, reading, context(now, reading.seen), holds, key)
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
    const fault = await write(interruption, session, aimed, context(now, reading.seen))
    if (!fault) return { type: 'change.written', key }
    if (fault.code !== 'quota' || rung + 1 >= RUNGS) throw fault
    exhausted.push(...additions(aimed))
  }
}

/** What a write would add: where there may be no room. */
function additions({ differences }: Pick<Aim, 'differences'>): string[] {
  return differences.filter(({ to }) => to !== undefined).map(({ entry }) => entry)
}

/** Replies lie (applied, then 503), so a failed write is believed only when a reading agrees. */
async function write(
  interruption: Interruption,
  session: Session,
  aimed: Pick<Aim, 'differences' | 'from' | 'to'>,
  context: Parameters<Interruption['write']>[3],
): Promise<Fault | undefined> {
  if (aimed.differences.every(({ entry, to }) => same(entryOf(aimed.from, entry), to))) return undefined
  try {
    await interruption.write(session.client, aimed.from, aimed.to, context)
    return undefined
  } catch (error) {
    const fault = toFault(error)
    if (fault.code === 'bug') return fault
    const reading = await interruption.read(session.client, context).catch(() => undefined)
    const done =
      reading && aimed.differences.every(({ entry, to }) => same(entryOf(reading.facet, entry), to))
    return done ? undefined : fault
  }
}

/**
 * A change that was recorded and perhaps written when the process died: looked at, and finished. Its before image is
 * the recorded one; a reading taken now may already be our own work.
 */
export async function finishChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  const { key, planned, identity, held } = change
  try {
    const session = sessionOf(world, identity)
    const interruption = interruptionOf(world, planned.interruption)
    const context = contextOf(recorder.state.run, world.clock(), identity, planned.params)
    const reading = await interruption.read(session.client, context)
    if (!reading) {
      await recorder.record({ type: 'change.gone', key })
      return
    }
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
    const to = { ...pickWithout(reading.facet, open), ...sides(differences).after }
    const fault = await write(
      interruption,
      session,
      { differences, from: reading.facet, to },
      {
        ...context,
        ...(reading.seen === undefined ? {} : { seen: reading.seen }),
      },
    )
    if (fault?.code === 'quota' && open.length === held.length) {
      // Nothing of this rung is live, so that the next one may take its place.
      await recorder.record(await attempt(world, recorder, holds, change, additions({ differences })))
      return
    }
    if (fault) throw fault
    await recorder.record({ type: 'change.written', key })
  } catch (error) {
    const fault = toFault(error)
    if (stopsTheRun(fault)) throw fault
    await recorder.record({ type: 'change.failed', key, fault: fault.record() })
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

function stale(planned: Aim['differences'], now: Aim): Fault {
  const names = new Set([...planned, ...now.differences].map(({ entry }) => entry))
  return new Fault('stale-plan', `changed since the plan was made: ${[...names].sort().join(', ')}`, {
    next: 'plan again',
  })
}
