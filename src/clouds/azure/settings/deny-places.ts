import { entryOf, type Facet } from '../../../model/facet.ts'
import type { Context } from '../../../model/interruption.ts'
import { deniesAt, denyEntry } from './deny-assignments.ts'
import { COPY_NUMBERS } from './deny-copies.ts'

/** A deny assignment of ours, and the scope that it is at. */
export interface Place {
  scope: string
  entry: string
}

/** The first deny assignment at a scope, and those that are held. */
export function ownDenies(scope: string, { run, held = [] }: Context): Place[] {
  const entries = new Set([denyEntry(run, scope), ...deniesAt(run, scope, held)])
  return [...entries].map(entry => ({ scope, entry }))
}

/** Those that may be beside the first where there are several. */
export function copiesBeside(scope: string, { run, held = [], strength }: Context, there: Facet): Place[] {
  if (strength !== 'all' || entryOf(there, denyEntry(run, scope)) === undefined) return []
  return COPY_NUMBERS.map(copy => ({ scope, entry: denyEntry(run, scope, copy) })).filter(
    ({ entry }) => entryOf(there, entry) === undefined && !held.includes(entry),
  )
}
