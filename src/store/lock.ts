import { randomUUID } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Fault } from '../model/fault.ts'
import { REAL, type Timing } from '../model/timing.ts'
import { actorOf } from './actor.ts'
import { createOnce, fileFault, makeFolder, readPlain, replaceFile } from './files.ts'
import { quoted } from './permissions.ts'
import { isGone, markOf } from './process-mark.ts'

/** Who holds a lock: the content of its file. */
interface Holder {
  id: string
  operation: string
  run?: string
  user: string
  host: string
  pid: number
  /** See `ProcessMark`; empty where the system does not tell. */
  started: string
  /** RFC 3339. */
  created: string
}

export interface LockOptions {
  run?: string
  /** How long to wait for another process to let go, in milliseconds; 0, the default, does not wait. */
  waitMs?: number
  signal?: AbortSignal
  /** The clock and the waits; {@link REAL} by default. */
  timing?: Timing
}

export interface Lock {
  /** Removes our lock and never somebody else's. */
  release(): Promise<void>
}

const POLL_MS = 100

/**
 * Takes the lock of a state folder. Fault `locked` says who has it. A lock whose process is certainly gone (same host,
 * and no such process, or another with its number) is taken over.
 */
export async function takeLock(path: string, operation: string, options: LockOptions = {}): Promise<Lock> {
  const { timing = REAL } = options
  const mine = await holder(operation, options.run, timing)
  const text = `${JSON.stringify(mine)}\n`
  const until = timing.now() + (options.waitMs ?? 0)
  try {
    await makeFolder(dirname(path))
    for (;;) {
      if (options.signal?.aborted) throw new Fault('interrupted', 'interrupted while waiting for the lock')
      if (await createOnce(path, text)) return { release: () => release(path, mine.id) }
      const found = await readPlain(path)
      if (!found) continue
      const theirs = parseHolder(found.toString('utf8'))
      if (theirs && (await isStale(theirs))) {
        if (await takeOver(path, theirs.id, text)) return { release: () => release(path, mine.id) }
      }
      if (timing.now() >= until) throw lockedFault(path, theirs)
      await timing.sleep(POLL_MS, options.signal)
    }
  } catch (error) {
    throw fileFault('lock the state folder', path, error)
  }
}

async function holder(operation: string, run: string | undefined, timing: Timing): Promise<Holder> {
  return {
    id: randomUUID(),
    operation,
    ...(run === undefined ? {} : { run }),
    ...actorOf(),
    started: (await markOf(process.pid))?.started ?? '',
    created: new Date(timing.date()).toISOString(),
  }
}

async function isStale(theirs: Holder): Promise<boolean> {
  return theirs.host === hostname() && (await isGone(theirs))
}

/**
 * Replaces a dead process's lock. Only who made the marker named after that lock may; when two try, the second either
 * finds the marker, or finds that the lock is no longer the one it saw.
 */
async function takeOver(path: string, dead: string, text: string): Promise<boolean> {
  const marker = `${path}.after-${dead}`
  if (!(await createOnce(marker, text))) return false
  try {
    const still = await readPlain(path)
    if (!still || parseHolder(still.toString('utf8'))?.id !== dead) return false
    await replaceFile(path, text)
    return true
  } finally {
    await unlink(marker).catch(() => undefined)
  }
}

async function release(path: string, id: string): Promise<void> {
  const found = await readPlain(path)
  if (!found || parseHolder(found.toString('utf8'))?.id !== id) return
  try {
    await unlink(path)
  } catch (error) {
    throw fileFault('remove our lock', path, error)
  }
}

const ID = /^[0-9a-f-]{36}$/

function parseHolder(text: string): Holder | undefined {
  try {
    const value: Partial<Record<keyof Holder, unknown>> | null = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { id, operation, run, user, host, pid, started, created } = value
    if (typeof id !== 'string' || !ID.test(id) || typeof operation !== 'string') return undefined
    if (typeof user !== 'string' || typeof host !== 'string' || typeof created !== 'string') return undefined
    if (typeof started !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1)
      return undefined
    return { id, operation, ...(typeof run === 'string' ? { run } : {}), user, host, pid, started, created }
  } catch {
    return undefined
  }
}

function lockedFault(path: string, theirs: Holder | undefined): Fault {
  if (!theirs) {
    return new Fault('locked', 'the state folder is locked, and its lock cannot be read', {
      where: path,
      next: `make sure that no interdict is running, then: rm ${quoted(path)}`,
    })
  }
  const { operation, run, user, host, pid, created } = theirs
  const who = `${user} on ${host} (process ${pid}) runs ${operation}${run === undefined ? '' : ` of ${run}`}`
  const here = host === hostname()
  const look = here ? `ps -p ${pid}` : `ask ${user}, or look on ${host}: ps -p ${pid}`
  return new Fault('locked', `the state folder is locked: ${who} since ${created}`, {
    where: path,
    next: `wait for it to end; if that process is gone (${look}), remove the lock: rm ${quoted(path)}`,
  })
}
