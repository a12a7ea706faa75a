import { toFault } from '../model/fault.ts'
import { type Identity, parseIdentityId } from '../model/identity.ts'
import type { Plan } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { becauseOf, type Spare } from '../model/spare.ts'
import { type Protect, protectOf } from './protect.ts'
import { Overrule } from './protection-overrule.ts'
import { allKinds } from './select.ts'
import { isOfACloud } from './unreached-accounts.ts'
import { sessionOf, type World } from './world.ts'

/** Who overrules a protection: ids or names of identities, or `all`. */
export interface Included {
  /** When the run began. */
  run: readonly string[]
  /** Now; a name that no protected identity has is a Fault `usage`. */
  now: readonly string[]
}

/** The protected identities that a person included in a plan, or that the plan touches since its playbook names their credential. */
export function includedIn({ includeProtected = [], overruled = [] }: Plan): string[] {
  return [...includeProtected, ...overruled.map(({ identity }) => identity.id)]
}

/**
 * Asks the protections of the house, as they are today, about identities of a run that something new is about to be written to. A
 * plan asks them itself; a run may be resumed or rotated days later, when they say more. Reads only, and nothing at all without
 * protections. A credential is protected with its owner.
 *
 * @returns the reason by id, for those that are protected and that nobody included
 */
export async function protectedToday(
  world: World,
  { inputs, house }: Pick<Playbook, 'inputs' | 'house'>,
  identities: readonly Identity[],
  included: Included,
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const run = new Overrule(included.run)
  const now = new Overrule(included.now)
  if (house !== undefined && house.protect.length > 0) {
    const protect = protectOf({ protect: [], inputs, house }, allKinds(world), {})
    for (const identity of identities) {
      const own = await spareOfNow(world, protect, identity.id, identity)
      const inherited =
        own === undefined && identity.owner !== undefined
          ? await spareOfNow(world, protect, identity.owner, undefined)
          : undefined
      const spare = own ?? inherited
      if (spare === undefined) continue
      const about = { inherited: own === undefined, named: false }
      // Both are asked, so that a name which is given now counts as met.
      const overruled = [now.of(spare, identity, about), run.of(spare, identity, about)]
      if (overruled.some(by => by !== undefined)) continue
      found.set(identity.id, own ? becauseOf(own) : `its owner is spared: ${becauseOf(spare)}`)
    }
  }
  now.checkMet()
  return found
}

/** @param known as the journal has it; undefined where the journal does not have it */
async function spareOfNow(
  world: World,
  protect: Protect,
  id: string,
  known: Identity | undefined,
): Promise<Spare | undefined> {
  const { cloud, account, kind, name } = parseIdentityId(id)
  const short: Identity = known ?? { id, uid: '', cloud, account, kind, name, facts: {} }
  if (protect.ofNames()) return protect.spares(short)
  try {
    const session = sessionOf(world, short)
    for await (const identity of session.inventory({
      kinds: [kind],
      only: [{ id, cloud, account, kind, name }],
    })) {
      if (identity.id === id) return protect.spares(identity)
    }
    // It was deleted: what is written fails, or is about what the journal has.
    return known && protect.spares(known)
  } catch (error) {
    if (!isOfACloud(error)) throw error
    const spare = protect.spares(short)
    if (spare || known) return spare
    const because = `protected, since its owner could not be read: ${toFault(error).message}`
    return { because, class: 'mark', reads: [] }
  }
}
