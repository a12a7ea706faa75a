import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * The work that a call to a cloud is part of, in the order in which an account's lane lets waiting calls go: a cut waits for
 * nothing else, and a listing waits for everything.
 */
export const PURPOSES = [
  'write',
  'snapshot',
  'verify',
  'sign-in',
  'sweep',
  'newcomers',
  'plan',
  'other',
] as const

/** `snapshot`: the state before a write, which a restore puts back. `other`: an inventory, a rotation, `doctor`. */
export type Purpose = (typeof PURPOSES)[number]

/** A moment of this process, to say of an answer that it was asked for after something had happened. Not a time. */
export type Moment = number

/** The purpose of a task's calls, and how fresh their answers have to be. */
export interface Asking {
  purpose: Purpose
  /**
   * An answer that was asked for after this moment does for the same question, also of another task; absent: every question is asked
   * by itself.
   */
  since?: Moment
  /**
   * Asked before each read of the task and of the tasks that it begins: a read waits until this resolves; undefined: it need not wait.
   * Writes do not wait.
   */
  giveWay?: () => Promise<void> | undefined
}

const asked = new AsyncLocalStorage<Asking>()

let last: Moment = 0

/** Returns the present moment: later than every one before. */
export function moment(): Moment {
  last += 1
  return last
}

/** Runs a task whose calls to a cloud are for this; it gives way as the running task does, unless it is said how. */
export function asking<Result>(asking: Asking, task: () => Result): Result {
  const { giveWay } = currentAsking()
  return asked.run(giveWay === undefined ? asking : { giveWay, ...asking }, task)
}

/** Runs a task whose answers have to be newer than those that the running task takes. */
export function askingAnew<Result>(task: () => Result): Result {
  const { purpose, since } = currentAsking()
  return asking({ purpose, ...(since === undefined ? {} : { since: moment() }) }, task)
}

/** Returns what the calls of the running task are for. */
export function currentAsking(): Asking {
  return asked.getStore() ?? OTHER
}

/**
 * Binds a task to what it is for: a queue calls it later, from the end of another task.
 */
export function bound<Result>(task: () => Result): () => Result {
  return AsyncLocalStorage.bind(task)
}

/** The place of the running task's calls in a lane: a higher one goes first. */
export function priority(): number {
  return -PURPOSES.indexOf(currentAsking().purpose)
}

const OTHER: Asking = { purpose: 'other' }
