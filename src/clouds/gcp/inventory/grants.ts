import { type Fault, toFault } from '../../../model/fault.ts'
import { type Json, same } from '../../../model/json.ts'
import type { GcpClient } from '../client.ts'
import { memberKey } from '../policies/members.ts'
import type { Binding, Policy } from '../policies/policy.ts'
import { policyCall } from '../policies/resource.ts'
import { powersOf } from '../policies/role-powers.ts'
import { serviceAccountPolicies } from './assets.ts'

/** A role that somebody holds, for people and expressions. */
export interface Grant {
  role: string
  resource: string
  /** The condition's expression, empty for none. */
  condition: string
}

/** A resource of which something is not known, and why. */
export interface Unread {
  /** e.g. `organizations/34` */
  resource: string
  because: string
}

/** Roles of members on the project and above it. */
export interface Grants {
  /** Roles of a member by the policies that could be read. */
  of(member: string): readonly Grant[]
  /** Where policies could not be read, or not even what is above; nobody's grants are known in full then. */
  unread: readonly Unread[]
}

/** Policies of folders and the organization, which are the same for every project below. */
export type PolicyCache = Map<string, Promise<Policy>>

/** Reads the policies once. `warn` is called for each that may not be read: its grants are then not known. */
export async function grantsOn(
  client: GcpClient,
  cache: PolicyCache,
  warn: (message: string) => void,
): Promise<Grants> {
  const found = new Map<string, Grant[]>()
  const unread: Unread[] = [...client.hidden]
  for (const resource of [`projects/${client.project}`, ...client.ancestors]) {
    let policy: Policy
    try {
      const known = cache.get(resource) ?? client.call<Policy>(policyCall(resource, 'getIamPolicy'))
      if (!resource.startsWith('projects/')) cache.set(resource, known)
      policy = await known
    } catch (error) {
      cache.delete(resource)
      const { message } = unreadable(error)
      warn(`what ${resource} grants is not known: ${message}`)
      unread.push({ resource, because: message })
      continue
    }
    for (const { member, ...grant } of grantsIn(policy.bindings ?? [], resource)) {
      const name = memberKey(member)
      const list = found.get(name) ?? []
      found.set(name, list)
      // A policy may say the same twice, until it is next written.
      if (!list.some(each => same(each, grant))) list.push(grant)
    }
  }
  return { of: member => found.get(memberKey(member)) ?? [], unread }
}

function grantsIn(bindings: readonly Binding[], resource: string): (Grant & { member: string })[] {
  return bindings.flatMap(({ role, members = [], condition }) =>
    members.map(member => ({ member, role, resource, condition: String(condition?.expression ?? '') })),
  )
}

/** Identities of machines elsewhere: pools and what is in them, Kubernetes service accounts, Google's agents. */
const WORKLOAD = /^principal(Set)?:\/\/|\.svc\.id\.goog\[/

export interface Impersonation {
  impersonators: Json
  workloads: string[]
}

/**
 * Who may act as a service account, or make credentials of it, by its own policy; by the permissions in each role. A role of
 * which Google does not tell what is in it counts.
 */
export async function impersonationOf(client: GcpClient, policy: Policy): Promise<Impersonation> {
  const all: (Grant & { member: string })[] = []
  for (const binding of policy.bindings ?? []) {
    const powers = await powersOf(client, binding.role, 'account')
    if (powers === 'unknown' || powers.length > 0) all.push(...grantsIn([binding], ''))
  }
  const alive = all.filter(({ member }) => !member.startsWith('deleted:'))
  const workloads = alive.map(({ member }) => member).filter(each => WORKLOAD.test(each))
  return {
    impersonators: alive.map(({ member, role, condition }) => ({ member, role, condition })),
    workloads: [...new Set(workloads)],
  }
}

/** Finds the policy of a service account; undefined where it could not be read. */
export type PolicyOf = (account: { email: string; uniqueId: string }) => Promise<Policy | undefined>

/**
 * From one search over the project, which leaves out policies without bindings; where that is not permitted, one call for
 * each account, and none where that is not permitted either.
 */
export async function accountPolicies(client: GcpClient, warn: (message: string) => void): Promise<PolicyOf> {
  try {
    const found = await serviceAccountPolicies(client)
    return async ({ email, uniqueId }) => found.get(uniqueId) ?? found.get(email.toLowerCase()) ?? {}
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
      if (fault.code === 'gone') return {}
      unreadable(error)
      if (!refused) warn(`who may act as service accounts is not known: ${fault.message}`)
      refused = true
      return undefined
    }
  }
}

/** A thing that may not be read is reported and left out; any other fault stops the listing. @throws Fault */
export function unreadable(error: unknown): Fault {
  const fault = toFault(error)
  if (!['denied', 'unsupported', 'gone', 'rejected'].includes(fault.code)) throw fault
  return fault
}
