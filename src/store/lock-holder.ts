import { hostname } from 'node:os'
import { REAL, type Timing } from '../model/timing.ts'
import { ownMark } from './process-mark.ts'

/** The purpose of a lock, in its file and in messages. */
export interface LockPurpose {
  /** The locked thing, as the subject of a sentence: "the state folder". */
  what: string
  /** The command that holds it. */
  operation: string
  run?: string
  /** Name of the user; the number of the user by default. */
  user?: string
}

/** Who holds a lock: the content of its file. */
export interface Holder {
  /** 36 hex digits and dashes; no other lock has it. */
  id: string
  operation: string
  run?: string
  user: string
  host: string
  pid: number
  /** See `ProcessMark`; empty where the system does not have it. */
  started: string
  /** RFC 3339. */
  created: string
}

/** Returns this process as the holder of a new lock. */
export function holderOf({ operation, run, user }: LockPurpose, timing: Timing): Holder {
  return {
    id: newId(),
    operation,
    ...(run === undefined ? {} : { run }),
    user: user ?? String(process.getuid?.() ?? 'unknown'),
    host: hostname(),
    ...ownMark(),
    created: new Date(timing.date()).toISOString(),
  }
}

/** Names of locks have to differ, and need not be secret: they do without `node:crypto`, which loads slowly. */
function newId(): string {
  const digits = Array.from({ length: 4 }, () =>
    Math.floor(REAL.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const ID = /^[0-9a-f-]{36}$/

/** Returns the holder that the text of a lock names; undefined if it is not one of ours. */
export function holderIn(text: string): Holder | undefined {
  if (/^\d{1,10}$/.test(text)) return holderOfEarlierGate(Number(text))
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

/** Earlier gates wrote the number of their process alone. */
function holderOfEarlierGate(pid: number): Holder | undefined {
  if (pid < 1) return undefined
  const about = { operation: 'interdict-gate', user: 'unknown', host: hostname(), created: 'an unknown time' }
  return { ...about, id: `process-${pid}`, pid, started: '' }
}
