import type { Firing } from '../model/firing.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Trigger } from '../model/watch.ts'

/** The parts of a playbook that the evaluator needs. */
export type WatchedPlaybook = Pick<Playbook, 'name' | 'inputs'> & { triggers?: readonly Trigger[] }

/** A trigger that could not be evaluated, or whose inputs a signal does not fill: it did not fire. */
export interface TriggerProblem {
  playbook: string
  trigger: string
  event: string
  message: string
}

export interface Verdict {
  firings: Firing[]
  problems: TriggerProblem[]
  /** Seen before: nothing was counted. */
  duplicate: boolean
  /** Older than the allowed lateness: not counted in windows; triggers that do not count looked at it. */
  late: boolean
}

/** Counters since the start. */
export interface WatchStats {
  signals: number
  duplicates: number
  late: number
  /** Said to be from the future: taken as of when they came. */
  future: number
  firings: number
  /** Would have fired, but for the cooldown. */
  cooled: number
  problems: number
  /** Groups forgotten because there were too many. */
  evicted: number
}
