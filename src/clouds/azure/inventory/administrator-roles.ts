import type { Json } from '../../../model/json.ts'
import { DENY_DELETE, ROLE_WRITE } from '../settings/arm.ts'
import { grants, type Right } from '../settings/restore-rights.ts'
import type { RoleAssignmentRow } from './records.ts'

/** Roles by which the access of everybody in a subscription is managed; the last one must not be taken away. */
export const ADMINISTRATORS = new Set([
  'Owner',
  'User Access Administrator',
  'Role Based Access Control Administrator',
])

/** The same by their ids (Azure built-in roles). */
const ADMINISTRATOR_IDS = new Set([
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
])

interface NamedRole {
  name: string
  permissions: Json
}

/** The part of a role assignment that names the role. */
export function definitionOf({ roleDefinitionId }: RoleAssignmentRow): string {
  return roleDefinitionId.split('/').at(-1) ?? ''
}

/** Whether somebody manages the access of everybody by it. */
export function managesAccess(assignment: RoleAssignmentRow): boolean {
  const isOfAll = /^\/(subscriptions\/[^/]+)?$/i.test(assignment.scope)
  return isOfAll && ADMINISTRATOR_IDS.has(definitionOf(assignment).toLowerCase())
}

/** Ids of the roles that delete deny assignments or give roles, in lower case. */
export async function undoingRoles(
  roles: AsyncIterable<NamedRole> | Iterable<NamedRole>,
): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { name, permissions } of roles) {
    const rights = Array.isArray(permissions) ? (permissions as Right[]) : []
    if (rights.some(right => grants(right, DENY_DELETE) || grants(right, ROLE_WRITE))) {
      found.add(name.toLowerCase())
    }
  }
  return found
}
