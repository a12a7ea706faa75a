import { Fault } from '../../../model/fault.ts'
import type { GcpClient } from '../client.ts'
import { PolicyEditor } from '../policies/editor.ts'
import { sameMember } from '../policies/members.ts'
import { allGrants, type Grant as Held, type Policy } from '../policies/policy.ts'
import { type PolicyResource, typeOf } from '../policies/resource.ts'
import { type Powers, powersOf } from '../policies/role-powers.ts'
import { isServiceAgent } from './domains.ts'

/** Who may act as an account by one policy. */
export interface Acting {
  /** By roles that are known to let them. */
  grants: readonly Held[]
  /** By roles of which Google does not tell what is in them. */
  unknown: readonly Held[]
  /** Powers of a role's holder, in words. */
  powers: ReadonlyMap<string, Powers>
}

/** Somebody who was deleted acts as nobody. */
const isAlive = (member: string) => !member.startsWith('deleted:')

/** Finds in a policy who may act as the account: by the permissions in each role. */
export async function actingBy(client: GcpClient, policy: Policy, at: 'account' | 'above'): Promise<Acting> {
  const roles = [...new Set((policy.bindings ?? []).map(({ role }) => role))]
  const found = await Promise.all(roles.map(role => powersOf(client, role, at)))
  const powers = new Map(roles.map((role, index) => [role, found[index] ?? 'unknown']))
  const by = (isMeant: (powers: Powers) => boolean) =>
    allGrants(policy, (role, member) => isAlive(member) && isMeant(powers.get(role) ?? 'unknown'))
  return {
    grants: by(each => each !== 'unknown' && each.length > 0),
    unknown: by(each => each === 'unknown'),
    powers,
  }
}

/**
 * Who acts as the account by the policies of the project and what is above it, in words: no cut of the account's own policy
 * reaches them. Unreadable policies are reported, too.
 */
export async function actingFromAbove(client: GcpClient): Promise<string[]> {
  const resources = [`projects/${client.project}`, ...client.ancestors]
  const lines = await Promise.all(
    resources.map(async resource => {
      const policy = await policyOf(client, resource)
      if (typeof policy === 'string') return [notRead(resource, policy)]
      return sayings(await actingBy(client, policy, 'above'), resource)
    }),
  )
  return [...lines.flat(), ...client.hidden.map(({ resource, because }) => notRead(resource, because))]
}

function notRead(resource: PolicyResource, why: string): string {
  const type = typeOf(resource)
  const permission = type === undefined ? 'getIamPolicy' : `resourcemanager.${type}s.getIamPolicy`
  return `who may act as it by the policy of ${resource} is not known (${why}): grant ${permission} there, and plan again`
}

async function policyOf(client: GcpClient, resource: PolicyResource): Promise<Policy | string> {
  try {
    return await PolicyEditor.of(client).read(client, resource)
  } catch (error) {
    if (error instanceof Fault && ['denied', 'unsupported', 'gone', 'rejected'].includes(error.code)) {
      return error.message
    }
    throw error
  }
}

/**
 * One line a role for those that stay: who, what it lets them do, and how to take it away.
 *
 * @param skip members that are no longer there after the cut
 */
export function sayings(
  { grants, unknown, powers }: Acting,
  resource: PolicyResource,
  skip: (grant: Held) => boolean = () => false,
): string[] {
  const lines: string[] = []
  for (const [role, all] of Map.groupBy(grants, each => each.role)) {
    const kept = all.filter(each => !skip(each))
    const may = powers.get(role)
    if (kept.length === 0 || may === undefined || may === 'unknown') continue
    const agents = kept.filter(({ member }) => isServiceAgent(member))
    const others = kept.filter(each => !agents.includes(each))
    if (others.length > 0) {
      lines.push(
        `${others.map(memberText).join(', ')} may ${may.join(', ')} (${role} on ${placeText(resource)}): ${undoing(resource, others)}`,
      )
    }
    if (agents.length > 0) {
      lines.push(
        `Google's own ${agents.map(memberText).join(', ')} may ${may.join(', ')} (${role} on ${placeText(resource)})`,
      )
    }
  }
  if (unknown.length > 0) {
    const roles = Map.groupBy(unknown, each => each.role)
    const members = [...roles].map(([role, held]) => `${held.map(memberText).join(', ')} (${role})`)
    lines.push(
      `whether these may act as it is not known, since Google does not show the permissions of their roles on ${placeText(resource)}: ${members.join('; ')}: grant iam.roles.get, and plan again`,
    )
  }
  return lines
}

function placeText(resource: PolicyResource): string {
  return typeOf(resource) === 'service-account' ? 'the account itself' : resource
}

function memberText({ member, conditions }: Held): string {
  const expressions = conditions.map(each => each?.expression)
  if (conditions.some(each => each === null)) return member
  return `${member} if ${expressions.map(String).join(' or ')}`
}

/** As `gcloud` takes a member out of a policy; with conditions in the policy it asks which of the bindings is meant. */
function undoing(resource: PolicyResource, held: readonly Held[]): string {
  const [collection = '', id = '', , account = ''] = resource.split('/')
  const group = { projects: 'projects', folders: 'resource-manager folders' }[collection] ?? 'organizations'
  const command =
    typeOf(resource) === 'service-account'
      ? `gcloud iam service-accounts remove-iam-policy-binding ${account} --project=${id}`
      : `gcloud ${group} remove-iam-policy-binding ${id}`
  const [first] = held
  if (!first) return ''
  const each = `${command} --role=${first.role} --member='${first.member}' --all`
  return held.length === 1 ? each : `${each}, and so for each`
}

/** Whether two grants are of the same role and identity. */
export function isSameGrant(a: Pick<Held, 'role' | 'member'>, b: Pick<Held, 'role' | 'member'>): boolean {
  return a.role === b.role && sameMember(a.member, b.member)
}
