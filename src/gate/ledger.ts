import { hash as digest } from 'node:crypto'
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { canonical } from '../model/json.ts'
import { errno, makeFolder, readWhole, removeIfThere, replaceWhole } from './files.ts'
import type { Seal } from './seal.ts'

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
  /** Where the head is kept, apart from the state: a chain cannot tell that its end was cut off. */
  config: string
}

interface Head {
  seq: number
  hash: string
}

const PURPOSE = 'interdict-gate decision 1'
const GENESIS = '0'.repeat(64)
const LOCK_WAIT_MS = 1_000
/** A decision takes far less; whoever holds the lock longer has died, or this is another machine's. */
const LOCK_STALE_MS = 10_000
/** A signature vouches for all before it, since its hash covers them; until then a code does, which is quicker. */
const SIGN_EVERY = 16
const MOST_LINE = 16 * 1024

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
): void {
  makeFolder(join(folders.state, 'gate'))
  const path = ledgerPath(folders.state)
  withLock(`${path}.lock`, () => {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
    const file = openSync(path, flags, 0o600)
    try {
      const { head, torn } = lastOf(file, path)
      const known = readHead(headPath(folders))
      if (known && (!head || head.seq < known.seq || (head.seq === known.seq && head.hash !== known.hash)))
        throw new Error(`the journal of decisions was cut: ${path} (see interdict-gate log)`)
      const seq = head ? head.seq + 1 : 0
      const more = torn > 0 ? { torn } : {}
      const text = canonical({ v: 1, seq, at, prev: head?.hash ?? GENESIS, ...more, ...record })
      const hash = hashOf(text)
      const signed = record.effect !== 'allow' || seq % SIGN_EVERY === 0
      const proof = signed ? `"sig":"${seal.sign(PURPOSE, hash)}"` : `"mac":"${seal.code(PURPOSE, hash)}"`
      const line = `${text.slice(0, -1)},"hash":"${hash}",${proof}}\n`
      writeLine(file, torn > 0 ? `\n${line}` : line)
      if (also) append(also.path, also.line)
      // What was allowed reaches the disk in the system's own time, and at the latest with the sixteenth; the head says
      // only what is certainly there, so that a power failure does not look like a cut.
      if (!signed) return
      fdatasyncSync(file)
      replaceWhole(headPath(folders), JSON.stringify({ seq, hash }))
    } finally {
      closeSync(file)
    }
  })
}

/** What is wrong with a journal of decisions, entry by entry; empty when it is whole. */
export function* checkLedger(
  folders: LedgerFolders,
  seal: Seal,
): Generator<{ line: number; flaw?: string; entry?: Record & { at: string; seq: number } }> {
  const text = readFileSync(ledgerPath(folders.state), 'utf8')
  const lines = text.split('\n')
  const unfinished = lines.pop()
  let prev = GENESIS
  let seq = 0
  let skipped = 0
  for (const [index, line] of lines.entries()) {
    const parts = partsOf(line)
    if (!parts) {
      skipped = line.length
      continue
    }
    const { entry, hash, body } = parts
    const flaw =
      hashOf(body) !== hash
        ? 'was altered'
        : entry.prev !== prev || entry.seq !== seq
          ? 'does not follow the one before it'
          : !isProven(parts, seal)
            ? 'is not sealed by this machine'
            : skipped > 0 !== entry.torn > 0
              ? 'comes after a line that is none'
              : undefined
    yield { line: index + 1, entry, ...(flaw === undefined ? {} : { flaw }) }
    if (flaw !== undefined) return
    prev = hash
    seq += 1
    skipped = 0
  }
  const head = readHead(headPath(folders))
  if (head && seq <= head.seq)
    yield { line: lines.length, flaw: `was cut: ${head.seq + 1} entries were written, and ${seq} are left` }
  if (skipped > 0 || unfinished) return
}

function isProven(
  { hash, sig, mac }: { hash: string; sig?: string | undefined; mac?: string | undefined },
  seal: Seal,
) {
  return sig === undefined ? mac === seal.code(PURPOSE, hash) : seal.verify(PURPOSE, hash, sig)
}

function partsOf(line: string) {
  const match =
    /^(\{.*),"hash":"([0-9a-f]{64})",(?:"sig":"([A-Za-z0-9+/]{86}==)"|"mac":"([0-9a-f]{64})")\}$/.exec(line)
  const [, body, hash, sig, mac] = match ?? []
  if (body === undefined || hash === undefined) return undefined
  try {
    const entry: Record & { seq: number; prev: string; at: string; torn: number } = {
      torn: 0,
      ...JSON.parse(line),
    }
    return { entry, hash, sig, mac, body: `${body}}` }
  } catch {
    return undefined
  }
}

/** In one piece or not at all: half a line is no record (a full disk takes what fits). */
function writeLine(file: number, line: string): void {
  if (writeSync(file, line) !== Buffer.byteLength(line)) throw new Error('the disk is full')
}

function hashOf(text: string): string {
  return digest('sha256', text)
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

/** The last whole entry, and how many bytes a crash left behind it. */
function lastOf(file: number, path: string): { head: Head | undefined; torn: number } {
  const { size } = fstatSync(file)
  const bytes = Buffer.alloc(Math.min(size, 2 * MOST_LINE))
  readSync(file, bytes, 0, bytes.length, size - bytes.length)
  const text = bytes.toString('utf8')
  const end = text.lastIndexOf('\n')
  const torn = size === 0 ? 0 : Buffer.byteLength(text.slice(end + 1))
  const lines = text.slice(0, Math.max(end, 0)).split('\n').reverse()
  for (const line of lines) {
    const parts = partsOf(line)
    if (parts) return { head: { seq: parts.entry.seq, hash: parts.hash }, torn }
  }
  if (size > torn) throw new Error(`the journal of decisions is damaged: ${path}`)
  return { head: undefined, torn }
}

function headPath({ config, state }: LedgerFolders): string {
  return join(config, 'heads', `gate-${digest('sha256', state).slice(0, 16)}.json`)
}

function readHead(path: string): Head | undefined {
  const text = readWhole(path, 1024)?.toString('utf8')
  return text === undefined ? undefined : JSON.parse(text)
}

function withLock(path: string, work: () => void): void {
  const until = Date.now() + LOCK_WAIT_MS
  while (!tryLock(path)) {
    if (isStale(path)) takeAway(path)
    if (Date.now() > until) throw new Error('the journal of decisions is locked')
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
      if (Date.now() - fstatSync(file).mtimeMs > LOCK_STALE_MS) return true
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
