import type { AzureEstate, ServicePrincipal } from '../store.ts'
import { seedAzure } from './estate.ts'
import { guid, SUBSCRIPTIONS, TENANT } from './ids.ts'
import { graphRole, ROLES } from './permissions.ts'

/**
 * The seeded tenant with so many service principals more, for measurements: each with its application, a secret, an
 * app role and an Azure role. Texts are shared between them, so that 30,000 stay small. Pages are the service's own.
 */
export function largeAzure(count: number, at: string): AzureEstate {
  const estate = seedAzure(at)
  const [application] = estate.applications
  const principal = estate.servicePrincipals.find(({ displayName }) => displayName === 'billing-export')
  const graph = estate.servicePrincipals.find(({ displayName }) => displayName === 'Microsoft Graph')
  const secret = application?.passwordCredentials[0]
  if (application === undefined || principal === undefined || graph === undefined || secret === undefined)
    return estate
  estate.switches.pageSize = 0
  const created = application.createdDateTime
  const scope = `/subscriptions/${SUBSCRIPTIONS.production}/resourceGroups/rg-bench`
  const roleDefinitionId = `/subscriptions/${SUBSCRIPTIONS.production}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.Reader}`
  const [none, tags, userRead]: [never[], string[], string] = [[], ['bench=true'], graphRole('User.Read.All')]
  const creator = guid('bench creator')
  for (let index = 0; index < count; index += 1) {
    const [id, client] = [numbered('b0000001', index), numbered('b0000002', index)]
    const displayName = `bench-${index}`
    const own: ServicePrincipal = {
      ...principal,
      id,
      appId: client,
      displayName,
      appOwnerOrganizationId: TENANT,
      servicePrincipalNames: none,
      passwordCredentials: none,
      tags,
      owners: none,
    }
    estate.servicePrincipals.push(own)
    estate.applications.push({
      ...application,
      id: numbered('b0000003', index),
      appId: client,
      displayName,
      passwordCredentials: [{ ...secret, keyId: numbered('b0000004', index) }],
      tags,
      owners: none,
    })
    estate.appRoleAssignments.push({
      id: `bench-${String(index).padStart(8, '0')}`,
      appRoleId: userRead,
      principalId: id,
      resourceId: graph.id,
      createdDateTime: created,
    })
    estate.roleAssignments.push({
      name: numbered('b0000005', index),
      scope,
      roleDefinitionId,
      principalId: id,
      principalType: 'ServicePrincipal',
      condition: null,
      conditionVersion: null,
      description: null,
      delegatedManagedIdentityResourceId: null,
      createdOn: created,
      updatedOn: created,
      createdBy: creator,
      updatedBy: creator,
    })
  }
  return estate
}

/** As a GUID, without a hash for each of thirty thousand. */
function numbered(prefix: string, index: number): string {
  return `${prefix}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`
}
