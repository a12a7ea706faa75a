import { setTimeout } from 'node:timers/promises'
import { callFault, type Where } from './faults.ts'

/** Milliseconds, or until interrupted. */
export async function pause(wait: number, signal: AbortSignal | undefined, where: Where): Promise<void> {
  try {
    await setTimeout(wait, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    throw callFault(error, where, signal)
  }
}
