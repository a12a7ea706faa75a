import PQueue from 'p-queue'

/** Calls under way at once, over all projects: the quota counts them by the project of the caller. */
const READS_AT_ONCE = 16
const WRITES_AT_ONCE = 8

/**
 * Calls begun within a second. IAM lets 6,000 reads and 600 writes a minute pass for one project (IAM documentation,
 * "Quotas and limits").
 */
export const RATES = { reads: 90, writes: 9 } as const

/**
 * One caller's calls. Reads and writes have places of their own: reads that wait out a throttling cannot hold up a
 * cut, however many there are.
 */
export class Lane {
  readonly #reads: PQueue
  readonly #writes: PQueue

  /** @param rates calls a second; without them only the width is bounded, as for a lab */
  constructor(rates?: { reads: number; writes: number }) {
    this.#reads = queue(READS_AT_ONCE, rates?.reads)
    this.#writes = queue(WRITES_AT_ONCE, rates?.writes)
  }

  async run<Result>(kind: 'read' | 'write', call: () => Promise<Result>): Promise<Result> {
    return await (kind === 'write' ? this.#writes : this.#reads).add(call)
  }
}

function queue(concurrency: number, rate: number | undefined): PQueue {
  return new PQueue({ concurrency, ...(rate === undefined ? {} : { intervalCap: rate, interval: 1_000 }) })
}
