import type { View } from '../../propagation.ts'
import type { LiveAzure } from '../estate.ts'
import type { DenyAssignment, RoleAssignment } from '../store.ts'
import type { Claims } from '../token.ts'
import { conditionHolds } from './condition.ts'

/** The question to role and deny assignments. */
export interface Asked {
  claims: Claims
  /** E.g. `Microsoft.Authorization/roleAssignments/write`. */
  action: string
  /** A data action, e.g. reading a secret. */
  data?: boolean
  /** Scope, e.g. `/subscriptions/…/resourceGroups/…`. */
  scope: string
  /** The values that conditions read, by attribute, e.g. `@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]`. */
  attributes?: { readonly [attribute: string]: string }
}

/**
 * Whether somebody's role assignments allow it and no deny assignment refuses it (Azure RBAC documentation, "How Azure
 * RBAC determines if a user has access to a resource"). Assignments are those that the view has; the groups are those
 * in the token.
 */
export function allows(estate: LiveAzure, view: View, asked: Asked): boolean {
  return denied(estate, view, asked) === undefined && grants(estate, view, asked)
}

function grants(estate: LiveAzure, view: View, asked: Asked): boolean {
  for (const assignment of assignmentsFor(estate, view, asked.claims)) {
    if (!covers(estate, assignment.scope, asked.scope)) continue
    const definition = estate.roleDefinitions.get(assignment.roleDefinitionId.split('/').at(-1) ?? '')
    const given = (definition?.permissions ?? []).some(each =>
      permits(each, asked.action, asked.data === true),
    )
    if (given && conditionHolds(assignment.condition, asked.action, asked.attributes ?? {})) return true
  }
  return false
}

/** Those of the principal and of the groups that its token names. */
export function* assignmentsFor(
  estate: LiveAzure,
  view: View,
  { oid, groups }: Pick<Claims, 'oid' | 'groups'>,
): Generator<RoleAssignment> {
  for (const principal of [oid, ...groups]) yield* estate.assignmentsOf(principal, view)
}

const OWN_REMOVAL = /^Microsoft\.Authorization\/denyAssignments\/(?:write|delete)$/i

/** The deny assignment that refuses it. They cover data actions only where the service itself made them. */
export function denied(estate: LiveAzure, view: View, asked: Asked): DenyAssignment | undefined {
  for (const [, deny] of estate.denyAssignments.after(undefined, view)) {
    if (deny.denyAssignmentEffect === 'audit' || !covers(estate, deny.scope, asked.scope)) continue
    const everybody = '00000000-0000-0000-0000-000000000000'
    const is = ({ id }: { id: string }) => id === asked.claims.oid || asked.claims.groups.includes(id)
    if (!deny.principals.some(each => each.id === everybody || is(each)) || deny.excludePrincipals.some(is))
      continue
    // Whether a wildcard covers its own removal is not documented; literally it is refused, so that it is taken not to.
    if (!deny.isSystemProtected && OWN_REMOVAL.test(asked.action)) continue
    if (deny.permissions.some(each => permits(each, asked.action, asked.data === true))) return deny
  }
  return undefined
}

interface Permission {
  actions: readonly string[]
  notActions: readonly string[]
  dataActions: readonly string[]
  notDataActions: readonly string[]
}

function permits(permission: Permission, action: string, data: boolean): boolean {
  const [yes, no] = data
    ? [permission.dataActions, permission.notDataActions]
    : [permission.actions, permission.notActions]
  return yes.some(pattern => matches(pattern, action)) && !no.some(pattern => matches(pattern, action))
}

const COMPILED = new Map<string, RegExp>()

function matches(pattern: string, action: string): boolean {
  let compiled = COMPILED.get(pattern)
  if (compiled === undefined) {
    const source = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')
    compiled = new RegExp(`^${source}$`, 'i')
    COMPILED.set(pattern, compiled)
  }
  return compiled.test(action)
}

/** Whether the outer scope contains the inner one; management groups contain the subscriptions below them. */
export function covers(estate: LiveAzure, outer: string, inner: string): boolean {
  if (outer === '/') return true
  if (isWithin(outer, inner)) return true
  const group = managementGroupOf(outer)
  if (group === undefined) return false
  return lineage(estate, inner).includes(group)
}

/** Names of the management groups above a scope, and the one that it is. */
export function lineage(estate: LiveAzure, scope: string): string[] {
  const { managementGroups, subscriptions } = estate.fixed
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1]?.toLowerCase()
  let name: string | null | undefined =
    managementGroupOf(scope) ??
    subscriptions.find(each => each.subscriptionId === subscription)?.managementGroup
  const names: string[] = []
  while (name !== undefined && name !== null) {
    names.push(name)
    const current: string = name
    name = managementGroups.find(each => each.name === current)?.parent
  }
  return names
}

function managementGroupOf(scope: string): string | undefined {
  return /^\/providers\/Microsoft\.Management\/managementGroups\/([^/]+)/i.exec(scope)?.[1]
}

function isWithin(outer: string, inner: string): boolean {
  const [a, b] = [outer.toLowerCase(), inner.toLowerCase()]
  return a === b || b.startsWith(`${a}/`)
}
