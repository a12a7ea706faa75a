import type { Json } from './json.ts'

/** Azure's resources, as Resource Manager shows them: see {@link file://./store.ts}. */

export interface ManagementGroup {
  /** Its id in scopes, e.g. `acme`; the root's is the tenant's. */
  name: string
  displayName: string
  parent: string | null
}

export interface Subscription {
  subscriptionId: string
  displayName: string
  state: string
  managementGroup: string
}

export interface RoleDefinition {
  /** GUID. */
  name: string
  roleName: string
  type: 'BuiltInRole' | 'CustomRole'
  permissions: { actions: string[]; notActions: string[]; dataActions: string[]; notDataActions: string[] }[]
  assignableScopes: string[]
}

export interface RoleAssignment {
  /** GUID. */
  name: string
  scope: string
  /** Full id of the definition. */
  roleDefinitionId: string
  principalId: string
  principalType: string
  condition: string | null
  conditionVersion: string | null
  description: string | null
  delegatedManagedIdentityResourceId: string | null
  createdOn: string
  updatedOn: string
  createdBy: string
  updatedBy: string
  /** Activated through Privileged Identity Management until then; absent for a permanent one. */
  endDateTime?: string
}

export interface DenyAssignment {
  /** GUID. */
  name: string
  scope: string
  denyAssignmentName: string
  description: string | null
  denyAssignmentEffect: string
  permissions: { actions: string[]; notActions: string[]; dataActions: string[]; notDataActions: string[] }[]
  principals: { id: string; type: string }[]
  excludePrincipals: { id: string; type: string }[]
  isSystemProtected: boolean
}

export interface UserAssignedIdentity {
  /** Resource id as ARM shows it. */
  id: string
  location: string
  /** The service principal's object id. */
  principalId: string
  clientId: string
  tags: { [name: string]: string }
  federatedCredentials: IdentityCredential[]
}

/** A federated credential of a managed identity: its name is its key. */
export interface IdentityCredential {
  name: string
  issuer: string
  subject: string
  audiences: string[]
}

/** Any other resource. */
export interface Resource {
  id: string
  /** E.g. `Microsoft.Compute/virtualMachines`. */
  type: string
  location: string
  tags: { [name: string]: string }
  identity: ResourceIdentity | null
  properties: { [member: string]: Json }
}

export interface ResourceIdentity {
  /** `SystemAssigned`, `UserAssigned`, `SystemAssigned, UserAssigned`. */
  type: string
  /** Of the system-assigned one. */
  principalId: string | null
  /** Resource ids as somebody once wrote them: their casing is not to be relied on. */
  userAssignedIdentities: string[]
}

export interface VaultSecret {
  vault: string
  name: string
  value: string
  created: string
}
