import type { Overruled, PlannedChange, Spared } from '../model/plan.ts'

/** The last of each identity. */
export function onePerIdentity<Each extends Spared | Overruled>(all: readonly Each[]): Each[] {
  return [...new Map(all.map(each => [each.identity.id, each])).values()]
}

/** Whether a change of the plan is written above this account. */
export function isGuarded(changes: readonly PlannedChange[], cloud: string, account: string): boolean {
  return changes.some(
    ({ verb, identity }) => verb === 'guard' && identity.cloud === cloud && identity.account === account,
  )
}
