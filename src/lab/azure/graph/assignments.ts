import { randomUUID } from 'node:crypto'
import type { LiveAzure } from '../estate.ts'
import type { Shown } from '../odata.ts'
import type { AppRoleAssignment, PermissionGrant } from '../store.ts'
import { Problem } from '../wire.ts'
import { directoryObject, thePrincipal } from './objects.ts'
import {
  bad,
  type GraphCall,
  type GraphRoute,
  notFound,
  one,
  oneOf,
  page,
  READ_APPLICATIONS,
  textOf,
  within,
} from './route.ts'

const GRAPH = '00000003-0000-0000-c000-000000000000'
const READ_GRANTS = oneOf(
  'Directory.Read.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.ReadWrite.All',
)
const WRITE_GRANTS = oneOf('DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All')
const ASSIGN = ['AppRoleAssignment.ReadWrite.All', 'Application.Read.All']

function shown(estate: LiveAzure, assignment: AppRoleAssignment): Shown {
  const principal = directoryObject(estate, assignment.principalId)
  return {
    ...assignment,
    principalDisplayName: principal?.['displayName'] ?? null,
    principalType: 'ServicePrincipal',
    resourceDisplayName: estate.servicePrincipals.get(assignment.resourceId)?.displayName ?? null,
    deletedDateTime: null,
  }
}

/** Application.ReadWrite.All reaches the roles of every API but Microsoft Graph's. */
function reaches(call: GraphCall, resourceId: string): void {
  if (call.claims.roles.includes('AppRoleAssignment.ReadWrite.All')) return
  if (call.estate.servicePrincipals.get(resourceId)?.appId !== GRAPH) return
  throw new Problem(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

/** The id of a grant to everybody says whose and for what: both object ids as the bytes of a GUID. */
export function grantId(client: string, resource: string, principal: string | null): string {
  const ids = principal === null ? [client, resource] : [client, resource, principal]
  return Buffer.concat(ids.map(guidBytes)).toString('base64url')
}

function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

/** New with each assignment, and it begins with the principal's. */
export function assignmentId(principal: string, salt: string): string {
  return Buffer.concat([guidBytes(principal), guidBytes(salt)]).toString('base64url')
}

function theGrant({ estate, params, view }: GraphCall): PermissionGrant {
  const grant = estate.grants.get(params['id'] ?? '', view)
  if (grant === undefined) throw notFound(params['id'] ?? '')
  return grant
}

function assign(call: GraphCall) {
  const { estate, body, clock } = call
  const principalId = textOf(body, 'principalId')
  const resourceId = textOf(body, 'resourceId')
  const appRoleId = textOf(body, 'appRoleId')
  const resource = estate.servicePrincipals.get(resourceId)
  if (resource === undefined || estate.servicePrincipals.get(principalId) === undefined)
    throw notFound(resourceId)
  if (!resource.appRoles.some(({ id }) => id === appRoleId)) {
    throw bad('Permission being assigned was not found on application')
  }
  for (const [, each] of within(estate.appRoleAssignments, `${principalId}/`, undefined, 'now')) {
    if (each.resourceId === resourceId && each.appRoleId === appRoleId) {
      throw bad('Permission being assigned already exists on the object')
    }
  }
  const id = assignmentId(principalId, randomUUID())
  const assignment = { id, appRoleId, principalId, resourceId, createdDateTime: clock.now() }
  estate.appRoleAssignments.set(`${principalId}/${id}`, assignment)
  return { status: 201, body: shown(estate, assignment) }
}

export const assignments: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/servicePrincipals/{id}/appRoleAssignments',
    permissions: READ_APPLICATIONS,
    run: call => {
      const { id } = thePrincipal(call)
      return page(call, {
        type: 'appRoleAssignment',
        *after(marker) {
          for (const [key, each] of within(call.estate.appRoleAssignments, `${id}/`, marker, call.view)) {
            yield [key, shown(call.estate, each)]
          }
        },
      })
    },
  },
  ...['/servicePrincipals/{id}/appRoleAssignedTo', '/servicePrincipals(appId={value})/appRoleAssignedTo'].map(
    (template): GraphRoute => ({
      method: 'GET',
      template,
      permissions: READ_APPLICATIONS,
      run: call => {
        const { id } = thePrincipal(call)
        return page(call, {
          type: 'appRoleAssignment',
          *after(marker) {
            for (const [key, each] of call.estate.appRoleAssignments.after(marker, call.view)) {
              if (each.resourceId === id) yield [key, shown(call.estate, each)]
            }
          },
        })
      },
    }),
  ),
  ...(['appRoleAssignments', 'appRoleAssignedTo'] as const).map(
    (which): GraphRoute => ({
      method: 'POST',
      template: `/servicePrincipals/{id}/${which}`,
      permissions: [ASSIGN],
      writes: true,
      run: call => {
        // The path names the one who is given the role, or the one who gives it.
        const named = which === 'appRoleAssignments' ? 'principalId' : 'resourceId'
        if (thePrincipal({ ...call, view: 'now' }).id !== call.body[named]) {
          throw bad(`The value of '${named}' does not match the object of the request.`)
        }
        return assign(call)
      },
    }),
  ),
  {
    method: 'DELETE',
    template: '/servicePrincipals/{id}/appRoleAssignedTo/{id}',
    permissions: oneOf('AppRoleAssignment.ReadWrite.All', 'Application.ReadWrite.All'),
    writes: true,
    run: call => {
      const { id } = thePrincipal({ ...call, view: 'now' })
      const { id2 = '' } = call.params
      const [key, found] =
        [...call.estate.appRoleAssignments.after(undefined, 'now')].find(
          ([, each]) => each.id === id2 && each.resourceId === id,
        ) ?? []
      if (key === undefined || found === undefined) throw notFound(id2)
      reaches(call, found.resourceId)
      call.estate.appRoleAssignments.delete(key)
      return {}
    },
  },
  {
    method: 'DELETE',
    template: '/servicePrincipals/{id}/appRoleAssignments/{id}',
    permissions: oneOf('AppRoleAssignment.ReadWrite.All', 'Application.ReadWrite.All'),
    writes: true,
    run: call => {
      const key = `${thePrincipal(call).id}/${call.params['id2'] ?? ''}`
      const assignment = call.estate.appRoleAssignments.get(key)
      if (assignment === undefined) throw notFound(call.params['id2'] ?? '')
      reaches(call, assignment.resourceId)
      call.estate.appRoleAssignments.delete(key)
      return {}
    },
  },
  ...(['inheritedAppRoleAssignments', 'inheritedOauth2PermissionGrants'] as const).map(
    (which): GraphRoute => ({
      method: 'GET',
      template: `/servicePrincipals/{id}/${which}`,
      beta: true,
      permissions: which === 'inheritedAppRoleAssignments' ? READ_APPLICATIONS : READ_GRANTS,
      run: call => {
        const { agentIdentityBlueprintId } = thePrincipal(call)
        const blueprint = call.estate.servicePrincipalOf(agentIdentityBlueprintId ?? '', call.view)
        return page(call, {
          type: 'appRoleAssignment',
          *after(marker) {
            if (blueprint === undefined || which === 'inheritedOauth2PermissionGrants') return
            for (const [key, each] of within(
              call.estate.appRoleAssignments,
              `${blueprint.id}/`,
              marker,
              call.view,
            )) {
              yield [key, shown(call.estate, each)]
            }
          },
        })
      },
    }),
  ),
  ...['/oauth2PermissionGrants', '/servicePrincipals/{id}/oauth2PermissionGrants'].map(
    (template): GraphRoute => ({
      method: 'GET',
      template,
      permissions: READ_GRANTS,
      run: call => {
        const client = call.params['id'] === undefined ? undefined : thePrincipal(call).id
        return page(call, {
          type: 'oAuth2PermissionGrant',
          *after(marker) {
            for (const [key, each] of call.estate.grants.after(marker, call.view)) {
              if (client === undefined || each.clientId === client) yield [key, { ...each }]
            }
          },
        })
      },
    }),
  ),
  {
    method: 'GET',
    template: '/oauth2PermissionGrants/{id}',
    permissions: READ_GRANTS,
    run: call => one(call, 'oAuth2PermissionGrant', { ...theGrant(call) }),
  },
  {
    method: 'POST',
    template: '/oauth2PermissionGrants',
    permissions: WRITE_GRANTS,
    writes: true,
    run: ({ estate, body }) => {
      const clientId = textOf(body, 'clientId')
      const resourceId = textOf(body, 'resourceId')
      const consentType = textOf(body, 'consentType') === 'Principal' ? 'Principal' : 'AllPrincipals'
      const principalId = consentType === 'Principal' ? textOf(body, 'principalId') : null
      const scope = typeof body['scope'] === 'string' ? body['scope'] : ''
      const id = grantId(clientId, resourceId, principalId)
      if (estate.grants.get(id) !== undefined) throw bad('Permission entry already exists.')
      const grant: PermissionGrant = { id, clientId, consentType, principalId, resourceId, scope }
      estate.grants.set(id, grant)
      return { status: 201, body: grant }
    },
  },
  {
    method: 'PATCH',
    template: '/oauth2PermissionGrants/{id}',
    permissions: WRITE_GRANTS,
    writes: true,
    run: call => {
      const grant = theGrant({ ...call, view: 'now' })
      call.estate.grants.set(grant.id, { ...grant, scope: String(call.body['scope'] ?? '') })
      return {}
    },
  },
  {
    method: 'DELETE',
    template: '/oauth2PermissionGrants/{id}',
    permissions: WRITE_GRANTS,
    writes: true,
    run: call => {
      call.estate.grants.delete(theGrant({ ...call, view: 'now' }).id)
      return {}
    },
  },
]
