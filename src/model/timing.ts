import { setTimeout } from 'node:timers/promises'

/**
 * Clock, waiting and chance, handed in by the program that starts the work, so that waits can be played in virtual time.
 * A part that waits or reads a clock takes it as `timing`, and uses {@link REAL} when nothing was handed in.
 */
export interface Timing {
  /** Milliseconds that only go forward, from an arbitrary start: for durations. */
  now(): number
  /** Milliseconds since 1970 of this machine's clock, which may jump: for time stamps. */
  date(): number
  /** Resolves after so many milliseconds, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** At least 0, less than 1. */
  random(): number
}

export const REAL: Timing = {
  now: () => performance.now(),
  date: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  random: () => Math.random(),
}
