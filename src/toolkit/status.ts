import type { Listed } from '../journal/store.ts'
import type { RunState } from '../model/run/state.ts'
import { storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { unseenFault, warnIfStrange } from './state-trust.ts'

export type { Listed } from '../journal/store.ts'

/** All runs of the state folder, oldest first, then those that cannot be believed. Writes nothing. */
export async function listRuns(host: Pick<Host, 'folders' | 'warn'>): Promise<Listed[]> {
  const store = await storeOf(host.folders)
  await warnIfStrange(store, host)
  const listed = await store.list()
  for (const each of listed) {
    if ('state' in each && each.unseen) host.warn(unseenFault(each.run).message)
  }
  return listed
}

/** One run. Writes nothing. Faults: `usage` for an unknown one, `damaged`, `tampered`, `journal`. */
export async function readRun(host: Pick<Host, 'folders' | 'warn'>, run: string): Promise<RunState> {
  const { state, unseen } = await (await storeOf(host.folders)).read(run)
  if (unseen) host.warn(unseenFault(run).message)
  return state
}
