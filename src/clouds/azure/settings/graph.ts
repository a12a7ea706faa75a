import type { Json } from '../../../model/json.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureCall, AzureClient } from '../client.ts'
import { PRINCIPAL_FIELDS, type PrincipalRecord } from '../inventory/records.ts'

/** Microsoft Graph's application permissions that are asked for, by its permission map the least for each call. */
export const APPLICATION_READ = 'Application.Read.All'
export const APPLICATION_WRITE = 'Application.ReadWrite.All'
export const AGENT_SWITCH = 'AgentIdentity.EnableDisable.All'
export const BLUEPRINT_SWITCH = 'AgentIdentityBlueprintPrincipal.EnableDisable.All'
export const APP_ROLE_WRITE = 'AppRoleAssignment.ReadWrite.All'
export const GRANT_READ = 'Directory.Read.All'
export const GRANT_WRITE = 'DelegatedPermissionGrant.ReadWrite.All'
export const DIRECTORY_ROLE_READ = 'RoleManagement.Read.Directory'
export const DIRECTORY_ROLE_WRITE = 'RoleManagement.ReadWrite.Directory'
export const DIRECTORY_SCHEDULE_READ = 'RoleAssignmentSchedule.Read.Directory'
export const GROUP_READ = 'GroupMember.Read.All'
export const GROUP_WRITE = 'GroupMember.ReadWrite.All'
export const POLICY_READ = 'Policy.Read.All'
export const POLICY_WRITE = 'Policy.ReadWrite.ConditionalAccess'
export const LICENCE_READ = 'LicenseAssignment.Read.All'

/**
 * Seconds between two looks at a setting of the directory under guard. An application may write 3,000 times in 150 seconds
 * (Microsoft Graph, "Service-specific throttling limits", identity and access), which a thief would otherwise have us use up.
 */
export const DIRECTORY_LOOK = 0.5

interface More {
  query?: { [name: string]: string }
  body?: Json
  headers?: { [name: string]: string }
  repeatable?: boolean
}

/**
 * A call of Microsoft Graph.
 *
 * @param template `/v1.0/servicePrincipals/{id}`; each `{…}` is filled from `ids`, percent-encoded
 */
export function graphCall(
  method: AzureCall['method'],
  template: string,
  ids: readonly string[] = [],
  { query, body, headers, repeatable }: More = {},
): AzureCall {
  let at = 0
  return {
    service: 'graph',
    method,
    path: template.replaceAll(/\{[^}]*\}/g, () => encodeURIComponent(ids[at++] ?? '')),
    operation: `${method} ${template}`,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
    ...(repeatable === undefined ? {} : { repeatable }),
  }
}

/** A text in a `$filter` (OData: a quote is doubled). */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The members that are read of a service principal; Graph leaves out or nulls what is not set. */
export type ServicePrincipal = Omit<PrincipalRecord, 'passwordCredentials' | 'keyCredentials' | 'tags'>

/**
 * As the directory has it now: one object, asked for by id, never from a list (Graph, "Advanced query capabilities"). With its
 * credentials, so that a plan's look-up and a sweep ask the same.
 */
export async function servicePrincipalOf(
  client: AzureClient,
  id: string,
): Promise<ServicePrincipal | undefined> {
  return await unlessGone(
    client.call<ServicePrincipal>(
      graphCall('GET', '/v1.0/servicePrincipals/{id}', [id], { query: { $select: PRINCIPAL_FIELDS } }),
    ),
  )
}
