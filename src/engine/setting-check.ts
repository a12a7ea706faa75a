import { entryOf, type Facet, pick, withEntries } from '../model/facet.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { type Json, same } from '../model/json.ts'
import type { Held } from '../model/run/held-settings.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { aim } from './target-state.ts'
import { contextFor, holderOf, interruptionOf, sessionOf, type World } from './world.ts'

/** A held setting that does not read as it should. */
export interface OpenSetting {
  entry: string
  /** What it should read as; undefined: it should be missing. */
  wanted: Json | undefined
  found: Json | undefined
  /** It reads as it did before us. */
  undone: boolean
}

export type Look =
  /** The identity was deleted: it lets nobody in. */
  | { kind: 'gone' }
  /** The name belongs to another identity now. */
  | { kind: 'replaced'; uid: string }
  | { kind: 'read'; reading: Reading; open: OpenSetting[]; live: Facet }

/**
 * Reads a change's settings and compares them with what they should be. For a change that was so before us, `open` names what
 * no longer is. Rejects with the cloud's fault.
 */
export async function lookAt(
  world: World,
  holds: Holds,
  change: ChangeState,
  run: string,
  last?: Facet,
): Promise<Look> {
  const { identity, planned, held } = change
  const interruption = interruptionOf(world, planned.interruption)
  const context = contextInPlace(world, change, run, last)
  const reading = await interruption.read(sessionOf(world, identity).client, context)
  if (!reading) return { kind: 'gone' }
  if (reading.uid !== identity.uid) return { kind: 'replaced', uid: reading.uid }
  const open =
    change.phase === 'already' && held.length === 0
      ? noLonger(interruption, reading, context, holds, change)
      : openOf(held, reading, context, holds, change)
  return {
    kind: 'read',
    reading,
    open,
    live: pick(
      reading.facet,
      held.map(({ entry }) => entry),
    ),
  }
}

/** What an interruption is told about a change that is in place. */
export function contextInPlace(world: World, change: ChangeState, run: string, last?: Facet): Context {
  const { planned, held } = change
  return {
    ...contextFor(run, world.clock(), planned),
    held: held.map(({ entry }) => entry),
    before: withEntries(
      {},
      held.map(({ entry, before }) => [entry, before]),
    ),
    ...(planned.strength === undefined ? {} : { strength: planned.strength }),
    ...(last === undefined ? {} : { last }),
  }
}

function openOf(
  held: readonly Held[],
  { facet }: Reading,
  context: Context,
  holds: Holds,
  change: ChangeState,
): OpenSetting[] {
  return held.flatMap(each => {
    const wanted = expected(each, holds, context, change)
    const found = entryOf(facet, each.entry)
    if (same(found, wanted)) return []
    return [{ entry: each.entry, wanted, found, undone: same(found, each.before) }]
  })
}

/** It was so before us; whatever the cut would change now, somebody changed since. */
function noLonger(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  holds: Holds,
  { key }: ChangeState,
): OpenSetting[] {
  const seen = reading.seen === undefined ? {} : { seen: reading.seen }
  const { differences } = aim(interruption, reading, { ...context, ...seen }, holds, key)
  return differences.map(({ entry, from, to }) => ({ entry, wanted: to, found: from, undone: true }))
}

/** What an entry that we hold should read as: a later run may have put something else over ours. */
export function expected(
  held: Held,
  holds: Holds,
  context: Pick<Context, 'run' | 'holder' | 'identity'>,
  { key }: { key: string },
) {
  const newest = holds.others(context.identity.id, held.entry, holderOf(context), key).at(-1)
  return newest && newest.at > held.at ? newest.after : held.after
}
