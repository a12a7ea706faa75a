import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { SignalIdentity, Trigger } from '../model/signal.ts'

/** What the evaluator needs of a playbook. */
export type WatchedPlaybook = Pick<Playbook, 'name' | 'inputs'> & { triggers?: readonly Trigger[] }

/** A trigger has fired. Plain data. */
export interface Firing {
  /** Digest of playbook, trigger, group and first causing event: the same firing has the same id after a restart. */
  id: string
  playbook: string
  trigger: string
  mode: 'propose' | 'act'
  /** What the events have in common: path in the signal → value. */
  group: { [path: string]: string }
  /** Ids of the signals that caused it, oldest first, the last 100 of them; the newest is the one just observed. */
  events: string[]
  /** How many there were. */
  count: number
  /** RFC 3339: event time of the signal that completed it. */
  time: string
  /** Why, for people: `5 events in 10m (at least 5)`. */
  why: string
  /** Inputs of the playbook, checked against its `inputs`. */
  inputs: { [name: string]: Json }
  cloud: string
  account?: string
  identity: SignalIdentity
}

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
