import type { AzureClient } from '../client.ts'
import { graphRead } from '../http/read-requests.ts'
import { time } from './facts.ts'

/**
 * When applications were last signed in as, by app id in lower case. It takes a premium licence and is not in the
 * sovereign clouds (Microsoft Graph beta, "servicePrincipalSignInActivity").
 */
export async function lastSignIns(client: AzureClient): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const rows = client.pages<{
    appId?: string | null
    lastSignInActivity?: { lastSignInDateTime?: string | null } | null
  }>(graphRead('/beta/reports/servicePrincipalSignInActivities'))
  for await (const { appId, lastSignInActivity } of rows) {
    const at = time(lastSignInActivity?.lastSignInDateTime)
    if (appId && at !== undefined) found.set(appId.toLowerCase(), at)
  }
  return found
}
