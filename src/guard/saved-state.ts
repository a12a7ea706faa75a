import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { SealedFolder } from '../store/sealed-folder.ts'

/** The saved state of an earlier watch: the judge's memory, and how far each source was read, as of one moment. */
export interface Kept {
  judge: Json | undefined
  positions: { [source: string]: Json }
}

/** Name of the file in the folder of a watch. */
export const KEPT = 'state.json'

/** Reads what was kept last. Faults: `tampered` when it is not, `damaged` when another version wrote it. */
export async function keptOf(folder: SealedFolder): Promise<Kept> {
  const file = folder.file(KEPT)
  const data = (await file.read()) as
    | { version?: number; judge?: Json; positions?: Kept['positions'] }
    | undefined
  if (data === undefined) return { judge: undefined, positions: {} }
  if (data.version === 1 && data.positions) return { judge: data.judge, positions: data.positions }
  throw new Fault('damaged', 'a newer version wrote what the watch remembers', {
    where: file.path,
    next: 'update interdict',
  })
}

/** Returns what keeps the state of a watch, as often as it is called. */
export function keeper(folder: SealedFolder): (kept: Kept) => Promise<void> {
  const file = folder.file(KEPT)
  return ({ judge, positions }) => file.write({ version: 1, positions, judge })
}
