import { numbersOf } from '../model/run/numbers.ts'
import { isOpen } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { clockTime, type Page } from './page.ts'
import { secondRestore } from './second-restore.ts'

/**
 * When a run is due for review, and what a restore can do until then, in one sentence; undefined if it owes nothing
 * any more.
 */
export function reviewText(state: RunState, { now }: Page): string | undefined {
  if (!isOpen(state)) return undefined
  return `review by ${clockTime(state.due, now)}; ${accessText(state, now)}`
}

/** When access can be given back. */
export function accessText(state: RunState, now: string): string {
  const { restoreFrom, sessionsUntil } = numbersOf(state, now)
  const second = secondRestore(state)
  if (second && second.from > now) return `second restore from ${clockTime(second.from, now)}`
  if (second) return 'second restore possible now'
  const denied =
    sessionsUntil === undefined
      ? ''
      : `; sessions issued before the containment stay denied until ${clockTime(sessionsUntil, now)}`
  if (restoreFrom === undefined) return `access can be given back now${denied}`
  return `access can be given back from ${clockTime(restoreFrom, now)}, when what was issued before the containment has expired${denied}`
}
