import type { Part } from '../model/expression/explanation.ts'
import type { Json } from '../model/json.ts'
import type { Signal } from '../model/signal.ts'

/** One trigger, tested on one event. */
export interface ExplainedTrigger {
  playbook: string
  trigger: string
  /** Whether all conditions of `when` hold. */
  matches: boolean
  conditions: readonly Part[]
  /** Further conditions to fire, in words: a count, a first time, points. */
  needs: readonly string[]
  /** Inputs that it would fill; one that the event does not have is `null`. */
  inputs: { [name: string]: Json }
}

/** One event, with the triggers that were tested on it. */
export interface ExplainedEvent {
  event: Signal
  triggers: readonly ExplainedTrigger[]
}

/** The events in a record. */
export interface Explanation {
  events: readonly ExplainedEvent[]
  /** Why a part of the record is not an event. */
  setAside?: string
}
