import { randomUUID } from 'node:crypto'
import type { Application, Group, ServicePrincipal } from '../store.ts'
import { Problem } from '../wire.ts'
import { allow } from './app-management.ts'
import {
  APPLICATION_WRITABLE,
  PRINCIPAL_WRITABLE,
  patched,
  shownGroup,
  shownWithCredentials,
  theApplication,
  thePrincipal,
} from './objects.ts'
import { bad, type GraphCall, type GraphRoute, oneOf, textOf, WRITE_APPLICATIONS } from './route.ts'

/** An application that makes another owns it (Graph reference, "Create application"). */
const makerOf = ({ claims }: GraphCall) => [claims.oid]

/** Routes that create and delete applications, their principals, and groups. */
export const creation: readonly GraphRoute[] = [
  {
    method: 'POST',
    template: '/applications',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    creates: true,
    run: call => {
      const { estate, clock, body } = call
      const blank: Application = {
        id: randomUUID(),
        appId: randomUUID(),
        displayName: textOf(body, 'displayName'),
        createdDateTime: clock.now(),
        signInAudience: 'AzureADMyOrg',
        isDisabled: null,
        disabledByMicrosoftStatus: null,
        keyCredentials: [],
        passwordCredentials: [],
        tags: [],
        notes: null,
        uniqueName: null,
        publisherDomain: estate.fixed.tenant.domain,
        owners: makerOf(call),
      }
      const application = patched(blank, body, APPLICATION_WRITABLE)
      for (const added of application.keyCredentials)
        allow(estate, 'applications', application, 'keyCredentials', added)
      estate.addApplication(application)
      return { status: 201, body: shownWithCredentials(application, false) }
    },
  },
  {
    method: 'DELETE',
    template: '/applications/{id}',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const application = theApplication({ ...call, view: 'now' })
      call.estate.applications.delete(application.id)
      // Its principal in its own tenant goes with it.
      const principal = call.estate.servicePrincipalOf(application.appId)
      if (principal !== undefined) forget(call, principal)
      return {}
    },
  },
  {
    method: 'POST',
    template: '/servicePrincipals',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    creates: true,
    run: call => {
      const principal = principalFor(call)
      call.estate.addServicePrincipal(principal)
      return { status: 201, body: shownWithCredentials(principal, false) }
    },
  },
  {
    method: 'DELETE',
    template: '/servicePrincipals/{id}',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      forget(call, thePrincipal({ ...call, view: 'now' }))
      return {}
    },
  },
  {
    method: 'POST',
    template: '/groups',
    permissions: oneOf('Group.Create', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'),
    writes: true,
    run: call => {
      const { body, estate, claims } = call
      textOf(body, 'mailNickname')
      if (typeof body['mailEnabled'] !== 'boolean' || typeof body['securityEnabled'] !== 'boolean') {
        throw bad("A value is required for property 'mailEnabled' of resource 'Group'.")
      }
      const isAssignable = body['isAssignableToRole'] === true
      if (isAssignable && !claims.roles.includes('RoleManagement.ReadWrite.Directory')) {
        throw new Problem(
          403,
          'Authorization_RequestDenied',
          'Insufficient privileges to complete the operation.',
        )
      }
      const group: Group = {
        id: randomUUID(),
        displayName: textOf(body, 'displayName'),
        groupTypes: [],
        securityEnabled: body['securityEnabled'],
        isAssignableToRole: isAssignable ? true : null,
        membershipRule: null,
        onPremisesSyncEnabled: null,
        members: [],
      }
      estate.groups.set(group.id, group)
      return { status: 201, body: shownGroup(group) }
    },
  },
]

function principalFor(call: GraphCall): ServicePrincipal {
  const { estate, body } = call
  const appId = textOf(body, 'appId').toLowerCase()
  const application = estate.applicationOf(appId)
  if (estate.servicePrincipalOf(appId) !== undefined) {
    throw new Problem(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
    )
  }
  if (application === undefined) {
    throw new Problem(
      400,
      'Request_BadRequest',
      `The appId '${appId}' of the service principal does not reference a valid application object.`,
    )
  }
  const { appId: _, ...rest } = body
  const blank: ServicePrincipal = {
    id: randomUUID(),
    appId,
    displayName: application.displayName,
    servicePrincipalType: 'Application',
    accountEnabled: true,
    isDisabled: application.isDisabled,
    disabledByMicrosoftStatus: null,
    appOwnerOrganizationId: estate.fixed.tenant.id,
    appRoleAssignmentRequired: false,
    alternativeNames: [],
    appRoles: [],
    keyCredentials: [],
    passwordCredentials: [],
    servicePrincipalNames: [appId],
    signInAudience: application.signInAudience,
    tags: [],
    notes: null,
    owners: makerOf(call),
  }
  return patched(blank, rest, PRINCIPAL_WRITABLE)
}

/** Deletes a principal's grants in the directory with it; its role assignments in Azure are left behind. */
function forget({ estate }: GraphCall, { id }: ServicePrincipal): void {
  estate.servicePrincipals.delete(id)
  for (const [key, { principalId, resourceId }] of [...estate.appRoleAssignments.after(undefined, 'now')]) {
    if (principalId === id || resourceId === id) estate.appRoleAssignments.delete(key)
  }
  for (const each of [...estate.grants.values()]) {
    if (each.clientId === id || each.resourceId === id) estate.grants.delete(each.id)
  }
  for (const each of [...estate.directoryAssignments.values()]) {
    if (each.principalId === id) estate.directoryAssignments.delete(each.id)
  }
  for (const group of [...estate.groups.values()]) {
    if (!group.members.includes(id)) continue
    estate.groups.set(group.id, { ...group, members: group.members.filter(member => member !== id) })
  }
}
