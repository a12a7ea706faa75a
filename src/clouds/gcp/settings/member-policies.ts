import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'

/** A verdict on a grant: `unknown` where nobody can tell, or where we may not read what decides. */
export type Verdict = boolean | 'unknown'

interface Effective {
  spec?: {
    rules?: {
      enforce?: boolean
      condition?: object
      parameters?: { allowedMemberSubjects?: string[]; allowedPrincipalSets?: string[] }
    }[]
  }
}

/** Members that the managed constraint allows. `unsure`: a rule of it depends on tags. */
export interface Managed {
  restricted: boolean
  unsure: boolean
  subjects: readonly string[]
  /** Full names of organizations, folders, projects and pools whose members are all allowed. */
  sets: readonly string[]
}

/**
 * The managed constraint on who may be in a policy, as it is in force on a resource. Like domain restricted sharing it
 * looks at what is added, not at what is there (Organization Policy documentation, "Managed constraints",
 * iam.managed.allowedPolicyMembers).
 */
export async function managedMembers(client: GcpClient, resource: string): Promise<Managed> {
  const rules = await rulesOf(client, resource, 'iam.managed.allowedPolicyMembers')
  const enforced = rules.filter(({ enforce }) => enforce === true)
  return {
    restricted: enforced.length > 0,
    unsure: rules.some(({ condition }) => condition !== undefined),
    subjects: enforced.flatMap(({ parameters }) => parameters?.allowedMemberSubjects ?? []),
    sets: enforced.flatMap(({ parameters }) => parameters?.allowedPrincipalSets ?? []),
  }
}

/**
 * Whether a custom constraint on allow policies is in force on a resource. Its verdict on a grant is not ours
 * to evaluate (Organization Policy documentation, "Custom constraints for allow policies").
 */
export async function hasCustomConstraint(client: GcpClient, resource: string): Promise<boolean> {
  const organization = client.ancestors.find(each => each.startsWith('organizations/'))
  if (organization === undefined) return false
  const names = await constraintsOf(client).once(organization, () => constraintsOn(client, organization))
  for (const name of names) {
    const rules = await rulesOf(client, resource, name)
    if (rules.some(({ enforce }) => enforce === true)) return true
  }
  return false
}

const constraintsOf = perClient((_: GcpClient) => new Answers<string[]>())

/** Names of the custom constraints of an organization that are about allow policies. */
async function constraintsOn(client: GcpClient, organization: string): Promise<string[]> {
  const found: string[] = []
  const pages = client.pages<{ name?: string; resourceTypes?: string[] }>(
    gcpCall('GET', 'orgpolicy.organizations.customConstraints.list', `/v2/${organization}/customConstraints`),
  )
  for await (const { name = '', resourceTypes = [] } of pages) {
    const id = name.split('/').at(-1)
    if (id && resourceTypes.includes('iam.googleapis.com/AllowPolicy')) found.push(id)
  }
  return found
}

async function rulesOf(client: GcpClient, resource: string, constraint: string) {
  const { spec } = await client.call<Effective>(
    gcpCall(
      'GET',
      `orgpolicy.${resource.split('/')[0]}.policies.getEffectivePolicy`,
      `/v2/${resource}/policies/${encodeURIComponent(constraint)}:getEffectivePolicy`,
    ),
  )
  return spec?.rules ?? []
}
