import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { errno } from '../store/files-sync.ts'
import { type ChainEnd, prevOf } from '../store/hash-chain.ts'
import type { OwnKey } from '../store/own-key.ts'
import {
  DECISION_PURPOSE,
  type DecisionLine,
  type DecisionRecord,
  decisionIn,
  type LedgerFolders,
  ledgerPath,
} from './decision-record.ts'
import { lostBefore, readHead } from './ledger-head.ts'
import { closedSegments } from './segments.ts'

const NEWLINE = 0x0a

/** An entry, or what is wrong where it should be. */
export interface Checked {
  /** Name of the file, and line in it. */
  file: string
  line: number
  flaw?: string
  /** Remarks about a journal that is whole otherwise. */
  note?: string
  entry?: DecisionRecord & { at: string; seq: number }
}

interface Chain {
  end: ChainEnd | undefined
  /** The line before was not an entry. */
  skipped: boolean
}

/**
 * All decisions, oldest first, over all files of their journal; ends at the first flaw. Decisions that are made
 * meanwhile may be in it or not.
 */
export function* checkLedger(folders: LedgerFolders, seal: OwnKey): Generator<Checked> {
  // In this order: what is appended or closed after each step is then more than is expected, and not less.
  const known = readHead(folders)
  const chain: Chain = { end: undefined, skipped: false }
  let last: Checked = { file: basename(ledgerPath(folders.state)), line: 0 }
  const files = filesOf(ledgerPath(folders.state), known === undefined)
  for (const { file, bytes } of files) {
    for (const [index, line] of linesIn(bytes).entries()) {
      const parts = decisionIn(line)
      if (!parts) {
        chain.skipped = true
        continue
      }
      const flaw = flawOf(parts, chain, seal)
      last = { file, line: index + 1 }
      const { lost } = parts.entry
      const note = flaw === undefined && lost > 0 ? { note: `comes after ${restart(lost)}` } : {}
      yield { ...last, entry: parts.entry, ...note, ...(flaw === undefined ? {} : { flaw }) }
      if (flaw !== undefined) return
      chain.end = { seq: parts.seq, hash: parts.hash }
      chain.skipped = false
    }
  }
  const lost = lostBefore(known, chain.end)
  if (lost === 'cut')
    yield {
      ...last,
      flaw: `was cut: ${(known?.seq ?? 0) + 1} entries were written, and ${nextOf(chain)} are left`,
    }
  else if (lost > 0) yield { ...last, note: `comes before ${restart(lost)}` }
}

function restart(lost: number): string {
  return `${lost} allowed calls that were not on disk when the machine restarted`
}

/** The number that the next entry should have. */
const nextOf = ({ end }: Chain): number => (end?.seq ?? -1) + 1

function flawOf({ entry, hash, proof, intact }: DecisionLine, chain: Chain, key: OwnKey): string | undefined {
  if (!intact) return 'was altered'
  const next = nextOf(chain)
  if (entry.prev !== prevOf(chain.end) || entry.seq !== next + entry.lost)
    return `does not follow the one before it: entry ${entry.seq}, where ${next} should be`
  const proven =
    proof.sig === undefined
      ? proof.mac === key.code(DECISION_PURPOSE, hash)
      : key.verify(DECISION_PURPOSE, hash, proof.sig)
  if (!proven) return 'is not sealed by this machine'
  return chain.skipped !== entry.torn > 0 ? 'comes after a line that is none' : undefined
}

function linesIn(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0, to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
    lines.push(bytes.subarray(from, to))
    from = to + 1
  }
  return lines
}

/**
 * The files one after another. One that is closed while we look is there once.
 *
 * @param mayBeNone nothing says that a decision was ever recorded
 */
function* filesOf(path: string, mayBeNone: boolean): Generator<{ file: string; bytes: Buffer }> {
  const current = openIfThere(path)
  try {
    const closed = closedSegments(path)
    if (current === undefined && closed.length === 0 && !mayBeNone)
      throw new Error(`there is no journal of decisions: ${path}`)
    const inode = current === undefined ? undefined : fstatSync(current).ino
    for (const each of closed) {
      const file = openIfThere(each)
      if (file === undefined) continue
      try {
        if (fstatSync(file).ino !== inode) yield { file: basename(each), bytes: readFileSync(file) }
      } finally {
        closeSync(file)
      }
    }
    if (current !== undefined) yield { file: basename(path), bytes: readFileSync(current) }
  } finally {
    if (current !== undefined) closeSync(current)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined
    throw error
  }
}
