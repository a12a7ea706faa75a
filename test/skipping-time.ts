import { REAL, type Timing } from '../src/model/timing.ts'

/**
 * Returns the clocks of this machine, on which every sleep is over at once and has taken as long as was asked: for code that
 * waits beside real work. See `VirtualTime` (test/engine) for many that wait for one another.
 */
export function skippingTime(): Timing & { slept: number[] } {
  const slept: number[] = []
  let skipped = 0
  return {
    slept,
    now: () => REAL.now() + skipped,
    date: () => REAL.date() + skipped,
    random: () => REAL.random(),
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve()
        slept.push(ms)
        skipped += ms
        setImmediate(resolve)
      }),
  }
}
