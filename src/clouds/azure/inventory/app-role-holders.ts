import { Fault } from '../../../model/fault.ts'
import type { AzureClient } from '../client.ts'
import { graphList } from '../http/read-requests.ts'
import { askLists } from './directory-lookups.ts'
import { INTERFACES, type Resource, resourceOf, resourcesOf } from './directory-names.ts'
import { appRoleAssignmentsOf, interfacesAt } from './named-rights.ts'
import type { ApplicationRecord, AppRoleAssignmentRecord } from './records.ts'

/** A permission that somebody holds at an interface; without a resource, its name is not known. */
export interface HeldAppRole {
  assignment: AppRoleAssignmentRecord
  resource: Resource | undefined
}

/**
 * Returns who holds a permission of Microsoft's interfaces and of the tenant's own, by one listing for each interface. Throws
 * the Fault of one that is refused.
 */
export async function appRoleHolders(
  client: AzureClient,
  applications: readonly ApplicationRecord[],
): Promise<HeldAppRole[]> {
  const own = applications.flatMap(({ appId, appRoles }) => (appId && appRoles?.length ? [appId] : []))
  const appIds = [...new Set([...INTERFACES, ...own.map(each => each.toLowerCase())])]
  const resources = await resourcesOf(client, appIds)
  const calls = [...resources.keys()].map(id =>
    graphList('/v1.0/servicePrincipals/{id}/appRoleAssignedTo', {}, id),
  )
  const found: HeldAppRole[] = []
  for (const holders of await askLists<AppRoleAssignmentRecord>(client, calls)) {
    if (holders instanceof Fault) {
      if (holders.code === 'gone') continue
      throw holders
    }
    found.push(...holders.map(assignment => ({ assignment, resource: resources.get(assignment.resourceId) })))
  }
  return found
}

/** Returns what these principals hold at the same interfaces, by the questions about each. Throws the Fault of a refused one. */
export async function appRolesOf(client: AzureClient, ids: readonly string[]): Promise<HeldAppRole[]> {
  const held = await appRoleAssignmentsOf(client, ids)
  const interfaces = await interfacesAt(
    client,
    held.map(({ resourceId }) => resourceId),
  )
  return held.flatMap(assignment => {
    const at = interfaces.get(assignment.resourceId)
    const { appId, appOwnerOrganizationId: home, appRoles } = at ?? {}
    const isOwn = home?.toLowerCase() === client.tenant.toLowerCase() && (appRoles ?? []).length > 0
    return at && (isOwn || INTERFACES.includes(appId ?? '')) ? [{ assignment, resource: resourceOf(at) }] : []
  })
}
