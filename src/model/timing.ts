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

/** The clocks of this machine. */
export const REAL: Timing = {
  now: () => performance.now(),
  date: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
  random: () => Math.random(),
}

/** Returns the time of this machine's clock as a time stamp (RFC 3339, UTC, milliseconds). */
export function timestamp({ date }: Pick<Timing, 'date'>): string {
  return new Date(date()).toISOString()
}

/** Calls `work` every so many milliseconds until the signal aborts; resolves then. `work` must not throw. */
export async function repeat(
  ms: number,
  timing: Timing,
  signal: AbortSignal,
  work: () => void,
): Promise<void> {
  for (;;) {
    await timing.sleep(ms, signal)
    if (signal.aborted) return
    work()
  }
}

/** Blocks this thread for so many milliseconds, for programs that are too short for promises. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
