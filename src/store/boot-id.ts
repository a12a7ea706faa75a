import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { REAL } from '../model/timing.ts'

const MARGIN_MS = 60_000

/**
 * Returns a name for the time since the machine started: Linux has an id for it, elsewhere it is the time of the start. A write that
 * was not waited for is lost when the machine fails, and not when a program does.
 */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return `started ${REAL.date() - uptime() * 1000}`
  }
}

/** Whether the machine has started again since `boot`, as {@link bootId} returned it. */
export function restartedSince(boot: string): boolean {
  const now = bootId()
  const [was, is] = [boot, now].map(each => Number(/^started (\d+(?:\.\d+)?)$/.exec(each)?.[1]))
  // The clock may have been set in between.
  if (was !== undefined && is !== undefined && was > 0 && is > 0) return is - was > MARGIN_MS
  return boot !== now
}
