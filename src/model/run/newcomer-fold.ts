import type { EntryOf } from '../entry.ts'
import type { Newcomer } from '../newcomer.ts'

/** What a run knows of identities that were created since it began. */
export interface NewcomerState {
  /** By account (`cloud:account`): digests of the identities that were there when the run began. */
  known: Map<string, readonly string[]>
  /** By identity id: created since the run began. `because`: why it was to be contained and is not. */
  newcomers: Map<string, Newcomer & { contained: boolean; because?: string }>
  /** By account: what the last look for newcomers could not look at. */
  unlooked: Map<string, readonly string[]>
}

export function noNewcomers(): NewcomerState {
  return { known: new Map(), newcomers: new Map(), unlooked: new Map() }
}

/** Carries the state forward by one entry, in place. */
export function stepNewcomers(
  state: NewcomerState,
  entry: EntryOf<'newcomers.known' | 'newcomers.found'>,
): void {
  const account = `${entry.cloud}:${entry.account}`
  if (entry.type === 'newcomers.known') {
    state.known.set(account, entry.ids)
    return
  }
  for (const each of entry.found) state.newcomers.set(each.identity.id, each)
  state.unlooked.set(account, entry.problems)
}
