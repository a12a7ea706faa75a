import { lstatSync } from 'node:fs'
import type { RunState } from '../model/run/state.ts'
import { sha256 } from '../store/sha256.ts'
import type { Checked } from './chain.ts'
import type { Head } from './head-files.ts'

/** A run as it was read from its files. */
export interface LoadedRun {
  state: RunState | undefined
  head: Head | undefined
  /** Bytes of whole lines; what follows is torn. */
  whole: number
  /** SHA-256 of these bytes, in hex; only of a run that is followed. */
  digest?: string
  checked: Checked
}

/** How a run is read. */
export interface LoadOptions {
  /** Folder of the heads, where many runs are read. */
  folder?: string
  /** With the digest, so that the run can be read on from here. */
  follow?: boolean
  /** The run as it was read before, from which it may be read on. */
  before?: LoadedRun | undefined
}

/** The files that say what a run holds. */
export interface RunFiles {
  journal: string
  head: string
}

/**
 * Keeps the runs of a state folder as they were read last, and reads a run again only if one of its two files changed. Of a journal
 * that grew, the bytes that were read before are compared by their digest, and only the lines after them are parsed and checked.
 *
 * A file that is appended to changes its size, one that is replaced its inode, and one that is altered in place its time of change,
 * which nobody can set. A file that is altered within one tick of its file system's clock, at the same size, is noticed at its next
 * change; until then the state is the one that was verified.
 */
export class FollowedRuns {
  readonly #load: (run: string, before: LoadedRun | undefined) => Promise<LoadedRun>
  readonly #files: (run: string) => RunFiles
  readonly #known = new Map<string, { mark: string | undefined; loaded: LoadedRun }>()
  #turn: Promise<unknown> = Promise.resolve()

  /** @param load reads a run; given the run as it was before, it may read on from there */
  constructor(
    load: (run: string, before: LoadedRun | undefined) => Promise<LoadedRun>,
    files: (run: string) => RunFiles,
  ) {
    this.#load = load
    this.#files = files
  }

  /** Carries out `work` after all that began before it: two readings of one run would both read on from the same place. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Returns the run as it is on disk. Rejects as the reading does; a run that could not be read is read anew the next time. */
  async load(run: string): Promise<LoadedRun> {
    // The mark first: a file that changes while it is read has another mark the next time.
    const mark = markOf(this.#files(run))
    const known = this.#known.get(run)
    if (known && mark !== undefined && known.mark === mark) return known.loaded
    this.#known.delete(run)
    const { state, head, whole, digest, checked } = await this.#load(run, known?.loaded)
    const loaded = { state, head, whole, checked, ...(digest === undefined ? {} : { digest }) }
    this.#known.set(run, { mark, loaded })
    return loaded
  }
}

/**
 * Whether a journal goes on from where it was read before: its first bytes are the same, and its head names no entry among them but
 * the last, or the one that was checked then.
 */
export function goesOn(before: LoadedRun, bytes: Buffer, head: Head | undefined): boolean {
  const { checked, digest, whole, state } = before
  const { end } = checked
  if (!state || !end || digest === undefined || bytes.length < whole) return false
  if ((head === undefined) !== (before.head === undefined)) return false
  const isNamed = head && head.seq <= end.seq
  const isSame = (one: { seq: number; hash: string } | undefined) =>
    one?.seq === head?.seq && one?.hash === head?.hash
  if (isNamed && !isSame(end) && !isSame(before.head)) return false
  return sha256(bytes.subarray(0, whole)) === digest
}

/** Differs when one of the files changed; undefined where that is not known. */
function markOf({ journal, head }: RunFiles): string | undefined {
  try {
    return `${wordsOf(journal)} ${wordsOf(head)}`
  } catch {
    // Reading it says why.
    return undefined
  }
}

function wordsOf(path: string): string {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined
    ? 'none'
    : `${stat.dev}:${stat.ino}:${stat.mode}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`
}
