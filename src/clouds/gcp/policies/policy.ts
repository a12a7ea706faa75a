import { type Json, same } from '../../../model/json.ts'
import { memberKey, sameMember } from './members.ts'

/**
 * An allow policy of version 3. Members that we do not know are kept: some services replace the whole policy by what
 * they are sent (IAM documentation, "Policy").
 */
export interface Policy {
  version?: number
  etag?: string
  bindings?: Binding[]
  [member: string]: unknown
}

export interface Binding {
  role: string
  members?: string[]
  /** Kept to the letter; bindings of one role with different conditions are different bindings. */
  condition?: Condition
  [member: string]: unknown
}

export type Condition = { [member: string]: Json }

/** One member of one binding, to be put in or taken out. */
export interface Delta {
  op: 'add' | 'remove'
  role: string
  member: string
  condition?: Condition
}

/**
 * One role that a member holds: the member in the one spelling that `memberKey` gives it, since IAM spells addresses
 * anew when a policy is written, and the conditions, `null` for none.
 */
export interface Grant {
  role: string
  member: string
  conditions: (Condition | null)[]
}

/** The roles that a member holds itself, by role; what it has through groups or sets is not here. */
export function grantsOf(policy: Policy, member: string): Grant[] {
  const grants = new Map<string, Grant>()
  for (const { role, members = [], condition } of policy.bindings ?? []) {
    if (!members.some(each => sameMember(each, member))) continue
    const known = grants.get(role)
    const others = known?.conditions ?? []
    // The same said twice is said once: IAM merges such bindings when the policy is next written.
    if (others.some(each => same(each, condition ?? null))) continue
    const conditions = sortedConditions([...others, condition ?? null])
    grants.set(role, { role, member: memberKey(member), conditions })
  }
  return [...grants.values()].sort((a, b) => (a.role < b.role ? -1 : 1))
}

/** Every role that each member holds itself, where `isMeant` accepts it: one grant for a role and an identity. */
export function allGrants(policy: Policy, isMeant: (role: string, member: string) => boolean): Grant[] {
  const grants = new Map<string, Grant>()
  for (const { role, members = [], condition = null } of policy.bindings ?? []) {
    for (const member of members) {
      if (!isMeant(role, member)) continue
      const name = memberKey(member)
      const key = `${role}@${name}`
      const known = grants.get(key) ?? { role, member: name, conditions: [] }
      const conditions = known.conditions.some(each => same(each, condition))
        ? known.conditions
        : sortedConditions([...known.conditions, condition])
      grants.set(key, { ...known, conditions })
    }
  }
  return [...grants.values()]
}

/** In one order, so that two readings of the same policy are equal. */
function sortedConditions(conditions: (Condition | null)[]): (Condition | null)[] {
  return [...conditions].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** The policy with the deltas carried out, and whether that changes anything. Other bindings stay as they are. */
export function withDeltas(policy: Policy, deltas: readonly Delta[]): { policy: Policy; changed: boolean } {
  const next = structuredClone(policy)
  const bindings = next.bindings ?? []
  next.bindings = bindings
  let changed = false
  for (const delta of deltas) {
    if (delta.op === 'add' ? add(bindings, delta) : remove(bindings, delta)) changed = true
  }
  // Also where no binding has a condition: taking the last one away must be written as version 3, too.
  next.version = 3
  return { policy: next, changed }
}

function add(bindings: Binding[], { role, member, condition }: Delta): boolean {
  const alike = bindings.filter(each => each.role === role && same(each.condition, condition))
  if (alike.some(({ members = [] }) => members.some(each => sameMember(each, member)))) return false
  const [binding] = alike
  if (binding) binding.members = [...(binding.members ?? []), member]
  else bindings.push({ role, members: [member], ...(condition === undefined ? {} : { condition }) })
  return true
}

function remove(bindings: Binding[], { role, member, condition }: Delta): boolean {
  let changed = false
  for (const binding of [...bindings]) {
    if (binding.role !== role || !same(binding.condition, condition)) continue
    const members = binding.members ?? []
    const left = members.filter(each => !sameMember(each, member))
    if (left.length === members.length) continue
    changed = true
    binding.members = left
    // A binding without members is not accepted.
    if (left.length === 0) bindings.splice(bindings.indexOf(binding), 1)
  }
  return changed
}

/** Every appearance counts against the limit of a policy (IAM documentation, "Quotas and limits"). */
export function membersOf({ bindings = [] }: Policy): number {
  return bindings.reduce((sum, { members = [] }) => sum + members.length, 0)
}

export const MEMBERS_LIMIT = 1500
