import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import type { Use } from './common-facts.ts'
import { unreadable } from './grants.ts'

interface Activity {
  /** e.g. `//iam.googleapis.com/projects/acme/serviceAccounts/a@acme.iam.gserviceaccount.com/keys/1f…` */
  fullResourceName?: string
  activity?: { lastAuthenticatedTime?: string }
}

/** Last uses, by the last part of the resource's name: an address, or a key's id. */
export type Uses = ReadonlyMap<string, Use>

/**
 * Last authentications of a project's accounts or keys from Policy Analyzer, a thousand a call. Its times are whole
 * days; it looks back some 90 days and leaves out what it did not see (Policy Intelligence documentation, "View recent
 * usage for service accounts and keys"). None, with a warning, where it is not permitted or not switched on.
 */
export async function usesOf(
  client: GcpClient,
  of: 'serviceAccountLastAuthentication' | 'serviceAccountKeyLastAuthentication',
  warn: (message: string) => void,
): Promise<Uses> {
  const found = new Map<string, Use>()
  const parent = `projects/${client.project}/locations/global/activityTypes/${of}`
  try {
    const pages = client.pages<Activity>(
      gcpCall(
        'GET',
        'policyanalyzer.projects.locations.activityTypes.activities.query',
        `/v1/${parent}/activities:query`,
        { query: { pageSize: '1000' } },
      ),
    )
    for await (const { fullResourceName = '', activity } of pages) {
      const name = fullResourceName.split('/').at(-1)
      if (name) found.set(name, { last: activity?.lastAuthenticatedTime })
    }
  } catch (error) {
    const whose = of === 'serviceAccountLastAuthentication' ? 'service accounts' : 'their keys'
    // For display and for choosing what is idle; no reason to stop.
    warn(`${client.project}: when ${whose} were last used is not known: ${unreadable(error).message}`)
    return new Map()
  }
  return found
}
