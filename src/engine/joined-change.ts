import { differences, entryOf } from '../model/facet.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { PlannedChange } from '../model/plan.ts'
import type { Holds } from '../model/run/holds.ts'
import type { Aim } from './target-state.ts'

/** The change of another run that a change joins instead of adding a second deny of its own. */
export type Joins = NonNullable<PlannedChange['joins']>

/**
 * What a change comes to when it joins another run's: it holds the same settings, owes the same values back, and writes
 * nothing. Undefined unless every setting reads as the other run left it and there is nothing beyond them to cut.
 * @param reading taken in the name of the run that is joined, with the settings that it holds
 */
export function joinedAim(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  holds: Holds,
  joins: Joins,
): Aim | undefined {
  const { facet } = reading
  const theirs = holds.of(context.identity.id, joins.run, joins.key)
  const inPlace = theirs.every(
    ({ entry, after, until }) => until === undefined && same(entryOf(facet, entry), after),
  )
  if (theirs.length === 0 || !inPlace) return undefined
  if (differences(facet, interruption.cut(facet, context)).length > 0) return undefined
  return {
    differences: theirs.map(({ entry, before, after }) => ({ entry, from: before, to: after })),
    joined: theirs.map(({ entry }) => entry),
    from: facet,
    to: facet,
  }
}

/** The runs that hold the settings which a change finds as it wants them, setting by setting. */
export function heldBy(
  joined: readonly string[],
  holds: Holds,
  { run, key, identity }: { run: string; key: string; identity: { id: string } },
): NonNullable<PlannedChange['heldBy']> {
  return joined.map(entry => ({
    entry,
    runs: [...new Set(holds.others(identity.id, entry, run, key).map(each => each.run))],
  }))
}
