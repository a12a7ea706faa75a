import type { ChangeState } from './replay.ts'

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
