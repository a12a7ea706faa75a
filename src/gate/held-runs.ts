import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Seal } from '../store/own-key.ts'
import { errno, readWhole } from './files.ts'

/** The agents that an open run holds. */
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
 * signed, by the journal's size, inode and times; a journal that changed is checked again. `tick` is called before each
 * that is checked, and may throw.
 */
export async function heldRuns(
  { state, heads }: { state: string; heads: string },
  seal: Seal,
  load: LoadRun,
  tick: () => void = () => undefined,
): Promise<HeldRun[]> {
  const journals = join(state, 'runs')
  const runs = namesIn(journals, 'jsonl')
  const begun = namesIn(heads, 'json')
  const lost = begun
    .filter(run => !runs.includes(run) && headOf(heads, run)?.seq !== -1)
    .map(run => fromHead(heads, run, 'its journal is missing'))
  if (runs.length === 0) return lost.filter(({ identities }) => identities.length > 0)
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
      tick()
      changed = true
      // A run that was created and has recorded nothing yet has changed nothing either.
      const empty = stamp.startsWith('0 ') && (headOf(heads, run)?.seq ?? -1) < 0
      try {
        now.set(run, { stamp, held: empty ? { run, reason: '', identities: [] } : await load(run) })
      } catch (error) {
        // Not kept: it is looked at again, until somebody has put it right.
        lost.push(fromHead(heads, run, error instanceof Error ? error.message : String(error)))
      }
    }
  }
  if (changed) seal.write(PURPOSE, path, Object.fromEntries(now))
  return [...[...now.values()].map(({ held }) => held), ...lost].filter(
    ({ identities }) => identities.length > 0,
  )
}

/** The agents that a run with an untrusted journal may hold, according to its head; the head is out of reach of who writes the state. */
function fromHead(heads: string, run: string, flaw: string): HeldRun {
  const { held } = headOf(heads, run) ?? {}
  if (held === undefined) throw new Unbelievable(`run ${run}: ${flaw}`)
  return { run, reason: flaw, identities: held }
}

/** Undefined: none was ever written here. -1 is the number of a run that was created and has recorded nothing yet. */
function headOf(heads: string, run: string): { seq: number; held?: string[] } | undefined {
  try {
    const text = readWhole(join(heads, `${run}.json`), 1024 * 1024)?.toString('utf8')
    return text === undefined ? undefined : (JSON.parse(text) as { seq: number; held?: string[] })
  } catch {
    return { seq: 0 }
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
