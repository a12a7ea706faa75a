import { settledAt } from '../model/run/enforcement.ts'
import type { ChangeState } from '../model/run/state.ts'
import { secondText } from './moment.ts'

/** `enforced by 14:09:11 UTC`: the latest of them. */
export function settleText(changes: readonly ChangeState[], now: string): string {
  const latest = changes.flatMap(change => settledAt(change) ?? []).reduce((a, b) => (a > b ? a : b), '')
  return `enforced by ${wholeSecond(latest, now)}`
}

function wholeSecond(at: string, now: string): string {
  // Rounded up: a promise must not be early.
  return secondText(new Date(Math.ceil(Date.parse(at) / 1000) * 1000).toISOString(), now)
}
