import { assignmentId, grantId } from '../graph/assignments.ts'
import type { AppRoleAssignment, DirectoryAssignment, PermissionGrant, RoleAssignment } from '../store.ts'
import { groupId, userId } from './directory.ts'
import { guid, objectId } from './ids.ts'
import { graphRole, ROLES } from './permissions.ts'
import { principals } from './principals.ts'
import type { RoleSpec } from './spec.ts'

/** The rights of the principals of the tables. */
export class Rights {
  readonly #daysFrom: (days: number) => string

  /** @param daysFrom a moment so many days from the seed's */
  constructor(daysFrom: (days: number) => string) {
    this.#daysFrom = daysFrom
  }

  appRoleAssignments(): AppRoleAssignment[] {
    return principals.flatMap(spec =>
      (spec.graph ?? []).map(permission => ({
        id: assignmentId(objectId(spec.name), guid(`assignment ${spec.name} ${permission}`)),
        appRoleId: graphRole(permission),
        principalId: objectId(spec.name),
        resourceId: objectId('Microsoft Graph'),
        createdDateTime: this.#daysFrom(-300),
      })),
    )
  }

  grants(): PermissionGrant[] {
    const resourceId = objectId('Microsoft Graph')
    const everybody = principals.flatMap(({ name, delegated }): PermissionGrant[] => {
      if (delegated === undefined) return []
      const clientId = objectId(name)
      const id = grantId(clientId, resourceId, null)
      return [{ id, clientId, consentType: 'AllPrincipals', principalId: null, resourceId, scope: delegated }]
    })
    const clientId = objectId('mail-insights')
    const principalId = userId('dana')
    const id = grantId(clientId, resourceId, principalId)
    return [
      ...everybody,
      { id, clientId, consentType: 'Principal', principalId, resourceId, scope: 'Mail.Read Calendars.Read' },
    ]
  }

  directoryAssignments(): DirectoryAssignment[] {
    const own = principals.flatMap(({ name, directoryRoles = [] }) =>
      directoryRoles.map(({ id, until }) => ({
        id: `${guid(`directory ${name} ${id}`).replaceAll('-', '')}-1`,
        principalId: objectId(name),
        roleDefinitionId: id,
        directoryScopeId: '/',
        condition: null,
        ...(until === undefined ? {} : { endDateTime: this.#daysFrom(until) }),
      })),
    )
    return own
  }

  roleAssignments(): RoleAssignment[] {
    const own = principals.flatMap(({ name, roles = [] }) =>
      roles.map((role, index) => this.#role(role, objectId(name), 'ServicePrincipal', `${name} ${index}`)),
    )
    const group = this.#role(
      { role: 'Reader', scope: `/providers/Microsoft.Management/managementGroups/acme-landing` },
      groupId('sg-readers'),
      'Group',
      'sg-readers',
    )
    return [...own, group]
  }

  #role(spec: RoleSpec, principalId: string, principalType: string, salt: string): RoleAssignment {
    const { role, scope, condition = null, description = null, delegated = null, until } = spec
    const subscription = /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? ''
    return {
      name: guid(`role assignment ${salt}`),
      scope,
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`,
      principalId,
      principalType,
      condition,
      conditionVersion: condition === null ? null : '2.0',
      description,
      delegatedManagedIdentityResourceId: delegated,
      createdOn: this.#daysFrom(-200),
      updatedOn: this.#daysFrom(-100),
      createdBy: userId('dana'),
      updatedBy: userId('dana'),
      ...(until === undefined ? {} : { endDateTime: this.#daysFrom(until) }),
    }
  }
}
