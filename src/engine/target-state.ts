import { type Difference, differences, entryOf, type Facet, withEntries } from '../model/facet.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { type Json, same } from '../model/json.ts'
import type { Holds } from '../model/run/holds.ts'
import type { Joins } from './joined-change.ts'
import { holderOf } from './world.ts'

/** The state that a change leads to, from a fresh reading. */
export interface TargetState {
  /** The values that this change owes back, and those that it wants; `from` is inherited where another run holds the entry. */
  differences: Difference[]
  /** Entries that another run has already brought to where we want them. */
  joined: string[]
  /** The live facet, and the same with our entries: the difference is written. */
  from: Facet
  to: Facet
}

/**
 * A change that joins another run's holds the same settings, as long as they read as that run left them. Any other cut is
 * made on the facet as it was before any other run held it, so that a second run over the same identity
 * owes back the original, not the first run's work.
 */
export function targetState(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  holds: Holds,
  key: string,
  joins?: Joins,
): TargetState {
  const joinedTo = joins && joinedTarget(interruption, reading, context, holds, joins)
  if (joinedTo) return joinedTo
  const { id } = context.identity
  const run = holderOf(context)
  const original = withEntries(
    reading.facet,
    holds.entriesOf(id, run, key).flatMap((entry): [string, Json | undefined][] => {
      const [oldest] = holds.others(id, entry, run, key)
      const newest = holds.others(id, entry, run, key).at(-1)
      if (!oldest || !newest || !same(entryOf(reading.facet, entry), newest.after)) return []
      return [[entry, oldest.before]]
    }),
  )
  const wanted = differences(original, interruption.cut(original, context))
  const joined = wanted
    .filter(({ entry, to }) => same(entryOf(reading.facet, entry), to))
    .map(({ entry }) => entry)
  const to = withEntries(
    reading.facet,
    wanted.map(({ entry, to }) => [entry, to]),
  )
  return { differences: wanted, joined, from: reading.facet, to }
}

/**
 * Returns the state of a change that joins another run's: it holds the same settings, owes the same values back, and writes
 * nothing. Undefined unless every setting reads as the other run left it and there is nothing beyond them to cut.
 * @param reading taken in the name of the run that is joined, with the settings that it holds
 */
export function joinedTarget(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  holds: Holds,
  joins: Joins,
): TargetState | undefined {
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
