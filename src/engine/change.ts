import { entryOf } from '../model/facet.ts'
import { type Fault, toFault } from '../model/fault.ts'
import type { Holds } from '../model/holds.ts'
import { same } from '../model/json.ts'
import type { ChangeState } from '../model/replay.ts'
import type { Limit } from './lanes.ts'
import { type Attempt, type Outcome, prepare, prepareAgain, type Ready } from './prepare.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { allOf } from './segments.ts'
import type { World } from './world.ts'

/** Rungs that a ladder may have: inline, attached, boundary, and one to spare. */
const RUNGS = 4

/**
 * Reads afresh, records the intentions, writes. Whatever the cloud answers ends up in the journal; only what must stop
 * the whole run is thrown. No change is written before the intentions of all are on disk, and then all writes begin in one
 * turn of the event loop, so that a provider can carry them out as one. Nothing is begun after a Ctrl-C; what is
 * recorded by then is in hand, and is written.
 */
export async function applyTogether(
  world: World,
  recorder: Recorder,
  holds: Holds,
  changes: readonly ChangeState[],
  limit: Limit,
): Promise<void> {
  const prepared = await allOf(
    changes.map(change =>
      limit(async () => {
        if (world.signal?.aborted) return undefined
        return await settle(recorder, change, () =>
          // With something held, the recorded before image counts; a new reading may already be our own work.
          change.held.length > 0
            ? prepareAgain(world, recorder, change)
            : prepare(world, recorder, holds, { change, exhausted: [], rung: 0 }),
        )
      }),
    ),
  )
  let ready = prepared.filter(each => each !== undefined)
  while (ready.length > 0) {
    const begun: Promise<Attempt | undefined>[] = []
    for (const each of ready) begun.push(carryOut(recorder, each))
    const fallen = (await allOf(begun)).filter(each => each !== undefined)
    const next = await allOf(
      fallen.map(attempt =>
        limit(() => settle(recorder, attempt.change, () => prepare(world, recorder, holds, attempt))),
      ),
    )
    ready = next.filter(each => each !== undefined)
  }
}

/** One change by itself. */
export async function applyChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  await applyTogether(world, recorder, holds, [change], task => task())
}

/** Records where a change ended; what is ready to be written is handed on. */
async function settle(
  recorder: Recorder,
  { key }: ChangeState,
  work: () => Promise<Ready | Outcome>,
): Promise<Ready | undefined> {
  try {
    const outcome = await work()
    if (!('type' in outcome)) return outcome
    await recorder.record(outcome)
  } catch (error) {
    await recordFault(recorder, key, toFault(error))
  }
  return undefined
}

async function recordFault(recorder: Recorder, key: string, fault: Fault): Promise<void> {
  if (stopsTheRun(fault)) throw fault
  await recorder.record({ type: 'change.failed', key, fault: fault.record() })
}

/** Writes and records; resolves with the next rung when the cloud has no room. The write is begun synchronously. */
async function carryOut(recorder: Recorder, ready: Ready): Promise<Attempt | undefined> {
  const { change, rung, exhausted, mayFall } = ready
  const fault = await write(ready)
  if (!fault) await recorder.record({ type: 'change.written', key: change.key })
  else if (fault.code === 'quota' && mayFall && rung + 1 < RUNGS) {
    return { change, exhausted: [...exhausted, ...(await additions(ready))], rung: rung + 1 }
  } else await recordFault(recorder, change.key, fault)
  return undefined
}

/** What a write would have added and did not: where there may be no room. */
async function additions({ interruption, session, aimed, context }: Ready): Promise<string[]> {
  const reading = await interruption.read(session.client, context).catch(() => undefined)
  return aimed.differences
    .filter(({ entry, to }) => to !== undefined && !same(entryOf(reading?.facet ?? {}, entry), to))
    .map(({ entry }) => entry)
}

/** Replies lie (applied, then 503), so a failed write is believed only when a reading agrees. */
async function write({ interruption, session, aimed, context }: Ready): Promise<Fault | undefined> {
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
