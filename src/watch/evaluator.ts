import type { Signal } from '../model/signal.ts'
import type { Baseline } from './baseline.ts'
import type { Verdict, WatchedPlaybook, WatchStats } from './firing.ts'
import type { WatchState } from './state.ts'

export interface EvaluatorOptions {
  /** Without it, no trigger with `first-seen` fires. */
  baseline?: Baseline
  /** Seconds by which an event may be older than the newest one and still be counted; 3,600. */
  lateness?: number
  /** Groups that are remembered at most; 20,000. */
  groups?: number
  /** Ids that are remembered at most, to know duplicates; 100,000. */
  ids?: number
}

/** Signals in, firings out. Deterministic: the same signals and times give the same firings. Memory is bounded. */
export class Evaluator {
  /** Throws a Fault `invalid-playbook` when an expression does not compile. */
  constructor(_playbooks: readonly WatchedPlaybook[], _options: EvaluatorOptions = {}) {
    throw new Error('not there yet')
  }

  /** @param now milliseconds since the epoch, when the signal came in */
  observe(_signal: Signal, _now: number): Verdict {
    throw new Error('not there yet')
  }

  get stats(): WatchStats {
    throw new Error('not there yet')
  }

  /** Everything that is remembered, as plain data: small enough to be written every few seconds. */
  save(): WatchState {
    throw new Error('not there yet')
  }

  /** Goes on from what `save` gave; throws a Fault `damaged` when it is something else. Changed triggers start anew. */
  load(_state: unknown): void {
    throw new Error('not there yet')
  }
}
