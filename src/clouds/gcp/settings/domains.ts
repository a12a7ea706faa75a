import { Fault } from '../../../model/fault.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { sameMember } from '../policies/members.ts'
import type { PolicyResource } from '../policies/resource.ts'
import { hasCustomConstraint, type Managed, managedMembers, type Verdict } from './member-policies.ts'

interface OrgPolicy {
  spec?: { rules?: { allowAll?: boolean; denyAll?: boolean; values?: { allowedValues?: string[] } }[] }
}

/** The members that may be granted on a resource: all, or those of an allowed organization. */
interface Domains {
  restricted: boolean
  own: boolean
}

/**
 * Whether a member may be granted something on a resource again. Organization policies do not look at what was granted
 * before them, so a grant may be there that could not be put back (Resource Manager documentation, "Restricting
 * domains"). `unknown`: we may not read them, or a custom one decides.
 */
export async function mayBeGranted(
  client: GcpClient,
  resource: PolicyResource,
  member: string,
): Promise<Verdict> {
  // A project without an organization has no organization policies.
  if (client.ancestors.length === 0 && client.hidden.length === 0) return true
  // A service account has the policy of its project.
  const [collection = '', id = ''] = resource.split('/')
  const at = `${collection}/${id}`
  const [byDomain, byMember, custom] = await Promise.all([
    allowedByDomain(client, at, member),
    allowedByMember(client, at, member),
    unlessUnknown(answersOf(client).custom, at, () => hasCustomConstraint(client, at)),
  ])
  if (byDomain === false || byMember === false) return false
  return byDomain === true && byMember === true && custom === false ? true : 'unknown'
}

/** By the managed constraint: a member that is named, or one of an organization, folder, project or pool that is. */
async function allowedByMember(client: GcpClient, at: string, member: string): Promise<Verdict> {
  const managed = await unlessUnknown(answersOf(client).members, at, () => managedMembers(client, at))
  if (managed === 'unknown' || managed.unsure) return 'unknown'
  if (!managed.restricted || managed.subjects.some(each => sameMember(each, member))) return true
  const home = projectOf(member)
  if (home === undefined || home === 'google') return 'unknown'
  const names = managed.sets.map(each => each.replace(/^\/\/[^/]+\//, ''))
  const ours = [`projects/${client.projectNumber}`, `projects/${client.project}`, ...client.ancestors]
  const isOurs = names.some(each => ours.includes(each))
  if (home === client.project || home === client.projectNumber) return isOurs
  if (names.includes(`projects/${home}`)) return true
  const inside = await unlessUnknown(answersOf(client).homes, home, () => isInOrganization(client, home))
  const allowsOrganization = names.some(each => each.startsWith('organizations/') && ours.includes(each))
  if (inside === true) return allowsOrganization || 'unknown'
  // Somebody else's project may be below another organization that is allowed.
  return names.every(each => ours.includes(each)) && inside === false ? false : 'unknown'
}

async function allowedByDomain(client: GcpClient, at: string, member: string): Promise<Verdict> {
  const domains = await unlessUnknown(answersOf(client).domains, at, () => domainsOf(client, at))
  if (domains === 'unknown' || !domains.restricted) return domains === 'unknown' ? domains : true
  const home = projectOf(member)
  if (home === 'google') return true
  if (home === undefined || !domains.own) return false
  if (home === client.project || home === client.projectNumber) return true
  return await unlessUnknown(answersOf(client).homes, home, () => isInOrganization(client, home))
}

/** The organization policies, by resource or project. */
const answersOf = perClient((_: GcpClient) => ({
  custom: new Answers<boolean | 'unknown'>(),
  members: new Answers<Managed | 'unknown'>(),
  domains: new Answers<Domains | 'unknown'>(),
  homes: new Answers<boolean | 'unknown'>(),
}))

/** Returns the answer, asked once; `unknown` for a fault of the cloud. */
function unlessUnknown<Answer>(
  answers: Answers<Answer | 'unknown'>,
  key: string,
  ask: () => Promise<Answer>,
): Promise<Answer | 'unknown'> {
  return answers.once(key, ask).catch((error: unknown): 'unknown' => {
    if (error instanceof Fault && error.code !== 'bug' && error.code !== 'interrupted') return 'unknown'
    throw error
  })
}

async function domainsOf(client: GcpClient, resource: string): Promise<Domains> {
  const { spec } = await client.call<OrgPolicy>(
    gcpCall(
      'GET',
      `orgpolicy.${resource.split('/')[0]}.policies.getEffectivePolicy`,
      `/v2/${resource}/policies/iam.allowedPolicyMemberDomains:getEffectivePolicy`,
    ),
  )
  const rules = spec?.rules ?? []
  const allowed = rules.flatMap(({ values }) => values?.allowedValues ?? [])
  const open = rules.some(({ allowAll }) => allowAll)
  if (open || (allowed.length === 0 && !rules.some(({ denyAll }) => denyAll))) {
    return { restricted: false, own: true }
  }
  return { restricted: true, own: await isAmong(client, allowed) }
}

/** By the organization itself, or the customer that it belongs to (`C0…`, also as `is:C0…`). */
async function isAmong(client: GcpClient, allowed: readonly string[]): Promise<boolean> {
  const organization = client.ancestors.find(each => each.startsWith('organizations/'))
  if (organization === undefined) return false
  if (allowed.some(each => each.endsWith(`//iam.googleapis.com/${organization}`))) return true
  const { directoryCustomerId } = await client.call<{ directoryCustomerId?: string }>(
    gcpCall('GET', 'cloudresourcemanager.organizations.get', `/v3/${organization}`),
  )
  return allowed.some(each => each.replace(/^is:/, '') === directoryCustomerId)
}

/**
 * One of Google's own accounts, which act for its services in the customer's projects (IAM documentation, "Service agents").
 */
export function isServiceAgent(member: string): boolean {
  const [, name = '', domain = ''] = /^serviceAccount:([^@]+)@(.+)\.gserviceaccount\.com$/.exec(member) ?? []
  if (!domain.endsWith('.iam')) return domain !== '' && domain !== 'developer' && domain !== 'appspot'
  if (domain.startsWith('gcp-sa-')) return true
  return /^service-(org-|folder-)?\d+$/.test(name) && /(-system|robot[a-z0-9-]*)\.iam$/.test(domain)
}

/** The project that a machine's identity belongs to; `google` for service agents, undefined where it is unknown. */
function projectOf(member: string): string | undefined {
  if (isServiceAgent(member)) return 'google'
  const [, account] = /^serviceAccount:(.+)$/.exec(member) ?? []
  if (account !== undefined) {
    return (
      /^[^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(account)?.[1] ??
      /^(\d+)-compute@developer\.gserviceaccount\.com$/.exec(account)?.[1] ??
      /^([a-z0-9-]+)@appspot\.gserviceaccount\.com$/.exec(account)?.[1] ??
      /^([a-z0-9-]+)\.svc\.id\.goog\[/.exec(account)?.[1]
    )
  }
  return /^principal(?:Set)?:\/\/iam\.googleapis\.com\/projects\/(\d+)\//.exec(member)?.[1]
}

/** Up from a project until something that is above ours, too. A project that we may not see is taken for somebody else's. */
async function isInOrganization(client: GcpClient, project: string): Promise<boolean> {
  let at = `projects/${project}`
  for (let level = 0; level < 12; level++) {
    const [collection = ''] = at.split('/')
    const parent = await parentOf(client, collection, at)
    if (client.ancestors.includes(parent)) return true
    if (!parent.startsWith('folders/')) return false
    at = parent
  }
  return false
}

async function parentOf(client: GcpClient, collection: string, resource: string): Promise<string> {
  try {
    const { parent = '' } = await client.call<{ parent?: string }>(
      gcpCall('GET', `cloudresourcemanager.${collection}.get`, `/v3/${resource}`),
    )
    return parent
  } catch (error) {
    if (error instanceof Fault && (error.code === 'denied' || error.code === 'gone')) return ''
    throw error
  }
}
