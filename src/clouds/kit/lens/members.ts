import { differences, type Facet, withEntries } from '../../../model/facet.ts'
import type { Json } from '../../../model/json.ts'

/**
 * The facet without these members of a list: grants, groups, audiences. Each is an entry of its own, so that a restore gives
 * back what a run took and leaves what others added. Pure.
 */
export function withoutMembers(facet: Facet, members: Iterable<string>): Facet {
  return withEntries(
    facet,
    [...members].map(entry => [entry, undefined]),
  )
}

/** Carries out the members that differ, one call each, in the order of their names. */
export async function writeMembers(
  from: Facet,
  to: Facet,
  calls: { add(entry: string, value: Json): Promise<unknown>; remove(entry: string): Promise<unknown> },
): Promise<void> {
  for (const { entry, to: value } of differences(from, to)) {
    if (value === undefined) await calls.remove(entry)
    else await calls.add(entry, value)
  }
}
