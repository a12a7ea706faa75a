import type { Timing } from '../../model/timing.ts'

/** Milliseconds that a read gives way at most: a guard has to look, however many firings come. */
const MOST = 300
/** Milliseconds without a firing after which no other is expected to follow at once. */
const PAUSE = 20

/**
 * Firings that are being contained, which go before the guards of earlier runs: the processor and the connections are theirs until
 * the cloud has their writes. A firing has it only while it holds the lock of the state folder: a guard that holds the lock must
 * not wait for one that wants it.
 */
export class RightOfWay {
  readonly #timing: Timing
  #inHand = 0
  #waiting: (() => void)[] = []

  constructor(timing: Timing) {
    this.#timing = timing
  }

  /** Carries out work to which others give way. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#inHand += 1
    try {
      return await work()
    } finally {
      this.#inHand -= 1
      if (this.#inHand === 0) for (const resolve of this.#waiting.splice(0)) resolve()
    }
  }

  /** Resolves once no firing is in hand, and after 300 ms in any case; undefined where none is. */
  give(): Promise<void> | undefined {
    return this.#inHand === 0 ? undefined : this.#give()
  }

  async #give(): Promise<void> {
    const end = this.#timing.now() + MOST
    const over = new AbortController()
    const late = this.#timing.sleep(MOST, over.signal)
    while (this.#inHand > 0 && this.#timing.now() < end) {
      await Promise.race([new Promise<void>(resolve => this.#waiting.push(resolve)), late])
      if (this.#inHand === 0) await this.#timing.sleep(PAUSE)
    }
    over.abort()
  }
}
