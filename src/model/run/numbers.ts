import { isSettling, settlingChanges } from './enforcement.ts'
import { latestHorizon } from './horizon.ts'
import { hasLapsed, isLapsed } from './lapse.ts'
import { isProven, isSet, isUnprovable } from './progress.ts'
import { isOpen } from './replay.ts'
import type { ChangeState, RunState } from './state.ts'

/** Counts and moments of a run, all from its journal. */
export interface RunNumbers {
  /** Changes: asked for, in place, and proven. */
  changes: number
  set: number
  proven: number
  /** Set on an emulator that does not implement the evaluation; not counted as proven. Absent where there is none. */
  unprovable?: number
  /** Set and read back, and not enforced yet by the cloud's documentation; not counted as proven. */
  settling: number
  /** Changes that have ended by themselves; not counted as proven. Absent where there is none. */
  lapsed?: number
  /** Changes that still owe something back. */
  holds: number
  drift: number
  /** Changes that read as before us when they were last looked at: somebody put them back. */
  undone: number
  /** How often somebody undid a change while it was guarded. */
  countered: number
  failed: number
  unreached: number
  overdue: boolean
  /** RFC 3339; a restore before it is refused, or has nothing left to do. Absent when nothing stands in the way. */
  restoreFrom?: string
  /** RFC 3339; a restore before it leaves what was issued before the containment denied. Absent when there is none. */
  sessionsUntil?: string
}

/** Counts a run's changes as they stand at `now` (RFC 3339). */
export function numbersOf(state: RunState, now: string): RunNumbers {
  const changes = [...state.changes.values()]
  const restoreFrom = latestHorizon(changes.filter(change => !canStepDown(change)))
  const sessionsUntil = latestHorizon(changes.filter(canStepDown))
  const unprovable = changes.filter(isUnprovable).length
  const lapsed = changes.filter(change => hasLapsed(change, now)).length
  return {
    changes: changes.length,
    set: changes.filter(isSet).length,
    proven: changes.filter(change => isProven(change) && !isSettling(change, now) && !hasLapsed(change, now))
      .length,
    ...(lapsed === 0 ? {} : { lapsed }),
    ...(unprovable === 0 ? {} : { unprovable }),
    settling: settlingChanges(state, now).length,
    holds: changes.filter(({ held }) => held.length > 0).length,
    drift: changes.filter(({ drift }) => drift.length > 0).length,
    undone: changes.filter(({ undone }) => undone.length > 0).length,
    countered: changes.reduce((sum, { countered }) => sum + (countered?.count ?? 0), 0),
    failed: changes.filter(({ phase, fault }) => phase === 'failed' || fault !== undefined).length,
    unreached: state.unreached.length,
    overdue: isOpen(state) && state.due < now && !isLapsed(state, now),
    ...(restoreFrom !== undefined && restoreFrom > now ? { restoreFrom } : {}),
    ...(sessionsUntil !== undefined && sessionsUntil > now ? { sessionsUntil } : {}),
  }
}

/** Access can be given back before the horizon: what was issued before stays denied. */
function canStepDown({ planned, held }: ChangeState): boolean {
  return planned.stepsDown === true && held.every(({ until }) => until === undefined)
}
