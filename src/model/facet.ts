import { type Json, same } from './json.ts'

/**
 * The part of an identity's settings that an interruption reads and cuts: named entries; an absent name is not there.
 * Drift, diff and restore are decided entry by entry. Entry names mean the same thing in every interruption of an
 * identity (`status`, `inline/<policy>`, `boundary`), because several runs may hold the same entry.
 */
export type Facet = { readonly [entry: string]: Json }

/** One entry that differs between two facets; `undefined` stands for absent. */
export interface Difference {
  entry: string
  from: Json | undefined
  to: Json | undefined
}

/** The entries in which two facets differ, by name. */
export function differences(from: Facet, to: Facet): Difference[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
  return names
    .map(entry => ({ entry, from: entryOf(from, entry), to: entryOf(to, entry) }))
    .filter(({ from, to }) => !same(from, to))
}

/** An entry of a facet; own members only, since entry names may come from a cloud. */
export function entryOf(facet: Facet, entry: string): Json | undefined {
  return Object.hasOwn(facet, entry) ? facet[entry] : undefined
}

/** The facet with some entries set, or removed where the value is `undefined`. */
export function withEntries(facet: Facet, entries: Iterable<[string, Json | undefined]>): Facet {
  const next = new Map<string, Json>(Object.entries(facet))
  for (const [entry, value] of entries) {
    if (value === undefined) next.delete(entry)
    else next.set(entry, value)
  }
  return Object.fromEntries(next)
}

/** Only the named entries of a facet. */
export function pick(facet: Facet, entries: Iterable<string>): Facet {
  return withEntries(
    {},
    [...entries].map(entry => [entry, entryOf(facet, entry)]),
  )
}
