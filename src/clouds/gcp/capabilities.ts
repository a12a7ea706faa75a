import type { Besides, Right, Rights } from '../../model/capability.ts'
import { toFault, unlessBug } from '../../model/fault.ts'
import type { GcpClient } from './client.ts'
import { gcpCall } from './http/call.ts'
import { listAccounts } from './inventory/accounts.ts'
import { type PolicyResource, policyCall } from './policies/resource.ts'

/** Permissions of one request (Resource Manager API reference, "testIamPermissions": no limit is documented). */
const AT_ONCE = 100

/** Service accounts that are asked about besides the project: a role may be granted on single ones, or be denied there. */
const SAMPLES = 3

const DENY = /^iam\.denypolicies\./

const BASIS =
  'by testIamPermissions on the project, what is above it and a few service accounts (it may grant what is refused later, as Google says)'

const NO_ORGANIZATION =
  'the project is in no organization, and only an organization can grant roles/iam.denyAdmin, which deny policies take'

/**
 * Which permissions we have in the project of the client. Reads only: `testIamPermissions` speaks about the caller and
 * takes no permission (Resource Manager API reference, "projects.testIamPermissions").
 */
export async function rights(client: GcpClient, permissions: readonly string[]): Promise<Rights> {
  const [above, accounts] = await Promise.all([aboveOf(client), sampleAccounts(client)])
  const held = new Map<string, Right>()
  const places = new Map<string, PolicyResource[]>()
  for (const permission of permissions) {
    const found = placesOf(permission, client, above, accounts)
    if (Array.isArray(found)) places.set(permission, found)
    else held.set(permission, found)
  }
  const asked = new Map<PolicyResource, string[]>()
  for (const [permission, resources] of places) {
    for (const resource of resources) asked.set(resource, [...(asked.get(resource) ?? []), permission])
  }
  const answers = new Map(
    await Promise.all(
      [...asked].map(async ([resource, its]) => [resource, await tested(client, resource, its)] as const),
    ),
  )
  for (const [permission, resources] of places) {
    const its = resources.map((resource): [PolicyResource, Tested] => [
      resource,
      answers.get(resource)?.get(permission) ?? { why: 'it was not asked about' },
    ])
    held.set(permission, rightOf(permission, its))
  }
  const besides: Besides[] =
    above.organization === 'none'
      ? [
          {
            on: ['gcp.service-account.quarantine'],
            stages: ['contain', 'restore'],
            answer: 'unavailable',
            why: NO_ORGANIZATION,
          },
        ]
      : []
  return { held, besides, basis: BASIS }
}

/** Resources above a project, also those that may be asked about but not be read. */
interface Above {
  folders: PolicyResource[]
  /** Its name; `none` where there is none; why nobody can tell. */
  organization: PolicyResource | 'none' | { why: string }
}

async function aboveOf(client: GcpClient): Promise<Above> {
  const folders = client.ancestors.filter(each => each.startsWith('folders/'))
  const organization = client.ancestors.find(each => each.startsWith('organizations/'))
  if (organization !== undefined) return { folders, organization }
  const highest = folders.at(-1) ?? `projects/${client.project}`
  try {
    const [collection] = highest.split('/')
    const { parent } = await client.call<{ parent?: string }>(
      gcpCall('GET', `cloudresourcemanager.${collection}.get`, `/v3/${highest}`),
    )
    if (!parent) return { folders, organization: 'none' }
    if (parent.startsWith('organizations/')) return { folders, organization: parent }
    return {
      folders: [...folders, parent],
      organization: { why: `what is above ${parent} may not be read (resourcemanager.folders.get)` },
    }
  } catch (error) {
    return {
      folders,
      organization: { why: `what is above ${highest} is not known: ${unlessBug(error).message}` },
    }
  }
}

/** Names by unique id; none where they may not be listed. */
async function sampleAccounts(client: GcpClient): Promise<PolicyResource[]> {
  const found: PolicyResource[] = []
  try {
    for await (const { uniqueId } of listAccounts(client)) {
      found.push(`projects/${client.project}/serviceAccounts/${uniqueId}`)
      if (found.length === SAMPLES) break
    }
  } catch (error) {
    unlessBug(error)
  }
  return found
}

/** Where a permission counts, or what is known without asking. */
function placesOf(
  permission: string,
  client: GcpClient,
  { folders, organization }: Above,
  accounts: readonly PolicyResource[],
): PolicyResource[] | Right {
  const project = `projects/${client.project}`
  // Nothing is there that it could be missing on.
  if (permission.startsWith('resourcemanager.folders.')) return folders.length > 0 ? folders : { held: 'yes' }
  if (permission.startsWith('resourcemanager.organizations.')) {
    if (organization === 'none') return { held: 'yes' }
    return typeof organization === 'string' ? [organization] : { held: 'unknown', why: organization.why }
  }
  if (permission.startsWith('cloudasset.')) return [client.assetScope]
  if (/^iam\.serviceAccount(s|Keys)\./.test(permission) && !permission.endsWith('.list')) {
    return accounts.length > 0 ? [...accounts] : [project]
  }
  return [project]
}

/** Whether we have it there, or why the cloud does not say. */
type Tested = boolean | { why: string }

async function tested(
  client: GcpClient,
  resource: PolicyResource,
  permissions: readonly string[],
): Promise<Map<string, Tested>> {
  if (permissions.length > AT_ONCE) return await inHalves(client, resource, permissions)
  try {
    const { permissions: held = [] } = await client.call<{ permissions?: string[] }>(
      policyCall(resource, 'testIamPermissions', { permissions: [...permissions] }),
    )
    return new Map(permissions.map(each => [each, held.includes(each)]))
  } catch (error) {
    const fault = toFault(error)
    // A permission that is not for this type of resource makes the whole request invalid.
    if (fault.code === 'rejected' && permissions.length > 1)
      return await inHalves(client, resource, permissions)
    const why = unlessBug(error).message
    return new Map(permissions.map(each => [each, { why }]))
  }
}

async function inHalves(
  client: GcpClient,
  resource: PolicyResource,
  permissions: readonly string[],
): Promise<Map<string, Tested>> {
  const half = Math.ceil(permissions.length / 2)
  const found = await Promise.all(
    [permissions.slice(0, half), permissions.slice(half)].map(each => tested(client, resource, each)),
  )
  return new Map(found.flatMap(each => [...each]))
}

function rightOf(permission: string, answers: readonly [PolicyResource, Tested][]): Right {
  const unknown = answers.map(([, answer]) => answer).find(answer => typeof answer === 'object')
  const lacking = answers.filter(([, answer]) => answer === false).map(([resource]) => resource)
  if (lacking.length === 0) {
    return unknown === undefined ? { held: 'yes' } : { held: 'unknown', why: unknown.why }
  }
  if (lacking.length < answers.length) return { held: 'part', where: `not on ${lacking.join(', ')}` }
  if (DENY.test(permission))
    return { held: 'no', where: 'it comes with roles/iam.denyAdmin on the organization' }
  return /^resourcemanager\.(folders|organizations)\./.test(permission)
    ? { held: 'no', where: `on ${lacking.join(', ')}` }
    : { held: 'no' }
}
