import { isOpen } from './replay.ts'
import type { ChangeState, RunState } from './state.ts'

/** Whether a stop has ended by itself at `now` (RFC 3339): its settings are there and deny nobody whom they did not deny before. */
export function hasLapsed({ planned, held }: Pick<ChangeState, 'planned' | 'held'>, now: string): boolean {
  return planned.ends !== undefined && held.length > 0 && Date.parse(planned.ends) <= Date.parse(now)
}

/**
 * When nothing denies what the settings of a lapsed stop were for any more (RFC 3339), so that they can be removed without anybody
 * noticing: sessions from before the end stay denied as long as they may live.
 */
export function spentAt({ planned }: Pick<ChangeState, 'planned'>): string | undefined {
  if (planned.ends === undefined) return undefined
  return new Date(Date.parse(planned.ends) + planned.horizon * 1000).toISOString()
}

/** The changes of a run that are spent at `now`. */
export function spentChanges({ changes }: RunState, now: string): ChangeState[] {
  return [...changes.values()].filter(change => {
    const at = spentAt(change)
    return change.held.length > 0 && at !== undefined && at <= now
  })
}

/** Whether all that an open run holds has ended by itself. */
export function isLapsed(state: RunState, now: string): boolean {
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  return isOpen(state) && held.length > 0 && held.every(change => hasLapsed(change, now))
}
