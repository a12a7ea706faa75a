import type { RunStatus } from '../entry.ts'
import { isLeft } from './held-settings.ts'
import { isLapsed } from './lapse.ts'
import { isOpen } from './replay.ts'
import { restoreCounts } from './restore-fold.ts'
import { isRotating } from './rotation-fold.ts'
import type { ChangeState, RunState } from './state.ts'

/** The control plane reads as we wrote it, or it was so before us. */
export function isSet({ phase, set, drift, undone }: ChangeState): boolean {
  return (phase === 'written' || phase === 'already') && set && drift.length === 0 && undone.length === 0
}

/**
 * It holds, nobody is undoing it, the cloud took all of it and, where the cloud can tell, refuses it by its own evaluation.
 * Whether the cloud enforces it yet is another question (`isSettling`).
 */
export function isProven(change: ChangeState): boolean {
  const { denied, contested, fault } = change
  return (
    isSet(change) &&
    contested === undefined &&
    fault === undefined &&
    (denied === null || denied === 'denied')
  )
}

/**
 * Set on an emulator that does not implement the cloud's evaluation, so that nobody can prove it there. Never so on a
 * cloud, nor at an endpoint on another machine: what is not proven there is open.
 */
export function isUnprovable(change: ChangeState): boolean {
  const { unprovable, contested, fault } = change
  return unprovable === true && isSet(change) && contested === undefined && fault === undefined
}

/** Proven, or set where nothing can prove it: nothing more is to be asked. */
export function isAccounted(change: ChangeState): boolean {
  return isProven(change) || isUnprovable(change)
}

/** How a run stands: how its containment ended, or what came after it. */
export type RunWord =
  | RunStatus
  | 'unfinished'
  | 'undone'
  | 'nothing held'
  | 'rotating'
  | 'restoring'
  | 'not restored'
  | 'partly restored'
  | 'stepped down'
  | 'restored'
  | 'lapsed'

/** One word for a whole run at a time (RFC 3339): a stop that carries its end is over by itself. */
export function wordAt(state: RunState, now: string): RunWord {
  return state.restore === undefined && isLapsed(state, now) ? 'lapsed' : wordOf(state)
}

/** One word for a whole run, without regard to the time. */
export function wordOf(state: RunState): RunWord {
  const { restore, finished } = state
  if (isRotating(state)) return 'rotating'
  if (restore) {
    if (restore.finished === undefined) return 'restoring'
    if (!isOpen(state)) return 'restored'
    const left = [...state.changes.values()].some(({ held }) => held.some(isLeft))
    if (!left) return 'stepped down'
    return hasComeBack(state) ? 'partly restored' : 'not restored'
  }
  if (finished === undefined) return 'unfinished'
  if (finished === 'complete' && !isOpen(state)) return 'nothing held'
  const undone = [...state.changes.values()].some(change => change.undone.length > 0)
  return undone && finished !== 'contested' ? 'undone' : finished
}

/** Whether the last restore ended a hold, or replaced it by a step-down. */
function hasComeBack(state: RunState): boolean {
  const { putBack, already, released, steppedDown, useLive, gone, replaced, missing } = restoreCounts(state)
  return putBack + already + released + steppedDown + useLive + gone + replaced + missing > 0
}
