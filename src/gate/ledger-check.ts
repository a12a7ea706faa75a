import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Seal } from '../store/own-key.ts'
import { sha256 } from '../store/sha256.ts'
import { errno } from './files.ts'
import { GENESIS, type LedgerFolders, ledgerPath, PURPOSE, type Record } from './ledger.ts'
import { lostBefore, readHead } from './ledger-head.ts'
import { closedSegments, type Line, partsOf } from './segments.ts'

/** An entry, or what is wrong where it should be. */
export interface Checked {
  /** Name of the file, and line in it. */
  file: string
  line: number
  flaw?: string
  /** What a person should know of a journal that is whole otherwise. */
  note?: string
  entry?: Record & { at: string; seq: number }
}

interface Chain {
  prev: string
  seq: number
  /** The line before was none. */
  skipped: boolean
}

/**
 * All decisions, oldest first, over all files of their journal; ends at the first flaw. Decisions that are made
 * meanwhile may be in it or not.
 */
export function* checkLedger(folders: LedgerFolders, seal: Seal): Generator<Checked> {
  // In this order: what is appended or closed after each step is then more than is expected, and not less.
  const known = readHead(folders)
  const chain: Chain = { prev: GENESIS, seq: 0, skipped: false }
  let last: Checked = { file: basename(ledgerPath(folders.state)), line: 0 }
  for (const { file, text } of textsOf(ledgerPath(folders.state))) {
    for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
      const parts = partsOf(line)
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
      chain.prev = parts.hash
      chain.seq = parts.entry.seq + 1
      chain.skipped = false
    }
  }
  const end = chain.seq === 0 ? undefined : { seq: chain.seq - 1, hash: chain.prev }
  const lost = lostBefore(known, end)
  if (lost === 'cut')
    yield {
      ...last,
      flaw: `was cut: ${(known?.seq ?? 0) + 1} entries were written, and ${chain.seq} are left`,
    }
  else if (lost > 0) yield { ...last, note: `comes before ${restart(lost)}` }
}

function restart(lost: number): string {
  return `${lost} allowed calls that were not on disk when the machine restarted`
}

function flawOf(line: Line, chain: Chain, seal: Seal): string | undefined {
  const { entry, hash, sig, mac, body } = line
  if (sha256(body) !== hash) return 'was altered'
  if (entry.prev !== chain.prev || entry.seq !== chain.seq + entry.lost)
    return `does not follow the one before it: entry ${entry.seq}, where ${chain.seq} should be`
  const proven = sig === undefined ? mac === seal.code(PURPOSE, hash) : seal.verify(PURPOSE, hash, sig)
  if (!proven) return 'is not sealed by this machine'
  return chain.skipped !== entry.torn > 0 ? 'comes after a line that is none' : undefined
}

/** The files one after another. One that is closed while we look is there once. */
function* textsOf(path: string): Generator<{ file: string; text: string }> {
  const current = openIfThere(path)
  try {
    const closed = closedSegments(path)
    if (current === undefined && closed.length === 0)
      throw new Error(`there is no journal of decisions: ${path}`)
    const inode = current === undefined ? undefined : fstatSync(current).ino
    for (const each of closed) {
      const file = openIfThere(each)
      if (file === undefined) continue
      try {
        if (fstatSync(file).ino !== inode) yield { file: basename(each), text: readFileSync(file, 'utf8') }
      } finally {
        closeSync(file)
      }
    }
    if (current !== undefined) yield { file: basename(path), text: readFileSync(current, 'utf8') }
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
