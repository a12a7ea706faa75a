import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errno } from './files.ts'
import type { Seal } from './seal.ts'

/** What an open run holds. */
export interface HeldRun {
  run: string
  reason: string
  /** Ids of the identities of which it holds anything. */
  identities: string[]
}

/** Reads one run with everything checked. Throws when it cannot be believed. */
export type LoadRun = (run: string) => Promise<HeldRun>

interface Kept {
  /** Size, inode and times of the journal; every write changes the last of them, which cannot be set. */
  stamp: string
  held: HeldRun
}

/** Raised when a journal cannot be read or believed: then nobody knows who is held. */
export class Unbelievable extends Error {}

const PURPOSE = 'interdict-gate held 1'
const RUN = /^([a-z0-9]{4,12})\.(jsonl|json)$/

/**
 * The open runs of a state folder. Checking journals costs more than a decision may take, so what was found is kept,
 * signed, by the journal's size, inode and times; a journal that changed is checked again.
 */
export async function heldRuns(
  { state, heads }: { state: string; heads: string },
  seal: Seal,
  load: LoadRun,
): Promise<HeldRun[]> {
  const journals = join(state, 'runs')
  const runs = namesIn(journals, 'jsonl')
  const begun = namesIn(heads, 'json')
  const missing = begun.find(run => !runs.includes(run))
  if (missing !== undefined) throw new Unbelievable(`the journal of run ${missing} is missing`)
  if (runs.length === 0) return []
  const path = join(state, 'gate', 'held')
  const kept = keptRuns(seal.read(PURPOSE, path))
  const now = new Map<string, Kept>()
  let changed = runs.length !== kept.size
  for (const run of runs) {
    // Before it is read: what is appended meanwhile makes the stamp stale.
    const stamp = stampOf(join(journals, `${run}.jsonl`))
    const known = kept.get(run)
    if (known?.stamp === stamp) now.set(run, known)
    else {
      changed = true
      // A run that was created and has recorded nothing yet has changed nothing either.
      const empty = stamp.startsWith('0 ') && !begun.includes(run)
      now.set(run, { stamp, held: empty ? { run, reason: '', identities: [] } : await loaded(run, load) })
    }
  }
  if (changed) seal.write(PURPOSE, path, Object.fromEntries(now))
  return [...now.values()].map(({ held }) => held).filter(({ identities }) => identities.length > 0)
}

async function loaded(run: string, load: LoadRun): Promise<HeldRun> {
  try {
    return await load(run)
  } catch (error) {
    throw new Unbelievable(`run ${run}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function namesIn(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder).flatMap(name => {
      const [, run, found] = RUN.exec(name) ?? []
      return run !== undefined && found === ending ? [run] : []
    })
  } catch (error) {
    if (errno(error) === 'ENOENT') return []
    throw new Unbelievable(`cannot read ${folder}: ${errno(error)}`)
  }
}

function stampOf(path: string): string {
  const { size, ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return `${size} ${ino} ${mtimeNs} ${ctimeNs}`
}

/** Signed by us, so of our shape. */
function keptRuns(value: unknown): Map<string, Kept> {
  return new Map(Object.entries((value ?? {}) as { [run: string]: Kept }))
}
