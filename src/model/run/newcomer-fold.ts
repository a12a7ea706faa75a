import type { EntryOf } from '../entry.ts'
import type { NewcomerState } from './state.ts'

/** Returns the state of a run before any look for newcomers. */
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
