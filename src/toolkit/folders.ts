import { join } from 'node:path'
import type { Store } from '../journal/store.ts'
import type { Folders } from './host.ts'

/** The file of a run's journal. */
export function journalPath({ state }: Folders, run: string): string {
  return join(state, 'runs', `${run}.jsonl`)
}

/**
 * The runs of a state folder; loads the code for them when it is first asked for.
 *
 * @param options `follow`: for a program that lists the runs again and again
 */
export async function storeOf(folders: Folders, options: { follow?: boolean } = {}): Promise<Store> {
  const { openStore } = await import('../journal/store.ts')
  return openStore(folders, options)
}
