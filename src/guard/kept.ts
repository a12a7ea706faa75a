import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { read, replace } from './disk.ts'

/** What was kept of an earlier watch: what the judge remembers, and how far each source was read, as of one moment. */
export interface Kept {
  judge: Json | undefined
  positions: { [source: string]: Json }
}

const stateFile = (folder: string) => join(folder, 'state.json')

/** Fault `damaged` when it is not what a watch wrote. */
export async function keptOf(folder: string): Promise<Kept> {
  const path = stateFile(folder)
  const text = await read(path)
  if (text === undefined) return { judge: undefined, positions: {} }
  try {
    const data = JSON.parse(text) as { version?: number; judge?: Json; positions?: Kept['positions'] }
    if (data.version === 1 && data.positions) return { judge: data.judge, positions: data.positions }
  } catch {
    // Said below.
  }
  throw new Fault('damaged', 'this is no state of a watch', {
    where: path,
    next: 'move it away to begin anew: what was not acknowledged comes again, and a run is not made twice',
  })
}

export async function keep(folder: string, { judge, positions }: Kept): Promise<void> {
  await replace(stateFile(folder), `${JSON.stringify({ version: 1, positions, judge })}\n`)
}
