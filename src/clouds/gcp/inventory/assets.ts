import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { sameMember } from '../policies/members.ts'
import type { Policy } from '../policies/policy.ts'

/** One resource and the bindings of it that a search asked for, as Cloud Asset Inventory answers. */
interface Found {
  /** e.g. `//cloudresourcemanager.googleapis.com/projects/acme` */
  resource?: string
  assetType?: string
  policy?: Policy
}

const EDITABLE = [
  'cloudresourcemanager.googleapis.com/Project',
  'cloudresourcemanager.googleapis.com/Folder',
  'cloudresourcemanager.googleapis.com/Organization',
  'iam.googleapis.com/ServiceAccount',
]

/**
 * Full names of the projects, folders, organizations and service accounts whose policy names a member (`serviceAccount:…`,
 * `principal://…`), as far as Cloud Asset Inventory knows: minutes old, no groups expanded, and only where a search over
 * the scope is permitted. The policies in such an answer hold the matching bindings alone and must never be written back
 * (Cloud Asset API, IamPolicySearchResult). @throws Fault where it is not permitted
 */
export async function resourcesBinding(client: GcpClient, member: string): Promise<string[]> {
  const name = member.replace(/^[a-zA-Z]+:(?!\/\/)/, '')
  const query = `policy:"${name.replace(/["\\]/g, '')}"`
  const found = new Set<string>()
  const results = search(client, client.assetScope, EDITABLE, query)
  for await (const { resource, assetType = '', policy } of results) {
    const names = (policy?.bindings ?? []).some(({ members }) =>
      members?.some(each => sameMember(each, member)),
    )
    if (resource !== undefined && names && EDITABLE.includes(assetType)) found.add(resource)
  }
  return [...found].sort()
}

/**
 * The policies of all service accounts of a project, by address or unique id, in a few calls for any number of them.
 * Some minutes old. @throws Fault where it is not permitted
 */
export async function serviceAccountPolicies(client: GcpClient): Promise<Map<string, Policy>> {
  const found = new Map<string, Policy>()
  const types = ['iam.googleapis.com/ServiceAccount']
  for await (const { resource = '', policy } of search(client, `projects/${client.project}`, types)) {
    const name = /\/serviceAccounts\/([^/]+)$/.exec(resource)?.[1]
    if (name !== undefined && policy !== undefined) found.set(name.toLowerCase(), policy)
  }
  return found
}

function search(
  client: GcpClient,
  scope: string,
  assetTypes: readonly string[],
  query?: string,
): AsyncIterable<Found> {
  return client.pages<Found>(
    gcpCall('GET', 'cloudasset.searchAllIamPolicies', `/v1/${scope}:searchAllIamPolicies`, {
      query: { assetTypes, pageSize: '500', ...(query === undefined ? {} : { query }) },
    }),
  )
}
