import { statSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Fault } from '../model/fault.ts'
import { REAL, sleepSync, type Timing } from '../model/timing.ts'
import { errno, fileFault } from './file-fault.ts'
import {
  createOnceSync,
  makeFolderSync,
  readPlainSync,
  removeFileSync,
  replaceFileSync,
} from './files-sync.ts'
import { type Holder, holderIn, holderOf, type LockPurpose } from './lock-holder.ts'
import { quoted } from './permissions.ts'
import { hasEnded } from './process-mark.ts'

/** How to wait for a lock. */
export interface LockWait {
  /** How long to wait for another process to release it, in milliseconds; 0, the default, does not wait. */
  waitMs?: number
  signal?: AbortSignal
  /** The clock and the waits. */
  timing: Timing
}

/** A lock that this process holds. */
export interface Lock {
  /** Removes our lock, and never another's. Rejects with Fault `journal`. */
  release(): Promise<void>
}

const POLL_MS = 100
/** Many hooks at once wait for one another's disk; a harness waits ten seconds. */
const WAIT_MS = 5_000
const POLL_SYNC_MS = 2
/** A process that wants a dead one's lock may die as well, and so may the next. */
const MOST_CLAIMS = 16

/**
 * Takes a lock, and makes its folder. A lock whose process has certainly ended (same host, and no such process, or another with its
 * number) is taken over; one of another host or of another process namespace never is. Rejects with Fault `locked`, which names
 * the holder, `interrupted` when the signal aborts, and `journal`.
 */
export async function takeLock(path: string, purpose: LockPurpose, wait: LockWait): Promise<Lock> {
  const { timing, waitMs = 0, signal } = wait
  const mine = holderOf(purpose, timing)
  const until = timing.now() + waitMs
  try {
    makeFolderSync(dirname(path))
    for (;;) {
      if (signal?.aborted) throw new Fault('interrupted', 'interrupted while waiting for the lock')
      const tried = tryLock(path, mine)
      if (tried.isOurs) return { release: async () => release(path, mine, purpose) }
      if (timing.now() >= until) throw lockedFault(path, purpose, tried.holder)
      await timing.sleep(POLL_MS, signal)
    }
  } catch (error) {
    throw fileFault(`lock ${purpose.what}`, path, error)
  }
}

/**
 * Does the work while no other process holds the lock; for programs that are too short for promises. Waits until `remaining`, in
 * milliseconds, is used up; by default five seconds. Throws Fault `locked` then, and what the work throws.
 */
export function withLock<Value>(
  path: string,
  purpose: LockPurpose,
  work: () => Value,
  remaining = within(WAIT_MS),
): Value {
  const mine = holderOf(purpose, REAL)
  for (;;) {
    const tried = tryLock(path, mine)
    if (tried.isOurs) break
    if (remaining() <= 0) throw lockedFault(path, purpose, tried.holder)
    sleepSync(POLL_SYNC_MS)
  }
  try {
    return work()
  } finally {
    release(path, mine, purpose)
  }
}

function within(ms: number): () => number {
  const until = REAL.now() + ms
  return () => until - REAL.now()
}

/** One try. `holder`: who has it; undefined if its file cannot be read. */
function tryLock(
  path: string,
  mine: Holder,
): { isOurs: true } | { isOurs: false; holder: Holder | undefined } {
  for (;;) {
    if (createOnceSync(path, textOf(mine))) return { isOurs: true }
    const found = readPlainSync(path, MOST_BYTES)
    // It was released in between.
    if (found === undefined) continue
    const holder = found.length === 0 ? ofPowerFailure(path) : holderIn(found.toString('utf8'))
    if (!holder || !isStale(holder) || !takeOver(path, holder, mine)) return { isOurs: false, holder }
    return { isOurs: true }
  }
}

const MOST_BYTES = 64 * 1024

/** The holder that a power failure took out of a lock's file. */
const LOST: Holder = {
  ...{ id: 'lost', operation: 'interdict', user: 'unknown', host: '', pid: 0, started: '', created: '' },
}
/** The time in which a power failure cannot be over. */
const RESTART_MS = 10_000

/**
 * A lock is linked when it is written whole, and need not be on disk: a power failure may leave its name without its content. One
 * that is just being written by an earlier version is empty as well, for a moment.
 */
function ofPowerFailure(path: string): Holder | undefined {
  const { mtimeMs = Number.POSITIVE_INFINITY } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return REAL.date() - mtimeMs > RESTART_MS ? LOST : undefined
}

const textOf = (holder: Holder): string => `${JSON.stringify(holder)}\n`

function isStale(holder: Holder): boolean {
  return holder === LOST || (holder.host === hostname() && hasEnded(holder))
}

/** Replaces a dead process's lock, if it is still that one's. False if another process does, or did. */
function takeOver(path: string, dead: Holder, mine: Holder): boolean {
  const markers = claims(path, dead.id, mine, MOST_CLAIMS)
  if (!markers) return false
  try {
    const still = readPlainSync(path, MOST_BYTES)
    const isTheirs =
      dead === LOST ? still?.length === 0 : still && holderIn(still.toString('utf8'))?.id === dead.id
    if (!isTheirs) return false
    replaceFileSync(path, textOf(mine))
    return true
  } finally {
    for (const marker of markers) removeFileSync(marker)
  }
}

/**
 * The right to replace a lock belongs to the one process that made the marker named after its holder. If that process ended before
 * it did so, the right belongs to the one that made the marker named after that process, and so on.
 *
 * @returns the markers to remove afterwards; undefined if the right is another's
 */
function claims(path: string, dead: string, mine: Holder, most: number): string[] | undefined {
  const marker = `${path}.after-${dead}`
  if (createOnceSync(marker, textOf(mine))) return [marker]
  const other = holderIn(readPlainSync(marker, MOST_BYTES)?.toString('utf8') ?? '')
  if (!other || most === 0 || other.id === dead || !isStale(other)) return undefined
  const more = claims(path, other.id, mine, most - 1)
  return more && [...more, marker]
}

function release(path: string, { id }: Holder, { what }: LockPurpose): void {
  try {
    const found = readPlainSync(path, MOST_BYTES)
    if (found && holderIn(found.toString('utf8'))?.id === id) unlinkSync(path)
  } catch (error) {
    if (errno(error) === 'ENOENT') return
    throw fileFault(`release the lock of ${what}`, path, error)
  }
}

function lockedFault(path: string, { what }: LockPurpose, theirs: Holder | undefined): Fault {
  if (!theirs) {
    return new Fault('locked', `${what} is locked, and its lock cannot be read`, {
      where: path,
      next: `make sure that no interdict is running, then: rm ${quoted(path)}`,
    })
  }
  const { operation, run, user, host, pid, created } = theirs
  const who = `${user} on ${host} (process ${pid}) runs ${operation}${run === undefined ? '' : ` of ${run}`}`
  const here = host === hostname()
  const look = here ? `ps -p ${pid}` : `ask ${user}, or look on ${host}: ps -p ${pid}`
  return new Fault('locked', `${what} is locked: ${who} since ${created}`, {
    where: path,
    next: `wait for it to end; if that process is gone (${look}), remove the lock: rm ${quoted(path)}`,
  })
}
