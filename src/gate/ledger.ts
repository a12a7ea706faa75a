import { closeSync, fdatasync, fdatasyncSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { canonical } from '../model/json.ts'
import { bootId } from '../store/boot-id.ts'
import {
  appendLineSync,
  makeFolderSync,
  openGrowingSync,
  replaceFileSync,
  syncFolderSync,
  writeAllSync,
} from '../store/files-sync.ts'
import { closeLine, prevOf } from '../store/hash-chain.ts'
import { withLock } from '../store/lock.ts'
import type { OwnKey } from '../store/own-key.ts'
import type { Budget } from './budget.ts'
import { DECISION_PURPOSE, type DecisionRecord, type LedgerFolders, ledgerPath } from './decision-record.ts'
import { headPath, lostBefore, readHead, type Written } from './ledger-head.ts'
import { closeSegment, lastOf, newestHead } from './segments.ts'

/** A signature vouches for all before it, since its hash covers them; until then a code does, which is quicker. */
const SIGN_EVERY = 16
const NEWLINE = Buffer.from('\n')
const SEGMENT_BYTES = 16 * 1024 * 1024

const LOCK = { what: 'the journal of decisions', operation: 'interdict-gate' }

/**
 * Appends a decision: each entry holds the hash of the one before it and is sealed. `also` is written under the same
 * lock. Throws when it could not be recorded: then nothing may be allowed.
 */
export function recordDecision(
  folders: LedgerFolders,
  seal: OwnKey,
  record: DecisionRecord,
  at: string,
  also?: { path: string; line: string },
  budget?: Budget,
): void {
  makeFolderSync(join(folders.state, 'gate'))
  const path = ledgerPath(folders.state)
  const write = () => {
    let file = openGrowingSync(path)
    let later = false
    try {
      const { head: own, torn, size } = lastOf(file, path)
      // A new file: its name has to be on disk as well.
      if (size === 0) syncFolderSync(dirname(path))
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
        file = openGrowingSync(path)
        closeSync(old)
        syncFolderSync(dirname(path))
      }
      const seq = (head ? head.seq + 1 : 0) + lost
      const more = { ...(torn > 0 ? { torn } : {}), ...(lost > 0 ? { lost } : {}) }
      const text = canonical({ v: 1, seq, at, prev: prevOf(head), ...more, ...record })
      const signed = seq % SIGN_EVERY === 0
      const { hash, line } = closeLine(text, each =>
        signed ? { sig: seal.sign(DECISION_PURPOSE, each) } : { mac: seal.code(DECISION_PURPOSE, each) },
      )
      // Half a line, as a full disk leaves it, is no record: the next entry says that it is there.
      writeAllSync(file, torn > 0 ? Buffer.concat([NEWLINE, line]) : line)
      if (also) appendLineSync(also.path, also.line)
      // Allowed calls reach the disk in the system's own time, and at the latest with the sixteenth; the head says
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
  withLock(`${path}.lock`, LOCK, write, budget && (() => budget.remaining()))
}

/** The head says that the disk has the entry when it has; if it never does, the head says less than there is, and that is right. */
function syncLater(file: number, folders: LedgerFolders, seq: number): void {
  fdatasync(file, error => {
    closeSync(file)
    if (error) return
    try {
      withLock(`${ledgerPath(folders.state)}.lock`, LOCK, () => {
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
  replaceFileSync(headPath(folders), JSON.stringify({ seq, hash, synced, ...boot }))
}
