import type { LeftSetting, RestoredEntry } from '../model/entry.ts'
import { entryOf } from '../model/facet.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import type { Context, Interruption } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { Session } from '../model/provider.ts'
import { isWritten } from '../model/run/restore-fold.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { Decided } from './decide.ts'
import type { Limit } from './lanes.ts'
import { pause } from './pause.ts'
import { look, type RestoreRequest } from './preview.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { failedWayOut, missingWayOut } from './restore-advice.ts'
import { allOf } from './segments.ts'
import { checkSignal, contextFor, interruptionOf, sessionOf, timingOf, type World } from './world.ts'
import { type Unwritten, writeSettings } from './write-settings.ts'

const PATIENCE_MS = 60_000
/** For so long after a write a reading may be from before it, however short of patience the caller is. */
const YOUNG_MS = 60_000

/**
 * `no-room`: the cloud had none; it may have once another cut of ours is gone. `missing`: done, but for what no longer
 * exists and is still replaced by something of ours.
 */
export type PutBack = 'done' | 'missing' | 'no-room' | 'failed'

/** A change whose restore is on disk, so that it may be written. */
interface Ready {
  change: ChangeState
  session: Session
  interruption: Interruption
  context: Context
  decided: Decided
  writes: RestoredEntry[]
}

/** A change that was written, but for the settings in `unwritten`, of which those in `left` stay held. */
interface Written extends Ready {
  unwritten: readonly Unwritten[]
  left: readonly Unwritten[]
}

/**
 * Decides on a fresh reading, records, writes, looks again; by the key of each change. As with a containment, all are on disk
 * before one is written, and all writes begin in one turn of the event loop. What a Ctrl-C kept from being begun has no
 * result.
 */
export async function putBackTogether(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  changes: readonly ChangeState[],
  limit: Limit,
): Promise<Map<string, PutBack>> {
  const results = new Map<string, PutBack>()
  const attempt = async <Result>(key: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work()
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault)) throw fault
      const record = failedWayOut(fault, recorder.change(key), { world, run: recorder.state.run })
      await recorder.record({ type: 'restore.failed', key, fault: record })
      results.set(key, fault.code === 'quota' ? 'no-room' : 'failed')
      return undefined
    }
  }
  const prepared = await allOf(
    changes.map(change =>
      limit(async () => {
        if (world.signal?.aborted) return undefined
        return await attempt(change.key, () => prepare(world, recorder, request, change))
      }),
    ),
  )
  const begun: Promise<Written | undefined>[] = []
  for (const ready of prepared) {
    if (ready) begun.push(attempt(ready.change.key, () => carryOut(world, recorder, ready)))
  }
  const written = await allOf(begun)
  await allOf(
    written.map(ready =>
      limit(async () => {
        if (!ready) return
        const { key } = ready.change
        const notBack = await unread(world, ready)
        await recorder.record({
          type: 'restore.verified',
          key,
          set: notBack.length === 0,
          ...(notBack.length === 0 ? {} : { notBack }),
        })
        // Another change of this run may have joined it, and be the last one out.
        if (recorder.change(key).held.length === 0) {
          request.holds.end(ready.change.identity.id, recorder.state.run, key)
        }
        results.set(key, notBack.length === 0 ? outcomeOf(ready.left) : 'failed')
      }),
    ),
  )
  return results
}

async function prepare(
  world: World,
  recorder: Recorder,
  request: RestoreRequest,
  change: ChangeState,
): Promise<Ready | undefined> {
  const { key, identity, planned } = change
  let decided: Decided
  try {
    decided = await lookUntilSure(world, request, change)
  } catch (error) {
    // Nothing is recorded yet, so that a Ctrl-C here leaves nothing in hand.
    if (toFault(error).code === 'interrupted') return undefined
    throw error
  }
  if (decided.blocked) throw new Fault('horizon', decided.blocked)
  const { entries, until } = decided
  await recorder.record({
    type: 'restore.intended',
    key,
    entries,
    ...(until === undefined ? {} : { until }),
  })
  const session = sessionOf(world, identity)
  const interruption = interruptionOf(world, planned.interruption)
  const context: Context = {
    ...contextFor(recorder.state.run, world.clock(), planned),
    held: entries.map(({ entry }) => entry),
  }
  const writes = entries.filter(each => isWritten(each) && !same(each.live, each.to))
  return { change, session, interruption, context, decided, writes }
}

/**
 * The write is begun synchronously. Throws the fault if nothing was written at all; else records what was, and what was
 * left. What no longer exists is released where nothing of ours stands in its place.
 */
async function carryOut(world: World, recorder: Recorder, ready: Ready): Promise<Written> {
  const { change, session, interruption, context, decided, writes } = ready
  const { from, to } = decided
  const first = new Set(writes.filter(({ decision }) => decision === 'step-down').map(({ entry }) => entry))
  const target = { interruption, client: session.client, context }
  const unwritten =
    writes.length === 0 ? [] : await writeSettings(target, { from, to, entries: writes, first })
  const isReleased = ({ entry, fault }: Unwritten) =>
    fault.code === 'missing' && writes.some(each => each.entry === entry && each.live === undefined)
  const left = unwritten.filter(each => !isReleased(each))
  const [failed] = left
  if (
    failed &&
    failed.fault.code !== 'missing' &&
    left.length === decided.entries.length &&
    isOneFault(left)
  ) {
    throw failed.fault
  }
  const told = { world, run: recorder.state.run }
  const records = (settings: readonly Unwritten[], wayOut: WayOut): LeftSetting[] =>
    settings.map(({ entry, fault }) => ({ entry, fault: wayOut(fault, change, { ...told, entry }) }))
  const missing = unwritten.filter(isReleased)
  await recorder.record({
    type: 'restore.written',
    key: change.key,
    ...(left.length === 0 ? {} : { left: records(left, failedWayOut) }),
    ...(missing.length === 0 ? {} : { missing: records(missing, missingWayOut) }),
  })
  return { ...ready, unwritten, left }
}

type WayOut = (
  fault: Fault,
  change: ChangeState,
  where: { world: World; run: string; entry: string },
) => FaultRecord

function isOneFault(left: readonly Unwritten[]): boolean {
  return left.every(({ fault }) => fault === left[0]?.fault)
}

/** Room may come once another cut of ours is gone; what no longer exists will not, and must not hold up the rest. */
function outcomeOf(left: readonly Unwritten[]): PutBack {
  if (left.length === 0) return 'done'
  const codes = new Set(left.map(({ fault }) => fault.code))
  codes.delete('missing')
  if (codes.size === 0) return 'missing'
  return codes.size === 1 && codes.has('quota') ? 'no-room' : 'failed'
}

/** Reads until the entries are as written; returns those that are not when patience ends. */
async function unread(
  world: World,
  { session, interruption, context, writes, unwritten }: Written,
): Promise<string[]> {
  const without = new Set(unwritten.map(({ entry }) => entry))
  const open = writes.filter(({ entry }) => !without.has(entry))
  if (open.length === 0) return []
  const timing = timingOf(world)
  const until = timing.now() + (world.patience ?? PATIENCE_MS)
  for (const wait = pause(timing); ; ) {
    const reading = await interruption.read(session.client, context).catch(() => undefined)
    const notBack = open.filter(({ entry, to }) => !reading || !same(entryOf(reading.facet, entry), to))
    if (notBack.length === 0) return []
    if (timing.now() >= until || world.signal?.aborted) return notBack.map(({ entry }) => entry)
    await wait(world.signal)
  }
}

/**
 * Reads lag behind writes. What reads as it was before us may be a reading from before our write, and to end our hold
 * on its word would leave the cut in place with nobody to lift it: while our write is young, we look again.
 */
async function lookUntilSure(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const patience = world.patience ?? PATIENCE_MS
  const timing = timingOf(world)
  const until = timing.now() + patience
  const isYoung = () =>
    change.phase === 'written' &&
    Date.parse(world.clock()) - Date.parse(change.writtenAt ?? '') < YOUNG_MS &&
    timing.now() < until
  for (const wait = pause(timing); ; ) {
    const decided = await look(world, request, change)
    const undone = decided.entries.some(
      ({ decision, live, ours }) => decision === 'already' && !same(live, ours),
    )
    if (!undone || !isYoung()) return decided
    await wait(world.signal)
    checkSignal(world)
  }
}
