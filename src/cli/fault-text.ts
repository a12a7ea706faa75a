import type { Fault } from '../model/fault.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { tell } from './terminal.ts'

/** Prints a fault for people on stderr. @param cloud what was done to the clouds before, in words */
export async function tellFault(fault: Fault, cloud?: string): Promise<void> {
  const { errorText } = await import('../ui/error.ts')
  const { pageOf } = await import('../ui/page.ts')
  const { paint, columns } = await pageOf(process.stderr, { now: timestamp(REAL) })
  // In a log, a message is a line.
  const width = process.stderr.isTTY === true ? columns : undefined
  tell(errorText(fault.record(), { paint, cloud, ...(width === undefined ? {} : { columns: width }) }))
}
