import type { Timing } from '../../model/timing.ts'

/** Looks at once in all accounts: each holds a connection and the memory of its answers. */
const MOST = 128
/** A look that takes longer waits for a service that throttles, and must not keep the others from theirs. Milliseconds. */
const LONG = 5_000

/** Counts the looks that are under way in all accounts, and remembers the waiters for room. */
export class LookRoom<Look, Waiter> {
  readonly #timing: Pick<Timing, 'now'>
  /** When each look began. */
  readonly #begun = new Map<Look, number>()
  readonly #waiting = new Set<Waiter>()

  constructor(timing: Pick<Timing, 'now'>) {
    this.#timing = timing
  }

  /** Returns how many more looks there is room for. */
  left(): number {
    const recent = this.#timing.now() - LONG
    let taken = 0
    for (const begun of this.#begun.values()) if (begun > recent) taken++
    return Math.max(0, MOST - taken)
  }

  /** Notes that a look begins, whether or not there is room. */
  begin(look: Look): void {
    this.#begun.set(look, this.#timing.now())
  }

  /** Notes that a waiter has a look to begin and no room for it. */
  wait(waiter: Waiter): void {
    this.#waiting.add(waiter)
  }

  /** Notes that a look ended. Returns the waiter that waited longest, and forgets it. */
  end(look: Look): Waiter | undefined {
    this.#begun.delete(look)
    const [first] = this.#waiting
    if (first !== undefined) this.#waiting.delete(first)
    return first
  }
}
