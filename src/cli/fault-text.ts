import type { Fault } from '../model/fault.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { tell } from './terminal.ts'

/** Prints a fault for people on stderr. */
export async function tellFault(fault: Fault): Promise<void> {
  const { errorText } = await import('../ui/error.ts')
  const { pageOf } = await import('../ui/page.ts')
  const { paint, columns } = await pageOf(process.stderr, { now: timestamp(REAL) })
  // In a log, a message is a line.
  tell(errorText(fault.record(), paint, process.stderr.isTTY === true ? columns : undefined))
}
