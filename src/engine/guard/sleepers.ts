import type { Timing } from '../../model/timing.ts'

/** Tasks that sleep until there is news for them. */
export type Sleepers = Set<AbortController>

/** Resolves when the time (milliseconds) is over or the sleepers are woken. */
export async function sleepAmong(
  sleepers: Sleepers,
  ms: number,
  { sleep }: Pick<Timing, 'sleep'>,
): Promise<void> {
  const sleeper = new AbortController()
  sleepers.add(sleeper)
  await sleep(ms, sleeper.signal)
  sleepers.delete(sleeper)
}

/** Wakes all that sleep now. */
export function wake(sleepers: Iterable<AbortController>): void {
  for (const sleeper of sleepers) sleeper.abort()
}
