import PQueue from 'p-queue'
import { bound, priority } from '../../../model/asking.ts'

/** How many calls of one caller may be under way at once, and how many may begin within a second. */
export interface Pace {
  reads: { atOnce: number; perSecond: number }
  writes: { atOnce: number; perSecond: number }
}

/**
 * One caller's calls. Reads and writes have places of their own: reads that wait out a throttling cannot hold up a
 * cut, however many there are; in its own place each goes before what is for a later purpose (`PURPOSES`).
 */
export class Lane {
  readonly #reads: PQueue
  readonly #writes: PQueue

  /** @param rated whether the rates are kept; without, only the width is bounded, as for a lab */
  constructor({ reads, writes }: Pace, rated: boolean) {
    this.#reads = queue(reads, rated)
    this.#writes = queue(writes, rated)
  }

  /**
   * Carries out a call when its turn comes. Resolves or rejects as the call does; an urgent one goes before the others of its
   * kind.
   */
  async run<Result>(kind: 'read' | 'write', call: () => Promise<Result>): Promise<Result> {
    const places = kind === 'write' ? this.#writes : this.#reads
    return await places.add(bound(call), { priority: priority() })
  }
}

function queue({ atOnce, perSecond }: Pace['reads'], rated: boolean): PQueue {
  return new PQueue({ concurrency: atOnce, ...(rated ? { intervalCap: perSecond, interval: 1_000 } : {}) })
}
