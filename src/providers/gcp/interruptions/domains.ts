import { Fault } from '../../../model/fault.ts'
import type { GcpClient } from '../client.ts'
import type { PolicyResource } from '../policies/resource.ts'

interface OrgPolicy {
  spec?: { rules?: { allowAll?: boolean; denyAll?: boolean; values?: { allowedValues?: string[] } }[] }
}

/**
 * Whether an account of this project may be granted something on a resource again. Domain restricted sharing is not
 * looked at for what was granted before it, so a grant may be there that could not be put back (Resource Manager
 * documentation, "Restricting domains"). `unknown`: we may not read it.
 */
export async function mayBeGranted(
  client: GcpClient,
  resource: PolicyResource,
): Promise<boolean | 'unknown'> {
  const key = `domains ${resource}`
  const known = client.shared.get(key)
  const asked = known instanceof Promise ? (known as ReturnType<typeof ask>) : ask(client, resource)
  client.shared.set(key, asked)
  return await asked
}

async function ask(client: GcpClient, resource: PolicyResource): Promise<boolean | 'unknown'> {
  // A service account has the policy of its project.
  const [collection = '', id = ''] = resource.split('/')
  try {
    const { spec } = await client.call<OrgPolicy>({
      service: 'orgpolicy',
      operation: `orgpolicy.${collection}.policies.getEffectivePolicy`,
      method: 'GET',
      path: `/v2/${collection}/${id}/policies/iam.allowedPolicyMemberDomains:getEffectivePolicy`,
    })
    const rules = spec?.rules ?? []
    const allowed = rules.flatMap(({ values }) => values?.allowedValues ?? [])
    if (rules.some(({ allowAll }) => allowAll)) return true
    if (rules.length === 0 || (allowed.length === 0 && !rules.some(({ denyAll }) => denyAll))) return true
    return await isAmong(client, allowed)
  } catch (error) {
    if (error instanceof Fault && error.code !== 'bug' && error.code !== 'interrupted') return 'unknown'
    throw error
  }
}

/** By the organization itself, or the customer that it belongs to (`C0…`, also as `is:C0…`). */
async function isAmong(client: GcpClient, allowed: readonly string[]): Promise<boolean> {
  const organization = client.ancestors.find(each => each.startsWith('organizations/'))
  if (organization === undefined) return false
  if (allowed.some(each => each.endsWith(`//iam.googleapis.com/${organization}`))) return true
  const { directoryCustomerId } = await client.call<{ directoryCustomerId?: string }>({
    service: 'cloudresourcemanager',
    operation: 'cloudresourcemanager.organizations.get',
    method: 'GET',
    path: `/v3/${organization}`,
  })
  return allowed.some(each => each.replace(/^is:/, '') === directoryCustomerId)
}
