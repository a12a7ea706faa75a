import { isOpen } from './replay.ts'
import type { ChangeState, RunState } from './state.ts'

/** When the cloud enforces what was written, by its documentation; undefined where it does so at once. */
export function settledAt({ phase, writtenAt, planned }: ChangeState): string | undefined {
  if (phase !== 'written' || writtenAt === undefined || !planned.settles) return undefined
  return new Date(Date.parse(writtenAt) + planned.settles * 1000).toISOString()
}

/** Set, and not in force yet by the documented delay: an evaluation of policies does not show when they are enforced. */
export function isSettling(change: ChangeState, now: string): boolean {
  const at = settledAt(change)
  return at !== undefined && at > now
}

/** Returns the changes of an open run that are set and read back, and not in force yet at `now` (RFC 3339) by the documented delay. */
export function settlingChanges(state: RunState, now: string): ChangeState[] {
  if (!isOpen(state)) return []
  return [...state.changes.values()].filter(change => change.set && isSettling(change, now))
}
