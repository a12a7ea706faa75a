import type { Fault } from '../model/fault.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { applyTogether } from './change.ts'
import type { Recorder } from './recorder.ts'
import { checkSignal, timingOf, type World } from './world.ts'

/** A quota that others use up may never be ours: for so long it is tried. */
const LONGEST_MS = 600_000

/** Records that a quota of the cloud holds a change up, so that the others of the run go first. */
export async function postpone(
  world: World,
  recorder: Recorder,
  { key, postponed }: ChangeState,
  fault: Fault,
): Promise<void> {
  const now = Date.parse(world.clock())
  const since = postponed === undefined ? now : Date.parse(postponed.since)
  const { retryAfter = 0, message: because } = fault
  if (now - since < LONGEST_MS) {
    const until = new Date(now + retryAfter).toISOString()
    await recorder.record({ type: 'change.postponed', key, because, until })
  } else await recorder.record({ type: 'change.failed', key, fault: fault.record() })
}

/**
 * Carries out what was postponed, as soon as each may be tried again; what is held up once more waits once more. Returns the
 * changes that were postponed, whatever became of them. Throws Fault `interrupted` after a Ctrl-C.
 */
export async function applyPostponed(world: World, recorder: Recorder, holds: Holds): Promise<ChangeState[]> {
  const all = new Set<ChangeState>()
  for (;;) {
    const waiting = [...recorder.state.changes.values()].filter(({ postponed }) => postponed !== undefined)
    if (waiting.length === 0) return [...all]
    for (const each of waiting) all.add(each)
    const untils = waiting.map(({ postponed }) => Date.parse(postponed?.until ?? ''))
    // The times are those of the target's clock, which in a rehearsal may be ahead of ours, but runs as fast.
    const ms = Math.min(...untils) - Date.parse(world.clock())
    if (ms > 0) await timingOf(world).sleep(ms, world.signal)
    checkSignal(world)
    const now = Date.parse(world.clock())
    const due = waiting.filter(({ postponed }) => Date.parse(postponed?.until ?? '') <= now)
    await applyTogether(world, recorder, holds, due, task => task())
  }
}
