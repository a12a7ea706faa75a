import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errno, syncFolderSync } from '../store/files-sync.ts'
import type { ChainEnd } from '../store/hash-chain.ts'
import { decisionIn } from './decision-record.ts'

const MOST_LINE = 16 * 1024
const NEWLINE = 0x0a
const CLOSED = /^decisions-\d{12}\.jsonl$/

/** The closed files of a journal, oldest first; none before the first decision. Each is named after the last entry in it. */
export function closedSegments(path: string): string[] {
  const folder = dirname(path)
  return namesIn(folder)
    .filter(name => CLOSED.test(name))
    .sort()
    .map(name => join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errno(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * Closes a full file: it is on disk whole before it gets its own name, so that after a crash either it is still the one
 * that is written to, or it is closed and there is none yet, in which the chain goes on.
 */
export function closeSegment(file: number, path: string, { seq }: ChainEnd): void {
  const closed = join(dirname(path), `decisions-${String(seq).padStart(12, '0')}.jsonl`)
  if (existsSync(closed)) throw new Error(`${closed} is there already (see interdict-gate log)`)
  fdatasyncSync(file)
  renameSync(path, closed)
  syncFolderSync(dirname(path))
}

/** The last entry of the newest closed file. */
export function newestHead(path: string): ChainEnd | undefined {
  const newest = closedSegments(path).at(-1)
  if (newest === undefined) return undefined
  const file = openSync(newest, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return lastOf(file, newest).head
  } finally {
    closeSync(file)
  }
}

/** Returns the last whole entry, the bytes that a crash left behind it, and the size. Throws if the file has none and should. */
export function lastOf(
  file: number,
  path: string,
): { head: ChainEnd | undefined; torn: number; size: number } {
  const { size } = fstatSync(file)
  const bytes = Buffer.alloc(Math.min(size, 2 * MOST_LINE))
  readSync(file, bytes, 0, bytes.length, size - bytes.length)
  const torn = bytes.length - (bytes.lastIndexOf(NEWLINE) + 1)
  for (let to = bytes.length - torn; to > 0; ) {
    const from = to > 1 ? bytes.lastIndexOf(NEWLINE, to - 2) + 1 : 0
    const line = decisionIn(bytes.subarray(from, to - 1))
    if (line) return { head: { seq: line.seq, hash: line.hash }, torn, size }
    to = from
  }
  if (size > torn) throw new Error(`the journal of decisions is damaged: ${path}`)
  return { head: undefined, torn, size }
}
