import type { RestoredEntry } from '../model/entry.ts'
import { entryOf } from '../model/facet.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Context, Interruption } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { Session } from '../model/provider.ts'
import type { ChangeState } from '../model/replay.ts'
import type { Decided } from './decide.ts'
import type { Limit } from './lanes.ts'
import { pause } from './pause.ts'
import { look, type RestoreRequest } from './preview.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { allOf } from './segments.ts'
import { checkSignal, contextFor, interruptionOf, sessionOf, type World } from './world.ts'

const PATIENCE_MS = 60_000
/** For so long after a write a reading may be from before it, however short of patience the caller is. */
const YOUNG_MS = 60_000

/** `no-room`: the cloud had none; it may have once another cut of ours is gone. */
export type PutBack = 'done' | 'no-room' | 'failed'

/** A change whose restore is on disk, so that it may be written. */
interface Ready {
  change: ChangeState
  session: Session
  interruption: Interruption
  context: Context
  decided: Decided
  writes: RestoredEntry[]
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
      await recorder.record({ type: 'restore.failed', key, fault: fault.record() })
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
  const begun: Promise<Ready | undefined>[] = []
  for (const ready of prepared) {
    if (ready) begun.push(attempt(ready.change.key, () => carryOut(recorder, ready)))
  }
  const written = await allOf(begun)
  await allOf(
    written.map(ready =>
      limit(async () => {
        if (!ready) return
        const { key } = ready.change
        const set = ready.writes.length === 0 || (await becomes(world, ready))
        await recorder.record({ type: 'restore.verified', key, set })
        // Another change of this run may have joined it, and be the last one out.
        if (recorder.change(key).held.length === 0) {
          request.holds.end(ready.change.identity.id, recorder.state.run, key)
        }
        results.set(key, set ? 'done' : 'failed')
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
  const writes = entries.filter(({ live, to, decision }) => isWrite(decision) && !same(live, to))
  return { change, session, interruption, context, decided, writes }
}

/** The write is begun synchronously. A failed one is believed only when a reading agrees. */
async function carryOut(recorder: Recorder, ready: Ready): Promise<Ready> {
  const { change, session, interruption, context, decided, writes } = ready
  if (writes.length > 0) {
    try {
      await interruption.write(session.client, decided.from, decided.to, context)
    } catch (error) {
      const reading = await interruption.read(session.client, context).catch(() => undefined)
      if (!reading || !writes.every(({ entry, to }) => same(entryOf(reading.facet, entry), to))) throw error
    }
  }
  await recorder.record({ type: 'restore.written', key: change.key })
  return ready
}

function isWrite(decision: RestoredEntry['decision']): boolean {
  return decision === 'put-back' || decision === 'force' || decision === 'step-down'
}

/** Reads until the entries are as written; false when patience ends. */
async function becomes(world: World, { session, interruption, context, writes }: Ready): Promise<boolean> {
  const until = performance.now() + (world.patience ?? PATIENCE_MS)
  for (const wait = pause(); ; ) {
    const reading = await interruption.read(session.client, context).catch(() => undefined)
    if (reading && writes.every(({ entry, to }) => same(entryOf(reading.facet, entry), to))) return true
    if (performance.now() >= until || world.signal?.aborted) return false
    await wait(world.signal)
  }
}

/**
 * Reads lag behind writes. What reads as it was before us may be a reading from before our write, and to end our hold
 * on its word would leave the cut in place with nobody to lift it: while our write is young, we look again.
 */
async function lookUntilSure(world: World, request: RestoreRequest, change: ChangeState): Promise<Decided> {
  const patience = world.patience ?? PATIENCE_MS
  const until = performance.now() + patience
  const isYoung = () =>
    change.phase === 'written' &&
    Date.parse(world.clock()) - Date.parse(change.writtenAt ?? '') < YOUNG_MS &&
    performance.now() < until
  for (const wait = pause(); ; ) {
    const decided = await look(world, request, change)
    const undone = decided.entries.some(
      ({ decision, live, ours }) => decision === 'already' && !same(live, ours),
    )
    if (!undone || !isYoung()) return decided
    await wait(world.signal)
    checkSignal(world)
  }
}
