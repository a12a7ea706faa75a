import type { Timing } from '../../../model/timing.ts'
import { faultOf, type Where } from './faults.ts'

/** Waits for so many milliseconds. Fault `interrupted` when the signal is aborted. */
export async function pause(
  wait: number,
  { timing, signal }: { timing: Timing; signal?: AbortSignal | undefined },
  where: Where,
): Promise<void> {
  await timing.sleep(wait, signal)
  if (signal?.aborted) throw faultOf('interrupted', 'interrupted', where)
}
