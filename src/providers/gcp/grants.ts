import { type Fault, toFault } from '../../model/fault.ts'
import { type Json, same } from '../../model/json.ts'
import { serviceAccountPolicies } from './assets.ts'
import type { GcpClient } from './client.ts'
import type { Binding, Policy } from './policies/policy.ts'
import { policyCall } from './policies/resource.ts'

/** A role that somebody holds, for people and expressions. */
export interface Grant {
  role: string
  resource: string
  /** The condition's expression, empty for none. */
  condition: string
}

/** What each member holds on the project and above it: a member's name in lower case → its grants. */
export type Grants = ReadonlyMap<string, Grant[]>

/** Policies of folders and the organization, which are the same for every project below. */
export type PolicyCache = Map<string, Promise<Policy>>

/** Reads the policies once. `warn` is told of those that may not be read: what they grant is then not seen. */
export async function grantsOn(
  client: GcpClient,
  cache: PolicyCache,
  warn: (message: string) => void,
): Promise<Grants> {
  const found = new Map<string, Grant[]>()
  for (const resource of [`projects/${client.project}`, ...client.ancestors]) {
    let policy: Policy
    try {
      const known = cache.get(resource) ?? client.call<Policy>(policyCall(resource, 'getIamPolicy'))
      if (!resource.startsWith('projects/')) cache.set(resource, known)
      policy = await known
    } catch (error) {
      cache.delete(resource)
      const fault = unreadable(error)
      warn(`what ${resource} grants is not known: ${fault.message}`)
      continue
    }
    for (const { member, ...grant } of grantsIn(policy.bindings ?? [], resource)) {
      const list = found.get(member.toLowerCase()) ?? []
      found.set(member.toLowerCase(), list)
      // A policy may say the same twice, until it is next written.
      if (!list.some(each => same(each, grant))) list.push(grant)
    }
  }
  return found
}

function grantsIn(bindings: readonly Binding[], resource: string): (Grant & { member: string })[] {
  return bindings.flatMap(({ role, members = [], condition }) =>
    members.map(member => ({ member, role, resource, condition: String(condition?.expression ?? '') })),
  )
}

/** Roles by which somebody may get tokens of a service account, or run something as it. */
const IMPERSONATION =
  /^roles\/(iam\.(serviceAccount(TokenCreator|OpenIdTokenCreator|User|Admin|KeyAdmin)|workloadIdentityUser)|owner|editor)$/

/** Identities of machines elsewhere: pools and what is in them, Kubernetes service accounts. */
const WORKLOAD = /^principal(Set)?:\/\/|\.svc\.id\.goog\[/

export interface Impersonation {
  impersonators: Json
  workloads: string[]
}

/** Who may act as a service account by its own policy. */
export function impersonationOf(policy: Policy | undefined): Impersonation {
  const all = grantsIn(policy?.bindings ?? [], '').filter(
    ({ role, member }) =>
      !member.startsWith('deleted:') && (IMPERSONATION.test(role) || !/^roles\//.test(role)),
  )
  const workloads = all.map(({ member }) => member).filter(each => WORKLOAD.test(each))
  return {
    impersonators: all.map(({ member, role, condition }) => ({ member, role, condition })),
    workloads: [...new Set(workloads)],
  }
}

/** Finds the policy of a service account. */
export type PolicyOf = (account: { email: string; uniqueId: string }) => Promise<Policy | undefined>

/**
 * From one search over the project; where that is not permitted, one call for each account, and none where that is
 * not permitted either.
 */
export async function accountPolicies(client: GcpClient, warn: (message: string) => void): Promise<PolicyOf> {
  try {
    const found = await serviceAccountPolicies(client)
    return async ({ email, uniqueId }) => found.get(uniqueId) ?? found.get(email.toLowerCase())
  } catch (error) {
    unreadable(error)
  }
  let refused = false
  return async ({ uniqueId }) => {
    if (refused) return undefined
    try {
      const resource = `projects/${client.project}/serviceAccounts/${uniqueId}`
      return await client.call<Policy>(policyCall(resource, 'getIamPolicy'))
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'gone') return undefined
      unreadable(error)
      if (!refused) warn(`who may act as service accounts is not known: ${fault.message}`)
      refused = true
      return undefined
    }
  }
}

/** A thing that may not be read is told and done without; anything else stops the listing. @throws Fault */
export function unreadable(error: unknown): Fault {
  const fault = toFault(error)
  if (!['denied', 'unsupported', 'gone', 'rejected'].includes(fault.code)) throw fault
  return fault
}
