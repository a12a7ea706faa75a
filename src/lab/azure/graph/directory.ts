import { randomUUID } from 'node:crypto'
import type { Shown } from '../odata.ts'
import type { DirectoryAssignment, Group } from '../store.ts'
import { Problem } from '../wire.ts'
import { directoryObject, objects, shownGroup } from './objects.ts'
import {
  bad,
  type GraphCall,
  type GraphRoute,
  notFound,
  one,
  oneOf,
  page,
  referenceOf,
  textOf,
} from './route.ts'

const READ_GROUPS = oneOf(
  'GroupMember.Read.All',
  'Group.Read.All',
  'GroupMember.ReadWrite.All',
  'Directory.Read.All',
  'Group.ReadWrite.All',
  'Directory.ReadWrite.All',
)
const WRITE_MEMBERS = oneOf('GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All')
const READ_ROLES = oneOf(
  'RoleManagement.Read.Directory',
  'RoleManagement.ReadWrite.Directory',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
)
const WRITE_ROLES = oneOf('RoleManagement.ReadWrite.Directory')
const READ_USERS = oneOf(
  'User.Read.All',
  'User.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
)
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

function theGroup({ estate, params, view }: GraphCall): Group {
  const group = estate.groups.get((params['id'] ?? '').toLowerCase(), view)
  if (group === undefined) throw notFound(params['id'] ?? '')
  return group
}

/** A group whose members can be chosen by hand, by these credentials. */
function changeable(call: GraphCall): Group {
  const group = theGroup({ ...call, view: 'now' })
  if (group.membershipRule !== null)
    throw bad('Insufficient privileges to complete the operation: the group is dynamic.')
  if (group.onPremisesSyncEnabled === true) {
    throw bad('Unable to update the specified properties for on-premises mastered Directory Sync objects.')
  }
  if (
    group.isAssignableToRole === true &&
    !call.claims.roles.includes('RoleManagement.ReadWrite.Directory')
  ) {
    throw new Problem(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    )
  }
  return group
}

function shownAssignment({ endDateTime: _, ...assignment }: DirectoryAssignment): Shown {
  return { ...assignment, appScopeId: null }
}

function theAssignment({ estate, params, view }: GraphCall): DirectoryAssignment {
  const assignment = estate.directoryAssignments.get(params['id'] ?? '', view)
  if (assignment === undefined) throw notFound(params['id'] ?? '')
  return assignment
}

function list(
  template: string,
  permissions: GraphRoute['permissions'],
  type: string,
  shown: (call: GraphCall) => Iterable<Shown>,
  key = 'id',
): GraphRoute {
  return {
    method: 'GET',
    template,
    permissions,
    run: call =>
      page(call, {
        type,
        *after(marker) {
          const entries = [...shown(call)].map(each => [String(each[key]), each] as const)
          entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
          yield* marker === undefined ? entries : entries.filter(([each]) => each > marker)
        },
      }),
  }
}

export const directory: readonly GraphRoute[] = [
  list('/groups', READ_GROUPS, 'group', ({ estate, view }) =>
    [...estate.groups.after(undefined, view)].map(([, group]) => shownGroup(group)),
  ),
  {
    method: 'GET',
    template: '/groups/{id}',
    permissions: READ_GROUPS,
    run: call => one(call, 'group', shownGroup(theGroup(call))),
  },
  {
    method: 'GET',
    template: '/groups/{id}/members',
    permissions: oneOf('GroupMember.ReadBasic.All', 'Group.ReadBasic.All', 'Directory.Read.All'),
    run: call => {
      const { members } = theGroup(call)
      return page(call, { type: 'directoryObject', after: marker => objects(call.estate, members, marker) })
    },
  },
  {
    method: 'POST',
    template: '/groups/{id}/members/$ref',
    permissions: WRITE_MEMBERS,
    writes: true,
    run: call => {
      const group = changeable(call)
      const member = referenceOf(call.body)
      if (directoryObject(call.estate, member) === undefined) throw notFound(member)
      if (group.members.includes(member)) {
        throw bad(
          "One or more added object references already exist for the following modified properties: 'members'.",
        )
      }
      call.estate.groups.set(group.id, { ...group, members: [...group.members, member] })
      return {}
    },
  },
  {
    method: 'DELETE',
    template: '/groups/{id}/members/{id}/$ref',
    permissions: WRITE_MEMBERS,
    writes: true,
    run: call => {
      const group = changeable(call)
      const member = (call.params['id2'] ?? '').toLowerCase()
      if (!group.members.includes(member)) throw notFound(member)
      call.estate.groups.set(group.id, { ...group, members: group.members.filter(each => each !== member) })
      return {}
    },
  },
  list('/users', READ_USERS, 'user', ({ estate }) => estate.fixed.users.map(user => ({ ...user }))),
  {
    method: 'GET',
    template: '/users/{id}',
    permissions: READ_USERS,
    run: call => {
      const id = call.params['id']
      const user = call.estate.fixed.users.find(each => each.id === id || each.userPrincipalName === id)
      if (user === undefined) throw notFound(id ?? '')
      return one(call, 'user', { ...user })
    },
  },
  {
    method: 'GET',
    template: '/directoryObjects/{id}',
    permissions: oneOf('Directory.Read.All'),
    run: call => {
      const shown = directoryObject(call.estate, call.params['id'] ?? '')
      if (shown === undefined) throw notFound(call.params['id'] ?? '')
      return one(call, 'directoryObject', shown)
    },
  },
  list('/roleManagement/directory/roleDefinitions', READ_ROLES, 'unifiedRoleDefinition', ({ estate }) =>
    estate.fixed.directoryRoles.map(role => ({ ...role, templateId: role.id, isEnabled: true })),
  ),
  list('/roleManagement/directory/roleAssignments', READ_ROLES, 'unifiedRoleAssignment', ({ estate, view }) =>
    [...estate.directoryAssignments.after(undefined, view)].map(([, each]) => shownAssignment(each)),
  ),
  {
    method: 'GET',
    template: '/roleManagement/directory/roleAssignments/{id}',
    permissions: READ_ROLES,
    run: call => one(call, 'unifiedRoleAssignment', shownAssignment(theAssignment(call))),
  },
  {
    method: 'POST',
    template: '/roleManagement/directory/roleAssignments',
    permissions: WRITE_ROLES,
    writes: true,
    run: ({ estate, body }) => {
      const principalId = textOf(body, 'principalId')
      const roleDefinitionId = textOf(body, 'roleDefinitionId')
      const directoryScopeId = textOf(body, 'directoryScopeId')
      if (directoryObject(estate, principalId) === undefined) throw notFound(principalId)
      const same = [...estate.directoryAssignments.values()].some(
        each =>
          each.principalId === principalId &&
          each.roleDefinitionId === roleDefinitionId &&
          each.directoryScopeId === directoryScopeId,
      )
      if (same)
        throw bad(
          'A conflicting object with one or more of the specified property values is present in the directory.',
        )
      const assignment: DirectoryAssignment = {
        id: `${randomUUID().replaceAll('-', '')}-1`,
        principalId,
        roleDefinitionId,
        directoryScopeId,
        condition: typeof body['condition'] === 'string' ? body['condition'] : null,
      }
      estate.directoryAssignments.set(assignment.id, assignment)
      return { status: 201, body: shownAssignment(assignment) }
    },
  },
  {
    method: 'DELETE',
    template: '/roleManagement/directory/roleAssignments/{id}',
    permissions: WRITE_ROLES,
    writes: true,
    run: call => {
      const { id, roleDefinitionId } = theAssignment({ ...call, view: 'now' })
      const holders = [...call.estate.directoryAssignments.values()].filter(
        each => each.roleDefinitionId === GLOBAL_ADMINISTRATOR && each.directoryScopeId === '/',
      )
      if (roleDefinitionId === GLOBAL_ADMINISTRATOR && holders.length === 1) {
        throw bad('The last Global Administrator of the tenant cannot be removed.')
      }
      call.estate.directoryAssignments.delete(id)
      return {}
    },
  },
  list(
    '/roleManagement/directory/roleAssignmentScheduleInstances',
    oneOf(
      'RoleAssignmentSchedule.Read.Directory',
      'RoleAssignmentSchedule.ReadWrite.Directory',
      'RoleManagement.Read.Directory',
      'RoleManagement.ReadWrite.Directory',
    ),
    'unifiedRoleAssignmentScheduleInstance',
    ({ estate, view }) =>
      [...estate.directoryAssignments.after(undefined, view)].map(([, each]) => ({
        id: each.id,
        principalId: each.principalId,
        roleDefinitionId: each.roleDefinitionId,
        directoryScopeId: each.directoryScopeId,
        appScopeId: null,
        assignmentType: each.endDateTime === undefined ? 'Assigned' : 'Activated',
        memberType: 'Direct',
        roleAssignmentOriginId: each.id,
        roleAssignmentScheduleId: each.id,
        startDateTime: null,
        endDateTime: each.endDateTime ?? null,
      })),
  ),
]
