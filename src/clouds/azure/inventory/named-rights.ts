import { Fault } from '../../../model/fault.ts'
import type { AzureCall, AzureClient } from '../client.ts'
import { graphList, graphRead, quoted } from '../http/read-requests.ts'
import { askLists } from './directory-lookups.ts'
import type {
  AppRoleAssignmentRecord,
  AppRoleRecord,
  DirectoryAssignmentRecord,
  GrantRecord,
  PrincipalRecord,
} from './records.ts'

/** An interface that principals have permissions of. */
export type Interface = Pick<PrincipalRecord, 'id' | 'appId' | 'displayName' | 'appOwnerOrganizationId'> & {
  appRoles?: AppRoleRecord[] | null
}

/** The questions about one principal that the directory answers with its rights. */
export const rightCalls = (id: string): AzureCall[] => [appRoleCall(id), delegatedCall(id), directoryCall(id)]

const appRoleCall = (id: string) => graphList('/v1.0/servicePrincipals/{id}/appRoleAssignments', {}, id)
const delegatedCall = (id: string) => graphList('/v1.0/servicePrincipals/{id}/oauth2PermissionGrants', {}, id)
const directoryCall = (id: string) =>
  graphRead('/v1.0/roleManagement/directory/roleAssignments', {
    $filter: `principalId eq ${quoted(id)}`,
    $select: 'id,principalId,roleDefinitionId',
  })

/** Returns the permissions that these principals hold at interfaces. Throws the Fault of one that is refused. */
export function appRoleAssignmentsOf(
  client: AzureClient,
  ids: readonly string[],
): Promise<AppRoleAssignmentRecord[]> {
  return all(client, ids.map(appRoleCall))
}

/** Returns the permissions that these principals were given on behalf of people. Throws the Fault of one that is refused. */
export function delegatedTo(client: AzureClient, ids: readonly string[]): Promise<GrantRecord[]> {
  return all(client, ids.map(delegatedCall))
}

/** Returns the directory roles of these principals and groups. Throws the Fault of one that is refused. */
export function directoryRolesOf(
  client: AzureClient,
  ids: readonly string[],
): Promise<DirectoryAssignmentRecord[]> {
  return all(client, ids.map(directoryCall))
}

/** Returns the interfaces with these object ids, by id; a deleted one is missing. Throws the Fault of one that is refused. */
export async function interfacesAt(
  client: AzureClient,
  ids: readonly string[],
): Promise<Map<string, Interface>> {
  const $select = 'id,appId,displayName,appOwnerOrganizationId,appRoles'
  const found = await client.batch<Interface>(
    [...new Set(ids)].map(id => graphRead('/v1.0/servicePrincipals/{id}', { $select }, id)),
  )
  const known = new Map<string, Interface>()
  for (const each of found) {
    if (!(each instanceof Fault)) known.set(each.id, each)
    else if (each.code !== 'gone') throw each
  }
  return known
}

/** A principal that was deleted meanwhile has nothing. */
async function all<Item>(client: AzureClient, calls: readonly AzureCall[]): Promise<Item[]> {
  const found: Item[] = []
  for (const each of await askLists<Item>(client, calls)) {
    if (!(each instanceof Fault)) found.push(...each)
    else if (each.code !== 'gone') throw each
  }
  return found
}
