import type { Plan } from '../model/plan.ts'
import type { Selector } from './select.ts'
import type { World } from './world.ts'

/**
 * Targets that a playbook names and that a plan did not find: by name, with the words of the clouds on where it is. Undefined
 * where something was found, where the playbook names nothing, or where an account was not reached, so that nobody knows.
 */
export async function missingFrom(
  world: World,
  chosen: Pick<Selector, 'named'>,
  { changes, spared, refused, unreached }: Pick<Plan, 'changes' | 'spared' | 'refused' | 'unreached'>,
): Promise<NonNullable<Plan['missing']> | undefined> {
  const names = chosen.named()
  if (names.length === 0 || changes.length + spared.length + refused.length + unreached.length > 0) {
    return undefined
  }
  const reached = world.sessions.map(({ cloud, account }) => ({ cloud, account }))
  return await Promise.all(
    names.map(async name => {
      for (const session of world.sessions) {
        const accounts = reached.filter(({ cloud }) => cloud === session.cloud).map(({ account }) => account)
        const text = await session.whereIs?.(name, accounts)
        if (text !== undefined) return { name, text }
      }
      return { name }
    }),
  )
}
