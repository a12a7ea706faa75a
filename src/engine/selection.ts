import type { Identity } from '../model/identity.ts'
import type { Overruled, Spared, Within } from '../model/plan.ts'
import type { Step } from '../model/playbook/playbook.ts'
import { becauseOf, reasonsOf, type Spare } from '../model/spare.ts'
import { type Listing, listIdentities } from './inventory.ts'
import type { Overrule } from './protection-overrule.ts'
import { included, type ReachList } from './reachable.ts'
import { allKinds, type Selector, spareFor } from './select.ts'
import { kept, type Lost } from './unreached-accounts.ts'
import { sessionOf, type World } from './world.ts'

/** The identities that the steps select, and those that they leave as they are. */
export interface Selection {
  selected: { identity: Identity; steps: Step[] }[]
  spared: Spared[]
  overruled: Overruled[]
  /** Left out: of another account than that of the event, with a name that several accounts may have. */
  namesakes: Identity[]
  /** Kinds of what the steps select. */
  kinds: ReadonlySet<string>
  listed: number
  principals: number
}

interface Untouchable {
  spare: Spare
  /** There where the spare may be doubted, which is asked about it. */
  identity?: Identity
}

/**
 * Only what was selected is kept, and the names of what is protected: an estate may be large.
 *
 * @param narrow the listing may leave out what cannot be selected, so that what it counts is not the estate
 */
export async function select(
  world: World,
  chosen: Selector,
  lost: Lost,
  {
    narrow = false,
    overrule,
    reach,
    within,
    near,
  }: {
    narrow?: boolean
    overrule: Overrule
    reach?: ReachList
    within?: Within | undefined
    near?: readonly string[] | undefined
  },
): Promise<Selection> {
  const credentials = new Set(
    allKinds(world)
      .filter(({ credential }) => credential)
      .map(({ name }) => name),
  )
  const matched: { identity: Identity; steps: Step[] }[] = []
  const untouchable = new Map<string, Untouchable>()
  const namesakes: Identity[] = []
  const isNamesake = namesakeCheck(world, within)
  let listed = 0
  let principals = 0
  const listing: Listing = {
    kinds: chosen.kinds,
    ...(narrow ? { only: chosen.lookups, near, facts: chosen.members } : {}),
    lost: (session, error) => lost.add(session, error),
  }
  for await (const identity of listIdentities(world, listing)) {
    listed++
    if (!credentials.has(identity.kind)) principals++
    const spare = spareFor(sessionOf(world, identity), chosen, identity)
    if (spare) untouchable.set(identity.id, { spare, ...(readsOf(spare).length > 0 ? { identity } : {}) })
    const steps = chosen.stepsFor(identity)
    if (steps.length === 0) continue
    if (isNamesake(identity) && chosen.callsByName(identity, steps)) namesakes.push(identity)
    else matched.push({ identity, steps })
  }
  const spared: (Spared & { doubt?: Doubt })[] = []
  const overruled: Overruled[] = []
  const still = kept(matched, lost)
  for (const each of reach ? await included(world, reach, still) : []) {
    const known = still.find(({ identity }) => identity.id === each.identity.id)
    if (known) known.steps = [...new Set([...known.steps, ...each.steps])]
    else still.push(each)
    const spare = spareFor(sessionOf(world, each.identity), chosen, each.identity)
    if (spare) untouchable.set(each.identity.id, { spare, ...(readsOf(spare).length > 0 ? each : {}) })
  }
  const selected = still.filter(({ identity, steps }) => {
    const own = untouchable.get(identity.id)
    const found = own ?? (identity.owner === undefined ? undefined : untouchable.get(identity.owner))
    if (!found) return true
    const { spare } = found
    const because = own ? becauseOf(spare) : `its owner is spared: ${becauseOf(spare)}`
    const named = chosen.names(identity, steps)
    const by = overrule.of(spare, identity, { inherited: own === undefined, named })
    if (by) overruled.push({ identity, because, class: spare.class, by })
    else {
      const doubt = found.identity && { identity: found.identity, reads: readsOf(spare) }
      const about = { identity, because, class: spare.class, ...(named ? { named } : {}) }
      spared.push({ ...about, ...(doubt ? { doubt } : {}) })
    }
    return by !== undefined
  })
  const kinds = new Set(still.map(({ identity }) => identity.kind))
  return { selected, spared: await doubted(world, spared), overruled, namesakes, kinds, listed, principals }
}

/** Whether an identity may share its name with one of the account that is meant. */
function namesakeCheck(world: World, within: Within | undefined): (identity: Identity) => boolean {
  if (within === undefined) return () => false
  const local = new Set(
    allKinds(world)
      .filter(({ localNames }) => localNames)
      .map(({ name }) => name),
  )
  return ({ kind, cloud, account }) => local.has(kind) && cloud === within.cloud && account !== within.account
}

interface Doubt {
  identity: Identity
  reads: readonly string[]
}

function readsOf(spare: Spare): readonly string[] {
  return reasonsOf(spare).flatMap(({ reads = [] }) => reads)
}

/** Asks the clouds whether what protects is to be relied on: only about what a step selects. */
async function doubted(world: World, spared: readonly (Spared & { doubt?: Doubt })[]): Promise<Spared[]> {
  const now = Date.parse(world.clock())
  return await Promise.all(
    spared.map(async ({ doubt, ...each }) => {
      const doubtful =
        doubt && (await sessionOf(world, doubt.identity).doubts?.(doubt.identity, doubt.reads, now))
      return { ...each, ...(doubtful === undefined ? {} : { doubtful }) }
    }),
  )
}
