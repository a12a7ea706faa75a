import type { Signal } from './signal.ts'

/** Why a run began by itself, or a plan was made by itself: kept with it, so that it can be asked later. */
export interface Cause {
  /** Digest that the same firing has again after a restart: one of it makes one run. */
  key: string
  trigger: string
  /** Ids of the records, oldest first; the last 100. */
  events: string[]
  /** How many there were. */
  count: number
  /** For people, e.g. `5 events in 10m (at least 5)`. */
  why: string
  /** The first few, and the one that completed it; fewer where they were no longer at hand. */
  signals: CauseSignal[]
}

/** The parts of a signal that a person wants to see. */
export type CauseSignal = Pick<Signal, 'id' | 'time' | 'action' | 'outcome'> &
  Partial<Pick<Signal, 'resource' | 'sourceIp' | 'country'>> & { identity: string }

/** A record that is no signal: set aside with the reason, and the stream goes on. */
export interface Poison {
  reason: string
  /** The first 1,000 characters, for a person; journals do not hold it. */
  excerpt: string
}

/** When a playbook starts by itself. */
export interface Trigger {
  name: string
  /** CEL over `event` (a signal) that yields a bool. */
  when: string
  correlate?: Correlation
  /** The signal's identity has to be new to the baseline in one of these. */
  firstSeen?: readonly ('action' | 'resource' | 'network' | 'country')[]
  /** Points for each match, which decay; fires at the threshold. */
  risk?: { points: number; threshold: number; halfLife: number }
  /** Input of the playbook → CEL over `event`. */
  inputs: { readonly [input: string]: string }
  /** `propose` writes a plan and waits for a person; `act` contains at once. Absent: `propose`. */
  mode?: 'propose' | 'act'
  /** Seconds in which the same group does not fire again. Absent: an hour. */
  cooldown?: number
}

/** Sigma's correlation words. */
export interface Correlation {
  type: 'event_count' | 'value_count' | 'temporal'
  /** Paths in the signal, e.g. `identity.id`. */
  groupBy: readonly string[]
  /** Seconds. */
  timespan: number
  condition: { gte: number; field?: string }
  /** For `temporal`: names of other triggers of the playbook that have to match for the same group in the timespan. */
  rules?: readonly string[]
}
