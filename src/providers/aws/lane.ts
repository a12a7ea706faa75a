import PQueue from 'p-queue'

/** Calls under way at once in one account; IAM publishes no rate, and scans of this width are known to pass. */
const AT_ONCE = 10

/** One account's calls. A waiting write goes before any waiting read, so that an inventory never starves a cut. */
export class Lane {
  readonly #queue = new PQueue({ concurrency: AT_ONCE })

  async run<Result>(kind: 'read' | 'write', call: () => Promise<Result>): Promise<Result> {
    return (await this.#queue.add(call, { priority: kind === 'write' ? 1 : 0 })) as Result
  }
}
