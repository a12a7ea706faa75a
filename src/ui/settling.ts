import { settledAt } from '../model/run/enforcement.ts'
import type { ChangeState } from '../model/run/state.ts'
import { clockTime } from './page.ts'

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
