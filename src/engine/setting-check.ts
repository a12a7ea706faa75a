import { entryOf, type Facet, pick, withEntries } from '../model/facet.ts'
import { Fault } from '../model/fault.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { type Json, same } from '../model/json.ts'
import type { Held } from '../model/run/held-settings.ts'
import type { Holds } from '../model/run/holds.ts'
import type { ChangeState } from '../model/run/state.ts'
import { targetState } from './target-state.ts'
import { contextFor, holderOf, interruptionOf, sessionOf, type World } from './world.ts'

/** A held setting that does not read as it should. */
export interface OpenSetting {
  entry: string
  /** The value that it should have; undefined: it should be missing. */
  wanted: Json | undefined
  found: Json | undefined
  /** It reads as it did before us. */
  undone: boolean
}

/** The result of one look at a change. */
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
  const entries = held.map(({ entry }) => entry)
  const context = {
    ...contextInPlace(world, change, run, last),
    ...(entries.length > 0 ? { only: entries } : {}),
  }
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
    live: pick(reading.facet, entries),
  }
}

/** Throws Fault `other-uid` if the name now belongs to another identity. */
export function checkUid(identity: ChangeState['identity'], reading: Reading): void {
  if (reading.uid === identity.uid) return
  throw new Fault(
    'other-uid',
    `${identity.kind} ${identity.name} is now another one (${reading.uid}, was ${identity.uid})`,
    { where: identity.id, next: 'nothing was changed; take the inventory again' },
  )
}

/** Returns the context of a change that is in place. */
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

/** It was so before us, so somebody has changed since everything that the containment would change now. */
function noLonger(
  interruption: Interruption,
  reading: Reading,
  context: Context,
  holds: Holds,
  { key }: ChangeState,
): OpenSetting[] {
  const seen = reading.seen === undefined ? {} : { seen: reading.seen }
  const { differences } = targetState(interruption, reading, { ...context, ...seen }, holds, key)
  return differences.map(({ entry, from, to }) => ({ entry, wanted: to, found: from, undone: true }))
}

/** Returns the value that an entry of ours should have: a later run may have put another over it. */
export function expected(
  held: Held,
  holds: Holds,
  context: Pick<Context, 'run' | 'holder' | 'identity'>,
  { key }: { key: string },
) {
  const newest = holds.others(context.identity.id, held.entry, holderOf(context), key).at(-1)
  return newest && newest.at > held.at ? newest.after : held.after
}
