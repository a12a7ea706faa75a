import type { PlannedChange } from '../model/plan.ts'

/** Whether the plan writes a deny above an account. */
export function isGuarded(changes: readonly PlannedChange[], cloud: string, account: string): boolean {
  return changes.some(
    ({ verb, identity }) => verb === 'guard' && identity.cloud === cloud && identity.account === account,
  )
}

/**
 * Whether the plan stops all that the identity does. Then a revocation that another run made some time ago is enough: what
 * was issued since is stopped as well.
 */
export function isQuarantined({ identity }: PlannedChange, changes: readonly PlannedChange[]): boolean {
  return changes.some(each => each.identity.id === identity.id && each.verb === 'quarantine')
}
