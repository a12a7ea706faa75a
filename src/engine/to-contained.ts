import type { Fault } from '../model/fault.ts'
import { asking, moment } from '../model/purpose.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { carryOut, type Decider } from './carry-out.ts'
import { RUNGS } from './fallback.ts'
import type { Limit } from './lanes.ts'
import { type Attempt, type IntendedAttempt, prepare } from './prepare.ts'
import type { Recorder } from './recorder.ts'
import type { World } from './world.ts'
import type { Unwritten } from './write-settings.ts'

/** How long a change is tried while a quota that others use up has no room for it, in milliseconds: it may never have. */
const LONGEST_POSTPONED_MS = 600_000

/** Contains changes, in one go. A setting that a cloud refuses stops that one only. Throws as `carryOut` does. */
export async function applyTogether(
  world: World,
  recorder: Recorder,
  holds: Holds,
  changes: readonly ChangeState[],
  limit: Limit,
): Promise<void> {
  const attempts = changes.map((change): Attempt => ({ change, exhausted: [], rung: 0 }))
  await carryOut(world, toContained(world, recorder, holds), attempts, limit)
}

/** Contains one change by itself. Throws as `carryOut` does. */
export async function applyChange(
  world: World,
  recorder: Recorder,
  holds: Holds,
  change: ChangeState,
): Promise<void> {
  await applyTogether(world, recorder, holds, [change], task => task())
}

/** Decides what a containment makes of a change; a rung that finds no room is followed by the next one. */
function toContained(world: World, recorder: Recorder, holds: Holds): Decider<Attempt, IntendedAttempt> {
  const begun = moment()
  return {
    // After a refusal it is read anew.
    intend: attempt =>
      asking({ purpose: 'snapshot', ...(attempt.rung === 0 ? { since: begun } : {}) }, () =>
        prepare(world, recorder, holds, attempt),
      ),
    wrote: (ready, unwritten) => record(world, recorder, ready, unwritten),
    failed: async ({ key }, fault) => {
      await recorder.record({ type: 'change.failed', key, fault: fault.record() })
    },
  }
}

async function record(
  world: World,
  recorder: Recorder,
  { change, settings, rung, exhausted, mayFall }: IntendedAttempt,
  unwritten: readonly Unwritten[],
): Promise<Attempt | undefined> {
  const { key } = change
  const [first] = unwritten
  if (!first) {
    await recorder.record({ type: 'change.written', key })
    return undefined
  }
  const { fault } = first
  const full = unwritten.filter(each => each.fault.code === 'quota').map(({ entry }) => entry)
  const without = full.length > 0 ? full : [...(fault.without ?? [])]
  if (without.length > 0 && mayFall && rung + 1 < RUNGS) {
    const refusal = unwritten.find(({ entry }) => full.includes(entry))?.fault ?? fault
    await recorder.record({ type: 'change.reduced', key, without, because: refusal.message })
    return { change, exhausted: [...exhausted, ...without], rung: rung + 1, refusal }
  }
  if (unwritten.length < settings.entries.length) {
    const left = unwritten.map(each => ({ entry: each.entry, fault: each.fault.record() }))
    await recorder.record({ type: 'change.written', key, left })
  } else if (fault.retryAfter === undefined) throw fault
  else await postpone(world, recorder, change, fault)
  return undefined
}

/** Records that a quota of the cloud holds a change up, so that the others of the run go first. Throws the fault if it has for too long. */
async function postpone(
  world: World,
  recorder: Recorder,
  { key, postponed }: ChangeState,
  fault: Fault,
): Promise<void> {
  const now = Date.parse(world.clock())
  const since = postponed === undefined ? now : Date.parse(postponed.since)
  if (now - since >= LONGEST_POSTPONED_MS) throw fault
  const { retryAfter = 0, message: because } = fault
  const until = new Date(now + retryAfter).toISOString()
  await recorder.record({ type: 'change.postponed', key, because, until })
}
