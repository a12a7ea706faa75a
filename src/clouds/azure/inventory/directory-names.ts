import { Fault } from '../../../model/fault.ts'
import type { AzureClient } from '../client.ts'
import { graphRead } from '../http/read-requests.ts'
import type { AppRoleRecord } from './records.ts'

/** An interface of the tenant, by the ids of its roles. */
export interface Resource {
  name: string
  roles: ReadonlyMap<string, string>
}

/**
 * Microsoft's own interfaces whose permissions are worth having: who holds one of them is asked of the interface, one
 * listing for all principals (Microsoft Learn, "Verify first-party Microsoft applications in sign-in reports").
 */
export const INTERFACES = [
  '00000003-0000-0000-c000-000000000000', // Microsoft Graph
  '00000002-0000-0000-c000-000000000000', // Azure Active Directory Graph
  '00000002-0000-0ff1-ce00-000000000000', // Exchange Online
  '00000003-0000-0ff1-ce00-000000000000', // SharePoint Online
  'c5393580-f805-4401-95e8-94b7a6ef2fc2', // Office 365 Management APIs
  'fc780465-2017-40d4-a0c5-307022471b92', // Microsoft Defender for Endpoint
]

/** Names of the directory roles by id, in lower case. */
export async function directoryRoleNames(client: AzureClient): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  const definitions = client.pages<{ id: string; displayName?: string | null }>(directoryRoleCall())
  for await (const { id, displayName } of definitions) names.set(id.toLowerCase(), displayName ?? id)
  return names
}

/** The directory roles that there are. */
export const directoryRoleCall = () =>
  graphRead('/v1.0/roleManagement/directory/roleDefinitions', { $select: 'id,displayName' })

/** Those of the interfaces that this tenant has, with the names of their roles. */
export async function resourcesOf(
  client: AzureClient,
  appIds: readonly string[],
): Promise<Map<string, Resource>> {
  const found = await client.batch<{
    id: string
    displayName?: string | null
    appRoles?: AppRoleRecord[] | null
  }>(
    appIds.map(appId =>
      graphRead(
        `/v1.0/servicePrincipals(appId='${encodeURIComponent(appId)}')`,
        { $select: 'id,displayName,appRoles' },
        undefined,
        'GET /v1.0/servicePrincipals(appId={value})',
      ),
    ),
  )
  const resources = new Map<string, Resource>()
  for (const each of found) {
    if (each instanceof Fault) {
      if (each.code === 'gone') continue
      throw each
    }
    resources.set(each.id, resourceOf(each))
  }
  return resources
}

/** An interface as Graph shows it, by its name and the ids of its roles. */
export function resourceOf({
  displayName,
  appRoles,
}: {
  displayName?: string | null
  appRoles?: AppRoleRecord[] | null
}): Resource {
  const roles = new Map((appRoles ?? []).map(({ id, value }) => [id, value || id] as const))
  return { name: displayName ?? '', roles }
}
