import { setTimeout } from 'node:timers/promises'

/** Clock, waiting and chance, handed in so that a fight can be played in virtual time. */
export interface Timing {
  /** Milliseconds that only go forward. */
  now(): number
  /** Resolves after so many milliseconds, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** At least 0, less than 1. */
  random(): number
}

export const REAL: Timing = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  random: () => Math.random(),
}
