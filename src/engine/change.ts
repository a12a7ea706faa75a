import { entryOf } from '../model/facet.ts'
import { type Fault, toFault } from '../model/fault.ts'
import { same } from '../model/json.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { RUNGS } from './fallback.ts'
import type { Limit } from './lanes.ts'
import { type Attempt, type Outcome, prepare, prepareAgain, type Ready } from './prepare.ts'
import { postpone } from './quota-wait.ts'
import { type Recorder, stopsTheRun } from './recorder.ts'
import { allOf } from './segments.ts'
import type { World } from './world.ts'
import { type Unwritten, writeSettings } from './write-settings.ts'

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
    for (const each of ready) begun.push(carryOut(world, recorder, each))
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

/**
 * Writes and records; resolves with the next rung when the cloud has no room. The write is begun synchronously. A setting that
 * the cloud refuses stops that one only.
 */
async function carryOut(world: World, recorder: Recorder, ready: Ready): Promise<Attempt | undefined> {
  const { change, aimed, rung, exhausted, mayFall, interruption, session, context } = ready
  const { key } = change
  const entries = aimed.differences.filter(({ entry, to }) => !same(entryOf(aimed.from, entry), to))
  const target = { interruption, client: session.client, context }
  let left: Unwritten[] = []
  try {
    if (entries.length > 0) left = await writeSettings(target, { from: aimed.from, to: aimed.to, entries })
  } catch (error) {
    await recordFault(recorder, key, toFault(error))
    return undefined
  }
  const [first] = left
  if (!first) {
    await recorder.record({ type: 'change.written', key })
    return undefined
  }
  const { fault } = first
  const falls = mayFall && rung + 1 < RUNGS
  const full = left.filter(each => each.fault.code === 'quota').map(({ entry }) => entry)
  const without = full.length > 0 ? full : [...(fault.without ?? [])]
  if (without.length > 0 && falls) {
    const refusal = left.find(({ entry }) => full.includes(entry))?.fault ?? fault
    await recorder.record({ type: 'change.reduced', key, without, because: refusal.message })
    return { change, exhausted: [...exhausted, ...without], rung: rung + 1, refusal }
  }
  if (left.length < entries.length) {
    const refused = left.map(each => ({ entry: each.entry, fault: each.fault.record() }))
    await recorder.record({ type: 'change.written', key, left: refused })
  } else if (fault.retryAfter !== undefined) await postpone(world, recorder, change, fault)
  else await recordFault(recorder, key, fault)
  return undefined
}
