import type { Body, Entry } from './entry.ts'

/** Where a run is written. An append resolves when the entry is on disk, and rejects with Fault `journal`. */
export interface Journal {
  readonly run: string
  append(body: Body): Promise<Entry>
}
