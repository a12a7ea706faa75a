import { type Held, isOwed } from './held-settings.ts'
import type { ChangeState } from './state.ts'

/**
 * Returns when the last session or token issued before a change stops being honoured (RFC 3339), past or future. It counts from
 * when the cloud took the write; from the intention where a crash hides the write; and an earlier step-down of the change
 * says itself until when it stands.
 *
 * @returns undefined if the change holds nothing, or if nothing outlives it (`planned.horizon` is 0 seconds)
 */
export function horizonOf({
  held,
  writtenAt,
  planned,
}: Pick<ChangeState, 'held' | 'writtenAt'> & { planned: { horizon: number } }): string | undefined {
  const [first] = held
  if (!first || planned.horizon <= 0) return undefined
  const stepped = held.map(({ until }: Held) => until ?? '').sort()
  const since = Date.parse(writtenAt ?? first.at)
  return stepped.at(-1) || new Date(since + planned.horizon * 1000).toISOString()
}

/** Returns the latest `horizonOf` over the changes that still owe something back (RFC 3339), past or future. */
export function latestHorizon(changes: Iterable<ChangeState>): string | undefined {
  const all = [...changes].flatMap(change => {
    const end = horizonOf({ ...change, held: change.held.filter(isOwed) })
    return end === undefined ? [] : [end]
  })
  return all.sort().at(-1)
}

/** Returns whole seconds from `now` (RFC 3339) until `latestHorizon`, rounded up; 0 if it has passed or there is none. */
export function secondsToHorizon(changes: Iterable<ChangeState>, now: string): number {
  const end = latestHorizon(changes)
  return end === undefined ? 0 : Math.max(0, Math.ceil((Date.parse(end) - Date.parse(now)) / 1000))
}
