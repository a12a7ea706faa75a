import type { Timing } from './timing.ts'

/** How waits between attempts grow. Times are milliseconds. */
export interface BackoffOptions {
  /** The wait after the first failure; greater than 0. */
  first: number
  /** No wait is longer. */
  most: number
  /** By how much each wait is longer than the one before; 2 by default. */
  factor?: number
  /**
   * The share of a wait that is left to chance, from 0 to 1. 0, the default, waits exactly; 1 is "full jitter": anything from 0 to
   * the wait (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
   */
  jitter?: number
  /** The clock and the chance. */
  timing: Timing
}

/** Waits that grow from one to the next. */
export interface Backoff {
  /** Returns the next wait in milliseconds, and counts it. */
  next(): number
  /** Waits for the next time, or `least` milliseconds if that is longer; an abort ends the wait at once. Never rejects. */
  wait(signal?: AbortSignal, least?: number): Promise<void>
  /** Starts from the first wait again, after a success. */
  reset(): void
}

/**
 * Returns how long to wait after a failed attempt, in milliseconds, for callers that count the attempts themselves.
 *
 * @param failed attempts that failed before this one: 0 after the first failure
 */
export function backoffDelay(
  failed: number,
  { first, most, factor = 2, jitter = 0, timing }: BackoffOptions,
): number {
  const longest = Math.min(most, first * factor ** failed)
  return jitter === 0 ? longest : longest * (1 - jitter * timing.random())
}

/** Returns waits that grow with each call, for one series of attempts. */
export function backoff(options: BackoffOptions): Backoff {
  const { timing } = options
  let failed = 0
  const next = () => backoffDelay(failed++, options)
  return {
    next,
    wait: (signal, least = 0) => timing.sleep(Math.max(least, next()), signal),
    reset() {
      failed = 0
    },
  }
}
