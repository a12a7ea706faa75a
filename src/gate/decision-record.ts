import { join } from 'node:path'
import { type ChainEnd, openLine, type Proof } from '../store/hash-chain.ts'

/** One decision, without the envelope. Of the arguments it has a digest only: they may hold secrets. */
export interface DecisionRecord {
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

/** Where the journal of decisions is, and how it is written. */
export interface LedgerFolders {
  state: string
  /** The head is beside this folder, apart from the state: a chain alone does not show that its end was cut off. */
  heads: string
  /** Bytes after which a file is closed and another begun. */
  segmentBytes?: number
  /**
   * In a process that goes on: the disk takes what was allowed beside the answers, and not before each sixteenth. A refusal is on
   * disk in any case before it is answered.
   */
  syncLater?: boolean
}

/** The purpose of the seals of decisions. */
export const DECISION_PURPOSE = 'interdict-gate decision 1'

/** One line of a journal of decisions, taken apart. The caller checks its proof and its place. */
export interface DecisionLine extends ChainEnd {
  entry: DecisionRecord & { seq: number; prev: string; at: string; torn: number; lost: number }
  proof: Proof
  /** Whether the text has the hash. */
  intact: boolean
}

/** Returns the file that decisions are appended to. */
export function ledgerPath(state: string): string {
  return join(state, 'gate', 'decisions.jsonl')
}

/** Reads a line without its newline; `undefined` if it is not a complete entry, for example because a crash tore it. */
export function decisionIn(line: Buffer): DecisionLine | undefined {
  const opened = openLine(line)
  if (!opened) return undefined
  const { value, hash, proof, intact } = opened
  // Checked by the caller against its hash and proof, so of our shape.
  const entry = { torn: 0, lost: 0, ...value } as DecisionLine['entry']
  return { entry, seq: entry.seq, hash, proof, intact }
}
