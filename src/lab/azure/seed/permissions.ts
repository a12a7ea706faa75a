import type { AppRole, DirectoryRole, RoleDefinition } from '../store.ts'
import { guid, SUBSCRIPTIONS } from './ids.ts'

/** App permissions of Microsoft Graph, by their ids in every tenant (Microsoft Graph permissions reference). */
const GRAPH: { readonly [permission: string]: string } = {
  'Application.Read.All': '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
  'Application.ReadWrite.All': '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9',
  'Application.ReadWrite.OwnedBy': '18a4783c-866b-4cc7-a460-3d5e5662c884',
  'AppRoleAssignment.ReadWrite.All': '06b708a9-e830-4db3-a914-8e69da51d44f',
  'AuditLog.Read.All': 'b0afded3-3588-46d8-8b3d-9842eff778da',
  'DelegatedPermissionGrant.ReadWrite.All': '8e8e4742-1d95-4f68-9d56-6ee75648c72a',
  'Directory.Read.All': '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
  'Group.Read.All': '5b567255-7703-4780-807c-7be8301ae99b',
  'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
  'GroupMember.ReadWrite.All': 'dbaae8cf-10b5-4b86-a4a1-f871c94c6695',
  'Mail.Read': '810c84a8-4a9e-49e6-bf7d-12d183f40d01',
  'Organization.Read.All': '498476ce-e0fe-48b0-b801-37ba7e2685c6',
  'Policy.Read.All': '246dd0d5-5bd0-4def-940b-0421030a5b68',
  'Policy.ReadWrite.ConditionalAccess': '01c0a623-fc9b-48e9-b794-0756f8e8f067',
  'RoleManagement.Read.Directory': '483bed4a-2ad3-4361-a73b-c83ccdbdc53c',
  'RoleManagement.ReadWrite.Directory': '9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8',
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
}

/** Those whose ids the lab makes up. */
const MORE = [
  'AgentIdentity.CreateAsManager',
  'AgentIdentity.EnableDisable.All',
  'AgentIdentity.Read.All',
  'AgentIdentityBlueprintPrincipal.EnableDisable.All',
  'AgentIdentityBlueprintPrincipal.Read.All',
  'LicenseAssignment.Read.All',
  'RoleAssignmentSchedule.Read.Directory',
]

export const graphRoles: AppRole[] = [
  ...Object.entries(GRAPH).map(([value, id]) => role(value, id)),
  ...MORE.map(value => role(value, guid(`graph permission ${value}`))),
]

function role(value: string, id: string): AppRole {
  return { id, value, displayName: value, allowedMemberTypes: ['Application'], isEnabled: true }
}

/** Id of an app permission of Graph. */
export function graphRole(value: string): string {
  return graphRoles.find(each => each.value === value)?.id ?? ''
}

/** The permissions of the tool under test, and no more. */
export const RESPONDER_ROLES = [
  'AgentIdentity.EnableDisable.All',
  'AgentIdentity.Read.All',
  'AgentIdentityBlueprintPrincipal.EnableDisable.All',
  'AgentIdentityBlueprintPrincipal.Read.All',
  'AppRoleAssignment.ReadWrite.All',
  'Application.ReadWrite.All',
  'AuditLog.Read.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.Read.All',
  'GroupMember.ReadWrite.All',
  'LicenseAssignment.Read.All',
  'Policy.Read.All',
  'Policy.ReadWrite.ConditionalAccess',
  'RoleAssignmentSchedule.Read.Directory',
  'RoleManagement.ReadWrite.Directory',
]

/** Templates of directory roles (Microsoft Entra built-in roles). */
export const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
export const PRIVILEGED_ROLE_ADMINISTRATOR = 'e8611ab8-c189-46e8-94e1-60213ab1f814'
export const DIRECTORY_READERS = '88d8e3e3-8f55-4a1e-953a-9b9898b8876b'
export const APPLICATION_ADMINISTRATOR = '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3'
export const SYNC_ACCOUNTS = 'd29b2b05-8046-44ba-8758-1e26182fcf32'

export const directoryRoles: DirectoryRole[] = [
  { id: GLOBAL_ADMINISTRATOR, displayName: 'Global Administrator', isBuiltIn: true },
  { id: PRIVILEGED_ROLE_ADMINISTRATOR, displayName: 'Privileged Role Administrator', isBuiltIn: true },
  { id: DIRECTORY_READERS, displayName: 'Directory Readers', isBuiltIn: true },
  { id: APPLICATION_ADMINISTRATOR, displayName: 'Application Administrator', isBuiltIn: true },
  { id: SYNC_ACCOUNTS, displayName: 'Directory Synchronization Accounts', isBuiltIn: true },
]

/** Roles of Azure by the names that the seed uses (Azure built-in roles). */
export const ROLES = {
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  'User Access Administrator': '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'Role Based Access Control Administrator': 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  Responder: guid('role responder'),
} as const

export const roleDefinitions: RoleDefinition[] = [
  built('Owner', { actions: ['*'] }),
  built('Contributor', {
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  }),
  built('Reader', { actions: ['*/read'] }),
  built('User Access Administrator', { actions: ['*/read', 'Microsoft.Authorization/*'] }),
  built('Role Based Access Control Administrator', {
    actions: [
      '*/read',
      'Microsoft.Authorization/roleAssignments/write',
      'Microsoft.Authorization/roleAssignments/delete',
    ],
  }),
  built('Key Vault Secrets User', {
    dataActions: [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    ],
  }),
  built('Storage Blob Data Reader', {
    actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/read'],
    dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'],
  }),
  {
    ...built('Responder', {
      actions: [
        'Microsoft.Authorization/denyAssignments/delete',
        'Microsoft.Authorization/denyAssignments/read',
        'Microsoft.Authorization/denyAssignments/write',
        'Microsoft.Authorization/permissions/read',
        'Microsoft.Authorization/roleAssignmentScheduleInstances/read',
        'Microsoft.Authorization/roleAssignments/delete',
        'Microsoft.Authorization/roleAssignments/read',
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleDefinitions/read',
        'Microsoft.Features/providers/features/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/read',
        'Microsoft.Management/managementGroups/descendants/read',
        'Microsoft.ResourceGraph/resources/read',
        'Microsoft.Resources/subscriptions/read',
        'Microsoft.Resources/subscriptions/resources/read',
        'Microsoft.Resources/tenants/read',
        'Microsoft.Storage/storageAccounts/read',
        'Microsoft.Storage/storageAccounts/write',
      ],
      // New secrets of applications go into a vault, and are read back.
      dataActions: [
        'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        'Microsoft.KeyVault/vaults/secrets/setSecret/action',
      ],
    }),
    roleName: 'interdict',
    type: 'CustomRole',
    assignableScopes: Object.values(SUBSCRIPTIONS).map(id => `/subscriptions/${id}`),
  },
]

type Permission = RoleDefinition['permissions'][number]

function built(roleName: keyof typeof ROLES, permission: Partial<Permission>): RoleDefinition {
  const none = { actions: [], notActions: [], dataActions: [], notDataActions: [] }
  return {
    name: ROLES[roleName],
    roleName,
    type: 'BuiltInRole',
    permissions: [{ ...none, ...permission }],
    assignableScopes: ['/'],
  }
}
