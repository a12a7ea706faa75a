import type { Provider } from '../../model/provider.ts'
import { advise } from './advice.ts'
import type { AzureClient } from './client.ts'
import { connect } from './connect.ts'
import { interruptions } from './interruptions/index.ts'
import { kinds } from './kinds/kinds.ts'
import { policyDocument } from './policy.ts'
import { rotations, sinks } from './rotations/index.ts'

/** Microsoft Azure and Entra: applications, service principals, managed identities, and what they sign in with. */
export const azure: Provider<AzureClient> = {
  cloud: 'azure',
  title: 'Azure',
  kinds,
  interruptions,
  rotations,
  sinks,
  permissions: [
    'AgentIdentity.Read.All',
    'Application.Read.All',
    'AuditLog.Read.All',
    'Directory.Read.All',
    // Resource Graph shows what the caller may read.
    'Microsoft.Authorization/roleAssignments/read',
    'Microsoft.Authorization/roleDefinitions/read',
    'Microsoft.Features/providers/features/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    'Microsoft.Management/managementGroups/descendants/read',
    'Microsoft.ResourceGraph/resources/read',
    'Microsoft.Resources/subscriptions/read',
    'Microsoft.Resources/subscriptions/resources/read',
    'Microsoft.Storage/storageAccounts/read',
    'RoleManagement.Read.Directory',
  ],
  connect,
  advise,
  policy: policyDocument,
}
