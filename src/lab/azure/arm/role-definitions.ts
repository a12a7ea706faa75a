import { Problem } from '../wire.ts'
import { assignmentsFor, covers } from './rbac.ts'
import { AUTHORIZATION, assignmentIdOf, listed, SCOPE, scopeOf } from './role-assignments.ts'
import { type ArmRoute, armPage } from './route.ts'

/** Role definitions, the caller's permissions, and role assignments that end by themselves. */
export const roleDefinitions: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleDefinitions(?:/(?<name>[^/]+))?$`, 'i'),
    action: 'Microsoft.Authorization/roleDefinitions/read',
    versions: /^(?:2022-04-01|2022-05-01-preview|2018-07-01|2015-07-01)$/,
    run: call => {
      const all = [...call.estate.roleDefinitions.values()]
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, ...properties }) => ({
          id: `${scopeOf(call) === '/' ? '' : scopeOf(call)}/providers/Microsoft.Authorization/roleDefinitions/${name}`,
          type: 'Microsoft.Authorization/roleDefinitions',
          name,
          properties,
        }))
      const { name } = call.params
      if (name === undefined)
        return armPage(
          call,
          all.map(each => [each.name, each] as const),
        )
      const found = all.find(each => each.name === name.toLowerCase())
      if (found === undefined)
        throw new Problem(404, 'RoleDefinitionDoesNotExist', `The role definition '${name}' does not exist.`)
      return { body: found }
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/permissions$`, 'i'),
    action: 'Microsoft.Authorization/permissions/read',
    versions: /^(?:2022-04-01|2018-07-01|2015-07-01)$/,
    open: true,
    run: call => {
      const value = [...assignmentsFor(call.estate, call.enforced, call.claims)]
        .filter(each => covers(call.estate, each.scope, scopeOf(call)))
        .flatMap(each =>
          (
            call.estate.roleDefinitions.get(each.roleDefinitionId.split('/').at(-1) ?? '')?.permissions ?? []
          ).map(permission => ({
            ...permission,
            condition: each.condition,
            conditionVersion: each.conditionVersion,
          })),
        )
      return { body: { value } }
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${SCOPE}${AUTHORIZATION}/roleAssignmentScheduleInstances$`, 'i'),
    action: 'Microsoft.Authorization/roleAssignmentScheduleInstances/read',
    versions: /^2020-10-01$/,
    run: call =>
      armPage(
        call,
        [...listed(call)].map(([key, each]) => [
          key,
          {
            id: `${each.scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/${key}`,
            type: 'Microsoft.Authorization/roleAssignmentScheduleInstances',
            name: key,
            properties: {
              scope: each.scope,
              roleDefinitionId: each.roleDefinitionId,
              principalId: each.principalId,
              principalType: each.principalType,
              assignmentType: each.endDateTime === undefined ? 'Assigned' : 'Activated',
              memberType: 'Direct',
              originRoleAssignmentId: assignmentIdOf(each),
              startDateTime: each.createdOn,
              endDateTime: each.endDateTime ?? null,
              status: 'Provisioned',
            },
          },
        ]),
      ),
  },
]
