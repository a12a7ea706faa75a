import { randomBytes } from 'node:crypto'
import { Fault, toFault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { SealedFolder } from '../store/sealed-folder.ts'
import type { Judge } from './ports.ts'

/** The saved state of an earlier watch: the judge's memory, and how far each source was read, as of one moment. */
export interface Kept {
  judge: Json | undefined
  /** Changes of the judge's memory after `judge` was saved, oldest first; absent: none. */
  changes?: Json[]
  positions: { [source: string]: Json }
}

/** Name of the snapshot in the folder of a watch. */
export const KEPT = 'state.json'
/** Name of the log in the folder of a watch: what changed since the snapshot. */
export const CHANGES = 'state.jsonl'

/** Bytes of changes after which a snapshot takes their place, if the snapshot is not larger. */
const MOST_CHANGES = 1024 * 1024

/** The snapshot. Version 1, of earlier versions, has no log. */
interface Snapshot {
  version: 1 | 2
  judge?: Json
  positions: Kept['positions']
  /** Names the log that continues it: the log of another snapshot is older, and all that it says is in this one. */
  log?: string
}

/** The first line names the log; each after it is one checkpoint. */
type Line = { log: string } | { positions: Kept['positions']; judge: Json[] }

/** Reads what was kept last. Faults: `tampered` when it is not, `damaged` when another version wrote it. */
export async function keptOf(folder: SealedFolder): Promise<Kept> {
  const file = folder.file(KEPT)
  const data = (await file.read()) as Snapshot | undefined
  if (data === undefined) return { judge: undefined, positions: {} }
  if (!data.positions || (data.version !== 1 && data.version !== 2)) {
    throw new Fault('damaged', 'a newer version wrote what the watch remembers', {
      where: file.path,
      next: 'update interdict',
    })
  }
  const kept = { judge: data.judge, positions: data.positions }
  if (data.log === undefined) return kept
  const log = folder.log(CHANGES)
  // Sealed by us, so of our shape.
  const [first, ...lines] = (await log.open()) as Line[]
  await log.close()
  if (first === undefined || !('log' in first) || first.log !== data.log) return kept
  const since = lines.flatMap(line => ('positions' in line ? [line] : []))
  return {
    judge: data.judge,
    changes: since.flatMap(({ judge }) => judge),
    positions: Object.fromEntries([data, ...since].flatMap(({ positions }) => Object.entries(positions))),
  }
}

/** Keeps the state of a watch; one write at a time. */
export interface Keeper {
  /** Resolves when the judge's memory and the positions as of the call are on disk. Fault `journal`; then nothing more is kept. */
  keep(judge: Pick<Judge, 'save' | 'changes'>, positions: Kept['positions']): Promise<void>
  close(): Promise<void>
}

/**
 * Keeps the state of a watch in a folder: a snapshot first, then what changed, and a snapshot again when the changes are more bytes
 * than it. A judge that does not record changes is saved whole each time.
 */
export function keeper(folder: SealedFolder): Keeper {
  const file = folder.file(KEPT)
  const log = folder.log(CHANGES)
  let opened: Promise<unknown> | undefined
  /** The positions on disk; undefined: only a snapshot can say how things are. */
  let known: Kept['positions'] | undefined
  /** Bytes of changes that may come before the next snapshot. */
  let room = 0
  let fault: Fault | undefined

  async function snapshot(judge: Json, positions: Kept['positions'], isLogged: boolean): Promise<void> {
    if (!isLogged) return void (await file.write({ version: 1, positions, judge }))
    const name = randomBytes(8).toString('hex')
    opened ??= log.open()
    await opened
    room = Math.max(MOST_CHANGES, await file.write({ version: 2, log: name, positions, judge }))
    await log.replace([{ log: name }])
    known = positions
  }

  async function append(judge: Json[], positions: Kept['positions']): Promise<void> {
    room -= await log.append({ positions: differing(positions, known ?? {}), judge })
    // The records are acknowledged next: the end of the log can no longer be cut off unnoticed.
    await log.marked()
    known = positions
  }

  return {
    // Memory and positions are taken before anything is waited for: they are of one moment.
    async keep(judge, current) {
      if (fault) throw fault
      const positions = { ...current }
      const changes = known === undefined || room <= 0 ? undefined : judge.changes?.()
      try {
        if (changes) await append(changes, positions)
        else await snapshot(judge.save(), positions, judge.changes !== undefined)
      } catch (error) {
        // The changes that follow lack those that could not be written.
        fault = toFault(error)
        throw fault
      }
    },
    // Where a write failed, that was reported.
    close: () => log.close().catch((error: unknown) => (fault ? undefined : Promise.reject(error))),
  }
}

function differing(positions: Kept['positions'], known: Kept['positions']): Kept['positions'] {
  return Object.fromEntries(Object.entries(positions).filter(([source, at]) => known[source] !== at))
}
