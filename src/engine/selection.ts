import type { Identity } from '../model/identity.ts'
import type { Spared } from '../model/plan.ts'
import type { Step } from '../model/playbook/playbook.ts'
import { type Listing, listIdentities } from './inventory.ts'
import { kept, type Lost } from './lost.ts'
import { allKinds, type Selector, sparedBecause } from './select.ts'
import { sessionOf, type World } from './world.ts'

export interface Selection {
  selected: { identity: Identity; steps: Step[] }[]
  spared: Spared[]
  listed: number
  principals: number
}

/**
 * Only what was selected is kept, and the names of what is protected: an estate may be large.
 *
 * @param narrow the listing may leave out what cannot be selected, so that what it counts is not the estate
 */
export async function select(world: World, chosen: Selector, lost: Lost, narrow = false): Promise<Selection> {
  const credentials = new Set(
    allKinds(world)
      .filter(({ credential }) => credential)
      .map(({ name }) => name),
  )
  const matched: { identity: Identity; steps: Step[] }[] = []
  const untouchable = new Map<string, string>()
  let listed = 0
  let principals = 0
  const listing: Listing = {
    kinds: chosen.kinds,
    ...(narrow ? { only: chosen.lookups } : {}),
    lost: (session, error) => lost.add(session, error),
  }
  for await (const identity of listIdentities(world, listing)) {
    listed++
    if (!credentials.has(identity.kind)) principals++
    const because = sparedBecause(sessionOf(world, identity), chosen, identity)
    if (because) untouchable.set(identity.id, because)
    const steps = chosen.stepsFor(identity)
    if (steps.length > 0) matched.push({ identity, steps })
  }
  const spared: Spared[] = []
  const selected = kept(matched, lost).filter(({ identity }) => {
    const own = untouchable.get(identity.id)
    const inherited = identity.owner === undefined ? undefined : untouchable.get(identity.owner)
    const because = own ?? (inherited === undefined ? undefined : `its owner is spared: ${inherited}`)
    if (because) spared.push({ identity, because })
    return !because
  })
  return { selected, spared, listed, principals }
}
