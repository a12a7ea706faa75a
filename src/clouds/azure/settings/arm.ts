import type { Json } from '../../../model/json.ts'
import type { AzureCall, AzureClient } from '../client.ts'

/** Versions that have all that is put back (Azure REST API reference, each operation's page). */
export const VERSIONS = {
  roleAssignments: '2022-04-01',
  /** The first with which a deny assignment can be made (azure-rest-api-specs, Microsoft.Authorization). */
  denyAssignments: '2024-07-01-preview',
  schedules: '2020-10-01',
  roleDefinitions: '2022-04-01',
  features: '2021-07-01',
  permissions: '2022-04-01',
  identities: '2024-11-30',
  storage: '2023-05-01',
} as const

export const DENY_READ = 'Microsoft.Authorization/denyAssignments/read'
export const DENY_WRITE = 'Microsoft.Authorization/denyAssignments/write'
export const DENY_DELETE = 'Microsoft.Authorization/denyAssignments/delete'
export const ROLE_READ = 'Microsoft.Authorization/roleAssignments/read'
export const ROLE_WRITE = 'Microsoft.Authorization/roleAssignments/write'
export const ROLE_DELETE = 'Microsoft.Authorization/roleAssignments/delete'
export const SCHEDULE_READ = 'Microsoft.Authorization/roleAssignmentScheduleInstances/read'
export const ROLE_DEFINITION_READ = 'Microsoft.Authorization/roleDefinitions/read'
/** "Azure permissions for Management and governance", Microsoft.Features. */
export const FEATURE_READ = 'Microsoft.Features/providers/features/read'
export const RIGHTS_READ = 'Microsoft.Authorization/permissions/read'
const FEDERATED = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials'
export const FEDERATED_READ = `${FEDERATED}/read`
export const FEDERATED_WRITE = `${FEDERATED}/write`
export const FEDERATED_DELETE = `${FEDERATED}/delete`
export const STORAGE_READ = 'Microsoft.Storage/storageAccounts/read'
export const STORAGE_WRITE = 'Microsoft.Storage/storageAccounts/write'

/** A call of Azure Resource Manager; `operation` is the action that it takes. */
export function armCall(
  method: AzureCall['method'],
  operation: string,
  id: string,
  version: string,
  more: { body?: Json; filter?: string } = {},
): AzureCall {
  return {
    service: 'arm',
    method,
    path: id
      .split('/')
      .map(part => encodeURIComponent(part))
      .join('/'),
    query: { 'api-version': version, ...(more.filter === undefined ? {} : { $filter: more.filter }) },
    operation,
    ...(more.body === undefined ? {} : { body: more.body }),
  }
}

/** Where Azure's authorization keeps things of a scope. */
export function authorization(scope: string, what: string): string {
  return `${scope === '/' ? '' : scope}/providers/Microsoft.Authorization/${what}`
}

/** Whether a scope is another one or lies under it. Ids of Azure are the same in any case. */
export function within(scope: string, container: string): boolean {
  const [inner, outer] = [scope.toLowerCase(), container.toLowerCase().replace(/\/$/, '')]
  return inner === outer || inner.startsWith(`${outer}/`)
}

/** A scope that may be given as a parameter: a management group, a subscription, or something under one. */
export const SCOPE =
  /^\/(?:subscriptions\/[0-9a-f-]{36}(?:\/[\w()-][\w().-]*)*|providers\/Microsoft\.Management\/managementGroups\/[\w().-]+)$/i

/** The scopes that are worked on: those given, else every subscription that we look at. */
export function scopesOf(client: AzureClient, given: readonly string[] | undefined): string[] {
  return given ? [...given] : client.subscriptions.map(({ id }) => `/subscriptions/${id}`)
}
