import { interrupted } from './answers.ts'

/**
 * Does work that changes nothing until it calls `begin`. An abort before that rejects at once with Fault `interrupted`,
 * also while the work waits for a cloud, a lock or an answer; an abort after that is left to the work. `begin` throws
 * the same Fault when the signal is aborted already.
 */
export async function untilChanging<Result>(
  signal: AbortSignal | undefined,
  work: (begin: () => void) => Promise<Result>,
): Promise<Result> {
  let begun = false
  const { promise: early, reject } = Promise.withResolvers<never>()
  // Unhandled only if nobody waits for it, which is then no failure.
  early.catch(() => undefined)
  const onAbort = () => {
    if (!begun) reject(interrupted())
  }
  if (signal?.aborted) throw interrupted()
  signal?.addEventListener('abort', onAbort)
  const working = work(() => {
    if (signal?.aborted) throw interrupted()
    begun = true
  })
  // After an early end nobody waits for the work; it ends by itself, or with the process.
  working.catch(() => undefined)
  try {
    return await Promise.race([working, early])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
