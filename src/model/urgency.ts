import { AsyncLocalStorage } from 'node:async_hooks'

const urgent = new AsyncLocalStorage<true>()

/**
 * Runs a task whose calls to a cloud go ahead of all other reads of the same account: a provider's lane asks `isUrgent`.
 * The cuts of a run and its guard use it, since neither may wait behind a listing.
 */
export function urgently<Result>(task: () => Promise<Result>): Promise<Result> {
  return urgent.run(true, task)
}

/** Whether the caller runs inside `urgently`. */
export function isUrgent(): boolean {
  return urgent.getStore() === true
}
