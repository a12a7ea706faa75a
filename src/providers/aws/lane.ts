import PQueue from 'p-queue'

/** Calls under way at once in one account; IAM publishes no rate, and scans of this width are known to pass. */
const READS_AT_ONCE = 8
const WRITES_AT_ONCE = 4

/** Calls begun within a second. IAM's own rates are not published; the SDK backs off when one is exceeded. */
export const RATES = { reads: 40, writes: 10 } as const

/**
 * One account's calls. Reads and writes have places of their own: reads that wait out a throttling cannot hold up a
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
