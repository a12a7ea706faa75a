import type { Signal } from '../model/signal.ts'

export interface BaselineState {
  version: 1
  identities: { [identity: string]: unknown }
}

/** What each identity usually does: actions, resources, networks and countries. Bounded. */
export class Baseline {
  /** Adds what a signal shows to what its identity usually does. */
  learn(_signal: Signal): void {
    throw new Error('not there yet')
  }

  /** Plain data. */
  save(): BaselineState {
    throw new Error('not there yet')
  }

  /** Reads what `save` wrote; throws a Fault `damaged` when it is something else. */
  static load(_state: unknown): Baseline {
    throw new Error('not there yet')
  }
}
