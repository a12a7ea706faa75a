import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Budget } from './budget.ts'
import { errno, removeIfThere } from './files.ts'

/** Many hooks at once wait for one another's disk; a harness waits ten seconds. */
const WAIT_MS = 5_000
/** A decision takes far less; whoever holds the lock longer has died, or this is another machine's. */
const STALE_MS = 10_000

/**
 * Does the work while no other process does. Throws when the lock is not to be had within the budget, or within five
 * seconds where there is none.
 */
export function withLock(path: string, work: () => void, budget?: Budget): void {
  const until = Date.now() + WAIT_MS
  while (!tryLock(path)) {
    if (isStale(path)) takeAway(path)
    if (budget ? budget.remaining() <= 0 : Date.now() > until)
      throw new Error('the journal of decisions is locked')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }
  try {
    work()
  } finally {
    removeIfThere(path)
  }
}

/** One process at a time may remove a dead one's lock, and looks again: it may have been another's by then. */
function takeAway(path: string): void {
  const marker = `${path}.stale`
  if (!tryLock(marker)) {
    if (isStale(marker)) removeIfThere(marker)
    return
  }
  if (isStale(path)) removeIfThere(path)
  removeIfThere(marker)
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw error
  }
}

function isStale(path: string): boolean {
  try {
    const file = openSync(path, 'r')
    try {
      const pid = Number(readFileSync(file, 'utf8'))
      if (Date.now() - fstatSync(file).mtimeMs > STALE_MS) return true
      if (!Number.isSafeInteger(pid) || pid < 1) return false
      process.kill(pid, 0)
      return false
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return errno(error) === 'ESRCH'
  }
}
