import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Record } from './ledger.ts'

/** Where a chain of decisions has got to. */
export interface Head {
  seq: number
  hash: string
}

/** One line of a journal of decisions, taken apart; nothing of it is checked. */
export interface Line {
  entry: Record & { seq: number; prev: string; at: string; torn: number; lost: number }
  hash: string
  sig: string | undefined
  mac: string | undefined
  /** What the hash is over. */
  body: string
}

const MOST_LINE = 16 * 1024
const CLOSED = /^decisions-\d{12}\.jsonl$/

/** The closed files of a journal, oldest first. Each is named after the last entry in it. */
export function closedSegments(path: string): string[] {
  const folder = dirname(path)
  return readdirSync(folder)
    .filter(name => CLOSED.test(name))
    .sort()
    .map(name => join(folder, name))
}

/**
 * Closes a full file: it is on disk whole before it gets its own name, so that after a crash either it is still the one
 * that is written to, or it is closed and there is none yet, in which the chain goes on.
 */
export function closeSegment(file: number, path: string, { seq }: Head): void {
  const closed = join(dirname(path), `decisions-${String(seq).padStart(12, '0')}.jsonl`)
  if (existsSync(closed)) throw new Error(`${closed} is there already (see interdict-gate log)`)
  fdatasyncSync(file)
  renameSync(path, closed)
  const folder = openSync(dirname(path), constants.O_RDONLY)
  try {
    fsyncSync(folder)
  } catch {
    // Some systems cannot sync a folder.
  } finally {
    closeSync(folder)
  }
}

/** The last entry of the newest closed file. */
export function newestHead(path: string): Head | undefined {
  const newest = closedSegments(path).at(-1)
  if (newest === undefined) return undefined
  const file = openSync(newest, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return lastOf(file, newest).head
  } finally {
    closeSync(file)
  }
}

/** The last whole entry, and how many bytes a crash left behind it. */
export function lastOf(file: number, path: string): { head: Head | undefined; torn: number; size: number } {
  const { size } = fstatSync(file)
  const bytes = Buffer.alloc(Math.min(size, 2 * MOST_LINE))
  readSync(file, bytes, 0, bytes.length, size - bytes.length)
  const text = bytes.toString('utf8')
  const end = text.lastIndexOf('\n')
  const torn = size === 0 ? 0 : Buffer.byteLength(text.slice(end + 1))
  const lines = text.slice(0, Math.max(end, 0)).split('\n').reverse()
  for (const line of lines) {
    const parts = partsOf(line)
    if (parts) return { head: { seq: parts.entry.seq, hash: parts.hash }, torn, size }
  }
  if (size > torn) throw new Error(`the journal of decisions is damaged: ${path}`)
  return { head: undefined, torn, size }
}

/** Undefined for what is no entry: what a crash left of one. */
export function partsOf(line: string): Line | undefined {
  const match =
    /^(\{.*),"hash":"([0-9a-f]{64})",(?:"sig":"([A-Za-z0-9+/]{86}==)"|"mac":"([0-9a-f]{64})")\}$/.exec(line)
  const [, body, hash, sig, mac] = match ?? []
  if (body === undefined || hash === undefined) return undefined
  try {
    return { entry: { torn: 0, lost: 0, ...JSON.parse(line) }, hash, sig, mac, body: `${body}}` }
  } catch {
    return undefined
  }
}
