import { Fault, type FaultCode } from '../../../model/fault.ts'

/** Whether an error is a fault with one of these codes. */
export function isFault(error: unknown, ...codes: readonly FaultCode[]): error is Fault {
  return error instanceof Fault && codes.includes(error.code)
}

/** Returns `undefined` in place of the fault that says that something no longer exists (`gone`). */
export async function unlessGone<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isFault(error, 'gone')) return undefined
    throw error
  }
}
