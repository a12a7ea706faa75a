import { placeOfRun, runCommand } from '../model/command-text.ts'
import { spentAt } from '../model/run/lapse.ts'
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
  const lapse = lapseText(state, now)
  return lapse ?? `review by ${clockTime(state.due, now)}; ${accessText(state, now)}`
}

/** When a run ends by itself, and when nothing of it is needed any more; undefined for one that a person ends. */
export function lapseText(state: RunState, now: string): string | undefined {
  const lapsing = [...state.changes.values()].filter(({ planned, held }) => planned.ends && held.length > 0)
  const [last] = lapsing
    .map(({ planned }) => planned.ends ?? '')
    .sort()
    .slice(-1)
  const [spent] = lapsing
    .map(change => spentAt(change) ?? '')
    .sort()
    .slice(-1)
  if (last === undefined || spent === undefined) return undefined
  const over =
    last <= now ? `ended by itself at ${clockTime(last, now)}` : `ends by itself at ${clockTime(last, now)}`
  const tidy = runCommand('tidy', placeOfRun(state))
  return spent <= now
    ? `${over}; nothing needs its policies any more: ${tidy}`
    : `${over}; sessions from before then stay denied until ${clockTime(spent, now)}`
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
