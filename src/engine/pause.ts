import type { Timing } from '../model/timing.ts'

const FIRST_MS = 100
const LAST_MS = 2_000

/** Returns waits that grow, for asking a cloud again; an abort ends the wait at once and without an error. */
export function pause(timing: Timing): (signal?: AbortSignal) => Promise<void> {
  let next = FIRST_MS
  return async signal => {
    const wait = next
    next = Math.min(LAST_MS, next * 1.6)
    await timing.sleep(wait, signal)
  }
}
