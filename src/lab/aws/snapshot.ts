import type { Plain } from '../cloud.ts'
import type { LiveEstate } from './estate.ts'
import type { Organization } from './organization/organization-data.ts'
import type { Account, User } from './store.ts'

/**
 * The whole estate for comparing before with after, by account, kind and name. Left out is what changes by looking at
 * it or by putting it back: sessions, last uses, and the ids that EC2 gives to associations. Documents are compared by
 * what they say.
 */
export function snapshotOf(estate: LiveEstate): Plain {
  const { accounts, organization } = estate.toEstate()
  return canonical({
    ...Object.fromEntries(accounts.map(account => [account.id, accountOf(account)])),
    ...(organization === undefined ? {} : { organization: organizationOf(organization) }),
  })
}

/**
 * Policies by name, since Organizations gives a policy that is made again another id; without those that are attached to
 * nothing, which deny nobody anything.
 */
function organizationOf({ policies: all, attachments, ...rest }: Organization): unknown {
  const attached = new Set(Object.values(attachments).flat())
  const policies = all.filter(({ id }) => attached.has(id))
  const names = new Map(policies.map(({ id, name }) => [id, name]))
  return {
    ...rest,
    policies: Object.fromEntries(
      policies.map(({ name, description, content }) => [name, { description, content: document(content) }]),
    ),
    attachments: Object.fromEntries(
      Object.entries(attachments).map(([target, ids]) => [target, ids.map(id => names.get(id) ?? id).sort()]),
    ),
  }
}

function accountOf(account: Account): unknown {
  const { id: _, users, roles, groups, policies, associations, secrets, ...rest } = account
  return {
    ...rest,
    users: byName(users.map(userOf)),
    roles: byName(
      roles.map(({ lastUsed: _, trust, inline, ...role }) => ({
        ...role,
        // As texts: a trust policy is put back byte for byte.
        trust,
        inline: documents(inline),
        attached: role.attached.toSorted(),
      })),
    ),
    groups: byName(
      groups.map(group => ({
        ...group,
        inline: documents(group.inline),
        attached: group.attached.toSorted(),
      })),
    ),
    policies: Object.fromEntries(
      policies.map(policy => [
        policy.arn,
        {
          ...policy,
          versions: policy.versions.map(each => ({ ...each, document: document(each.document) })),
        },
      ]),
    ),
    associations: Object.fromEntries(
      associations.map(({ region, instance, profile }) => [`${region}/${instance}`, profile]),
    ),
    secrets: byName(
      secrets.map(({ policy, ...secret }) => ({
        ...secret,
        ...(policy === undefined ? {} : { policy: document(policy) }),
      })),
    ),
  }
}

function userOf(user: User) {
  return {
    ...user,
    inline: documents(user.inline),
    attached: user.attached.toSorted(),
    groups: user.groups.toSorted(),
    accessKeys: Object.fromEntries(user.accessKeys.map(({ lastUsed: _, ...key }) => [key.id, key])),
    serviceCredentials: byId(user.serviceCredentials),
    certificates: byId(user.certificates),
    sshKeys: byId(user.sshKeys),
    login: user.login === undefined ? undefined : { created: user.login.created },
  }
}

function documents(inline: { [policy: string]: string }): { [policy: string]: unknown } {
  return Object.fromEntries(Object.entries(inline).map(([name, text]) => [name, document(text)]))
}

function document(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function byName<T extends { name: string }>(records: readonly T[]): { [name: string]: T } {
  return Object.fromEntries(records.map(record => [record.name, record]))
}

function byId<T extends { id: string }>(records: readonly T[]): { [id: string]: T } {
  return Object.fromEntries(records.map(record => [record.id, record]))
}

function canonical(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return Object.fromEntries(entries.map(([name, member]) => [name, canonical(member)]))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return null
}
