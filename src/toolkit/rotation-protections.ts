import { includedIn, protectedToday } from '../engine/index.ts'
import { Fault } from '../model/fault.ts'
import type { PlannedRotation } from '../model/rotation.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { OpenRun } from './open-run.ts'

/**
 * The credentials that the house protects today, by the key of their change, with the refusal. A rotation makes a credential and may
 * delete one, so that a protection counts for it as for a containment.
 *
 * @param include ids or names of protected identities that are rotated all the same, or `all`
 * @param options `resumed`: the names were checked when the rotation began, and what is left need not have them
 */
export async function sparedFrom(
  { world, state, playbook }: Pick<OpenRun, 'world' | 'state' | 'playbook'>,
  credentials: readonly ChangeState[],
  include: readonly string[],
  { resumed = false }: { resumed?: boolean } = {},
): Promise<Map<string, Fault>> {
  const included = resumed
    ? { run: [...includedIn(state.plan), ...include], now: [] }
    : { run: includedIn(state.plan), now: include }
  const found = await protectedToday(
    world,
    await playbook(),
    credentials.map(({ identity }) => identity),
    included,
  )
  return new Map(
    credentials.flatMap(({ key, identity: { id } }) => {
      const because = found.get(id)
      if (because === undefined) return []
      const next = `leave it out with --only, or include it: --include-protected ${id} --reason TEXT; nothing was changed`
      return [[key, new Fault('refused', `${id} is spared: ${because}`, { where: id, next })]]
    }),
  )
}

/** Returns the planned rotations, those of protected credentials as blocked. */
export function refuseSpared(
  planned: PlannedRotation[],
  spared: ReadonlyMap<string, Fault>,
): PlannedRotation[] {
  for (const each of planned) {
    const fault = spared.get(each.key)
    if (fault) each.blocked = fault.record()
  }
  return planned
}
