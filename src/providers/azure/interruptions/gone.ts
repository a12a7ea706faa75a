import { Fault, type FaultCode } from '../../../model/fault.ts'

export function isFault(error: unknown, ...codes: readonly FaultCode[]): error is Fault {
  return error instanceof Fault && codes.includes(error.code)
}

/** `undefined` instead of the fault that says that something is not there. */
export async function unlessGone<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isFault(error, 'gone')) return undefined
    throw error
  }
}

/** Adding what is there: Graph answers 400 and says so in words only, of a directory role in others. */
export function isThere(error: unknown): boolean {
  return (
    isFault(error, 'rejected', 'conflict') &&
    /already exist|conflicting object with one or more/i.test(error.message)
  )
}
