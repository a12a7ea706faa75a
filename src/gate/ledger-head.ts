import { basename, dirname, join } from 'node:path'
import { restartedSince } from '../store/boot-id.ts'
import { readPlainSync } from '../store/files-sync.ts'
import type { ChainEnd } from '../store/hash-chain.ts'

/** The newest entry that was written, and how far the journal is certainly on disk. */
export interface Written extends ChainEnd {
  /** Number of the newest entry that the disk has; -1 when none is certain. */
  synced: number
  /** See `bootId`; absent when everything is on disk. */
  boot?: string
}

export function headPath({ heads }: { heads: string }): string {
  return join(dirname(heads), `gate-${basename(heads)}.json`)
}

/**
 * The newest entry that was written. It is kept in the folder of the keys, where a writer of the state cannot reach it.
 * Undefined when there is none; an empty file is what a power failure leaves of one.
 */
export function readHead(folders: { heads: string }): Written | undefined {
  const text = readPlainSync(headPath(folders), 1024)?.toString('utf8')
  if (text === undefined || text === '') return undefined
  const head = JSON.parse(text) as ChainEnd & Partial<Written>
  // Before heads said so, one was written when its entry was on disk.
  return { synced: head.seq, ...head }
}

/**
 * How many entries are missing at the journal's end: those that a restart of the machine took before the disk had them, or
 * `cut` when that cannot be. `last`: the newest entry that is there.
 */
export function lostBefore(known: Written | undefined, last: ChainEnd | undefined): number | 'cut' {
  if (known === undefined || (last && last.seq > known.seq)) return 0
  if (last?.seq === known.seq) return last.hash === known.hash ? 0 : 'cut'
  const there = last?.seq ?? -1
  const restarted = known.boot !== undefined && restartedSince(known.boot)
  return there >= known.synced && restarted ? known.seq - there : 'cut'
}
