import { Fault } from '../../../model/fault.ts'
import type { GcpClient } from '../client.ts'
import type { Hosts } from '../http/hosts.ts'
import { isHarmless, knownPowers } from './predefined-roles.ts'

/**
 * Permissions by which somebody acts as a service account, makes credentials of it, or lets themselves do so, and what
 * each means in words (IAM documentation, "Roles and permissions for service account authentication"; "Manage API keys",
 * keys that are bound to a service account).
 */
const ON_THE_ACCOUNT: { readonly [permission: string]: string } = {
  'iam.serviceAccounts.getAccessToken': 'get its tokens',
  'iam.serviceAccounts.getOpenIdToken': 'get its ID tokens',
  'iam.serviceAccounts.implicitDelegation': 'get its tokens in a chain',
  'iam.serviceAccounts.signBlob': 'sign as it',
  'iam.serviceAccounts.signJwt': 'sign as it',
  'iam.serviceAccounts.actAs': 'run things as it',
  'iam.serviceAccountKeys.create': 'make keys of it',
  'iam.serviceAccountApiKeyBindings.create': 'make API keys of it',
  'iam.serviceAccounts.setIamPolicy': 'change its policy',
}

/** The same, where they are granted on what is above the account. */
const ABOVE: { readonly [permission: string]: string } = {
  ...ON_THE_ACCOUNT,
  'storage.hmacKeys.create': 'make HMAC keys of it',
  'resourcemanager.projects.setIamPolicy': 'grant themselves any of this',
  'resourcemanager.folders.setIamPolicy': 'grant themselves any of this',
  'resourcemanager.organizations.setIamPolicy': 'grant themselves any of this',
}

/** Powers of a role's holder over a service account, in words; empty for none. `unknown`: Google does not show them. */
export type Powers = readonly string[] | 'unknown'

const NAME = /^(roles|projects\/[^/\s]+\/roles|organizations\/\d+\/roles)\/[A-Za-z0-9_.]+$/

/** Shared by the sessions of one way in: a role is the same for all projects. */
const asked = new WeakMap<Hosts, Map<string, Promise<readonly string[] | 'unknown'>>>()

/**
 * Returns the powers of a role's holder over a service account. Roles that are not known by name are looked up (iam.roles.get),
 * each once. Throws the Fault of a cloud that is not there; one that refuses to say is `unknown`.
 *
 * @param at where it is granted
 */
export async function powersOf(client: GcpClient, role: string, at: 'account' | 'above'): Promise<Powers> {
  const permissions = knownPowers(role) ?? (await permissionsIn(client, role))
  if (permissions === 'unknown') return permissions
  const words = at === 'account' ? ON_THE_ACCOUNT : ABOVE
  return [...new Set(permissions.flatMap(each => (Object.hasOwn(words, each) ? (words[each] ?? []) : [])))]
}

async function permissionsIn(client: GcpClient, role: string): Promise<readonly string[] | 'unknown'> {
  const all = asked.get(client.hosts) ?? new Map<string, Promise<readonly string[] | 'unknown'>>()
  asked.set(client.hosts, all)
  const known = all.get(role) ?? lookedUp(client, role)
  all.set(role, known)
  known.catch(() => all.delete(role))
  return await known
}

async function lookedUp(client: GcpClient, role: string): Promise<readonly string[] | 'unknown'> {
  const [, parent = ''] = NAME.exec(role) ?? []
  if (parent === '') return 'unknown'
  try {
    const { includedPermissions = [], deleted = false } = await client.call<{
      includedPermissions?: string[]
      deleted?: boolean
    }>({
      operation: parent === 'roles' ? 'iam.roles.get' : `iam.${parent.split('/')[0]}.roles.get`,
      service: 'iam',
      method: 'GET',
      path: `/v1/${role.split('/').map(encodeURIComponent).join('/')}`,
    })
    // A deleted role stays in policies and grants nothing (IAM documentation, "Create and manage custom roles").
    return deleted ? [] : includedPermissions
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'gone' && parent !== 'roles') return []
    if (!['denied', 'unsupported', 'rejected', 'gone'].includes(error.code)) throw error
    return isHarmless(role) ? [] : 'unknown'
  }
}
