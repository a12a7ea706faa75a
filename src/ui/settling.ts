import { isSettling, settledAt } from '../model/run/enforcement.ts'
import { type ChangeState, isOpen, type RunState } from '../model/run/replay.ts'
import { clockTime } from './page.ts'

/** Changes that are set and read back, and that the cloud does not enforce yet by its own documentation. */
export function settling(state: RunState, now: string): ChangeState[] {
  if (!isOpen(state)) return []
  return [...state.changes.values()].filter(change => change.set && isSettling(change, now))
}

/** `enforced by 14:09:11Z`: the latest of them. */
export function settleText(changes: readonly ChangeState[], now: string): string {
  const latest = changes.flatMap(change => settledAt(change) ?? []).reduce((a, b) => (a > b ? a : b), '')
  return `enforced by ${secondOf(latest, now)}`
}

function secondOf(at: string, now: string): string {
  // Rounded up: a promise must not be early.
  const time = new Date(Math.ceil(Date.parse(at) / 1000) * 1000).toISOString()
  const day = clockTime(time, now).replace(/\d\d:\d\d UTC$/, '')
  return `${day}${time.slice(11, 19)}Z`
}
