import { closeSync, constants, fdatasync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { canonical } from '../model/json.ts'
import { bootId } from '../store/boot-id.ts'
import type { Seal } from '../store/own-key.ts'
import { sha256 } from '../store/sha256.ts'
import type { Budget } from './budget.ts'
import { makeFolder, replaceWhole } from './files.ts'
import { headPath, lostBefore, readHead, type Written } from './ledger-head.ts'
import { withLock } from './lock.ts'
import { closeSegment, lastOf, newestHead } from './segments.ts'

/** One decision, without the envelope. Arguments are there as a digest only: they may hold secrets. */
export interface Record {
  harness: string
  agent: string
  session: string
  tool: string
  effect: string
  because: string
  reason: string
  rule?: string
  run?: string
  /** SHA-256 of the arguments' canonical text. */
  args?: string
  /** SHA-256 of the policy file. */
  policy?: string
}

export interface LedgerFolders {
  state: string
  /** Beside this the head is kept, apart from the state: a chain alone does not show that its end was cut off. */
  heads: string
  /** Bytes after which a file is closed and another begun. */
  segmentBytes?: number
  /**
   * In a process that goes on: the disk takes what was allowed beside the answers, and not before each sixteenth. What was
   * refused is on disk in any case before it is answered.
   */
  syncLater?: boolean
}

export const PURPOSE = 'interdict-gate decision 1'
export const GENESIS = '0'.repeat(64)
/** A signature vouches for all before it, since its hash covers them; until then a code does, which is quicker. */
const SIGN_EVERY = 16
const SEGMENT_BYTES = 16 * 1024 * 1024

export function ledgerPath(state: string): string {
  return join(state, 'gate', 'decisions.jsonl')
}

/**
 * Appends a decision: each entry holds the hash of the one before it and is sealed. `also` is written under the same
 * lock. Throws when it could not be recorded: then nothing may be allowed.
 */
export function recordDecision(
  folders: LedgerFolders,
  seal: Seal,
  record: Record,
  at: string,
  also?: { path: string; line: string },
  budget?: Budget,
): void {
  makeFolder(join(folders.state, 'gate'))
  const path = ledgerPath(folders.state)
  const write = () => {
    let file = openFor(path)
    let later = false
    try {
      const { head: own, torn, size } = lastOf(file, path)
      const head = own ?? newestHead(path)
      const known = readHead(folders)
      const lost = lostBefore(known, head)
      if (lost === 'cut')
        throw new Error(`the journal of decisions was cut: ${path} (see interdict-gate log)`)
      // A file that a crash left with half a line goes on, and the next entry says so.
      const full = own !== undefined && torn === 0 && size >= (folders.segmentBytes ?? SEGMENT_BYTES)
      if (full) {
        closeSegment(file, path, own)
        const old = file
        file = openFor(path)
        closeSync(old)
      }
      const seq = (head ? head.seq + 1 : 0) + lost
      const more = { ...(torn > 0 ? { torn } : {}), ...(lost > 0 ? { lost } : {}) }
      const text = canonical({ v: 1, seq, at, prev: head?.hash ?? GENESIS, ...more, ...record })
      const hash = sha256(text)
      const signed = seq % SIGN_EVERY === 0
      const proof = signed ? `"sig":"${seal.sign(PURPOSE, hash)}"` : `"mac":"${seal.code(PURPOSE, hash)}"`
      const line = `${text.slice(0, -1)},"hash":"${hash}",${proof}}\n`
      writeLine(file, torn > 0 ? `\n${line}` : line)
      if (also) append(also.path, also.line)
      // What was allowed reaches the disk in the system's own time, and at the latest with the sixteenth; the head says
      // at once that it was written, and which entry is certainly on disk.
      const waits = record.effect === 'allow' && !full && lost === 0
      later = signed && waits && folders.syncLater === true
      const synced = !waits || (signed && !later)
      if (synced) fdatasyncSync(file)
      writeHead(folders, { seq, hash, synced: synced ? seq : (known?.synced ?? -1) })
      if (later) syncLater(file, folders, seq)
    } finally {
      if (!later) closeSync(file)
    }
  }
  withLock(`${path}.lock`, write, budget)
}

/** The head says that the disk has the entry when it has; if it never does, the head says less than there is, and that is right. */
function syncLater(file: number, folders: LedgerFolders, seq: number): void {
  fdatasync(file, error => {
    closeSync(file)
    if (error) return
    try {
      withLock(`${ledgerPath(folders.state)}.lock`, () => {
        const known = readHead(folders)
        if (known && known.synced < seq) writeHead(folders, { ...known, synced: seq })
      })
    } catch {
      // The next one says it.
    }
  })
}

function writeHead(folders: LedgerFolders, { seq, hash, synced }: Written): void {
  // Entries that may not be on disk can be missing after a restart, and at no other time.
  const boot = synced < seq ? { boot: bootId() } : {}
  replaceWhole(headPath(folders), JSON.stringify({ seq, hash, synced, ...boot }))
}

function openFor(path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
  return openSync(path, flags, 0o600)
}

/** In one piece or not at all: half a line is no record (a full disk takes what fits). */
function writeLine(file: number, line: string): void {
  if (writeSync(file, line) !== Buffer.byteLength(line)) throw new Error('the disk is full')
}

/** One line more in a file that others follow; whole lines only, since the lock is held. */
function append(path: string, line: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
  const file = openSync(path, flags, 0o600)
  try {
    writeLine(file, line)
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}
