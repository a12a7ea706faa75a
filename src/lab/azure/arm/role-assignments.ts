import type { RoleAssignment } from '../store.ts'
import { Problem } from '../wire.ts'
import { covers } from './rbac.ts'
import { type ArmCall, type ArmRoute, armPage, permit, propertiesOf, textIn } from './route.ts'

export const AUTHORIZATION = '/providers/Microsoft\\.Authorization'
export const SCOPE = '(?<scope>/.*|)'
const AT = /^(?:2022-04-01|2020-10-01-preview|2018-07-01|2015-07-01)$/

/** Attributes that a delegation with conditions looks at. */
function attributesOf(
  kind: 'Request' | 'Resource',
  {
    roleDefinitionId,
    principalId,
    principalType,
  }: { roleDefinitionId: string; principalId: string; principalType: string },
) {
  const at = (name: string) => `@${kind}[Microsoft.Authorization/roleAssignments:${name}]`
  return {
    [at('RoleDefinitionId')]: roleDefinitionId.split('/').at(-1) ?? '',
    [at('PrincipalId')]: principalId,
    [at('PrincipalType')]: principalType,
  }
}

export function assignmentIdOf({ scope, name }: { scope: string; name: string }): string {
  return `${scope === '/' ? '' : scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
}

export function shownAssignment(assignment: RoleAssignment) {
  const { name, endDateTime: _, ...properties } = assignment
  return {
    id: assignmentIdOf(assignment),
    type: 'Microsoft.Authorization/roleAssignments',
    name,
    properties,
  }
}

export function scopeOf({ params }: ArmCall): string {
  return params['scope'] === '' ? '/' : (params['scope'] ?? '/')
}

/** In the view, by name and at exactly this scope: an assignment is a child of its scope. */
function the(call: ArmCall, view = call.view): RoleAssignment | undefined {
  const found = call.estate.roleAssignments.get((call.params['name'] ?? '').toLowerCase(), view)
  return found?.scope.toLowerCase() === scopeOf(call).toLowerCase() ? found : undefined
}

/** A parsed `$filter`: `principalId eq`, `assignedTo()`, `atScope()`, joined by `and`. */
function chosen(call: ArmCall): (assignment: RoleAssignment) => boolean {
  const filter = call.query.get('$filter')
  const scope = scopeOf(call)
  const above = (each: RoleAssignment) => covers(call.estate, each.scope, scope)
  const below = (each: RoleAssignment) => covers(call.estate, scope, each.scope)
  if (filter === null) return each => above(each) || below(each)
  const tests = filter.split(/\s+and\s+/i).map(term => {
    const [, name = '', id = ''] =
      /^(principalId)\s+eq\s+'([^']+)'$/i.exec(term) ??
      /^(assignedTo|atScope)\((?:'([^']+)')?\)$/i.exec(term) ??
      []
    if (/^atScope$/i.test(name)) return above
    if (/^principalId$/i.test(name)) return (each: RoleAssignment) => each.principalId === id
    if (/^assignedTo$/i.test(name)) {
      const ids = [id, ...call.estate.groupsOf(id, call.view)]
      return (each: RoleAssignment) => ids.includes(each.principalId)
    }
    throw new Problem(400, 'UnsupportedQuery', `The filter '${term}' is not supported.`)
  })
  return each => (above(each) || below(each)) && tests.every(test => test(each))
}

/** The assignments that the call asks for. */
export function* listed(call: ArmCall): Generator<readonly [string, RoleAssignment]> {
  const wanted = chosen(call)
  for (const [key, each] of call.estate.roleAssignments.after(undefined, call.view)) {
    if (wanted(each)) yield [key, each]
  }
}

function put(call: ArmCall) {
  const { estate, params, claims, clock } = call
  const properties = propertiesOf(call)
  const roleDefinitionId = textIn(properties, 'roleDefinitionId') ?? ''
  const principalId = textIn(properties, 'principalId') ?? ''
  const principalType = textIn(properties, 'principalType')
  const definition = estate.roleDefinitions.get(roleDefinitionId.split('/').at(-1) ?? '')
  if (definition === undefined)
    throw new Problem(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${roleDefinitionId}' does not exist.`,
    )
  const known =
    estate.servicePrincipals.get(principalId) !== undefined ||
    estate.groups.get(principalId) !== undefined ||
    estate.fixed.users.some(({ id }) => id === principalId)
  if (!known) {
    throw new Problem(
      400,
      'PrincipalNotFound',
      `Principal ${principalId} does not exist in the directory ${estate.fixed.tenant.id}.`,
    )
  }
  const scope = scopeOf(call)
  const name = (params['name'] ?? '').toLowerCase()
  permit(
    call,
    'Microsoft.Authorization/roleAssignments/write',
    scope,
    attributesOf('Request', { roleDefinitionId, principalId, principalType: principalType ?? '' }),
  )
  const same = (each: RoleAssignment) =>
    each.scope.toLowerCase() === scope.toLowerCase() &&
    each.principalId === principalId &&
    each.roleDefinitionId.split('/').at(-1) === definition.name
  const before = estate.roleAssignments.get(name)
  if (before !== undefined && !same(before)) {
    throw new Problem(
      400,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    )
  }
  for (const each of estate.assignmentsOf(principalId, 'now')) {
    if (each.name !== name && same(each)) {
      throw new Problem(
        409,
        'RoleAssignmentExists',
        `The role assignment already exists. The ID of the existing role assignment is ${each.name.replaceAll('-', '')}.`,
      )
    }
  }
  const condition = textIn(properties, 'condition')
  const conditionVersion = textIn(properties, 'conditionVersion')
  if (condition !== null && conditionVersion !== '2.0') {
    throw new Problem(400, 'InvalidConditionVersion', 'Condition version has to be 2.0.')
  }
  const now = clock.now()
  const assignment: RoleAssignment = {
    name,
    scope,
    roleDefinitionId,
    principalId,
    principalType: principalType ?? 'ServicePrincipal',
    condition,
    conditionVersion,
    description: textIn(properties, 'description'),
    delegatedManagedIdentityResourceId: textIn(properties, 'delegatedManagedIdentityResourceId'),
    createdOn: before?.createdOn ?? now,
    updatedOn: now,
    createdBy: before?.createdBy ?? claims.oid,
    updatedBy: claims.oid,
  }
  estate.setRoleAssignment(assignment)
  return { status: before === undefined ? 201 : 200, body: shownAssignment(assignment) }
}

function remove(call: ArmCall) {
  const assignment = the(call, 'now')
  if (assignment === undefined) return { status: 204 }
  permit(
    call,
    'Microsoft.Authorization/roleAssignments/delete',
    scopeOf(call),
    attributesOf('Resource', assignment),
  )
  call.estate.roleAssignments.delete(assignment.name)
  return { body: shownAssignment(assignment) }
}

export const roleAssignments: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleAssignments$`, 'i'),
    action: 'Microsoft.Authorization/roleAssignments/read',
    versions: AT,
    run: call =>
      armPage(
        call,
        (function* () {
          for (const [key, each] of listed(call)) yield [key, shownAssignment(each)] as const
        })(),
      ),
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleAssignments/(?<name>[^/]+)$`, 'i'),
    action: 'Microsoft.Authorization/roleAssignments/read',
    versions: AT,
    run: call => {
      const assignment = the(call)
      if (assignment === undefined) {
        throw new Problem(
          404,
          'RoleAssignmentNotFound',
          `The role assignment '${call.params['name'] ?? ''}' is not found.`,
        )
      }
      return { body: shownAssignment(assignment) }
    },
  },
  {
    method: 'PUT',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleAssignments/(?<name>[^/]+)$`, 'i'),
    action: 'Microsoft.Authorization/roleAssignments/write',
    versions: AT,
    writes: true,
    open: true,
    run: put,
  },
  {
    method: 'DELETE',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleAssignments/(?<name>[^/]+)$`, 'i'),
    action: 'Microsoft.Authorization/roleAssignments/delete',
    versions: AT,
    writes: true,
    open: true,
    run: call => {
      if (the(call, 'now') === undefined)
        permit(call, 'Microsoft.Authorization/roleAssignments/delete', scopeOf(call))
      return remove(call)
    },
  },
]
