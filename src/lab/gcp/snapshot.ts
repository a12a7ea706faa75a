import type { Plain } from '../cloud.ts'
import { identityOf } from './binding.ts'
import type { LiveEstate } from './estate.ts'
import type { Policy } from './store.ts'

/**
 * All that a restore has to put back, for comparing before with after: policies as sets of grants with their condition,
 * the version that a reader gets, and audit configs. Left out is what any write makes anew: etags, revisions, times of
 * updates; and what changes by use: tokens, last authentications.
 */
export function snapshotOf(estate: LiveEstate): Plain {
  return canonical({
    accounts: Object.fromEntries(
      [...estate.accounts.values()].map(({ lastAuthenticated: _, ...account }) => [account.email, account]),
    ),
    keys: Object.fromEntries(
      [...estate.keys.values()].map(({ lastAuthenticated: _, disableReason, ...key }) => [
        `${key.email}/${key.id}`,
        { ...key, ...(disableReason === undefined ? {} : { disableReason }) },
      ]),
    ),
    customRoles: Object.fromEntries(
      [...estate.customRoles.values()].map(({ revision: _, permissions, ...role }) => [
        role.name,
        { ...role, permissions: permissions.toSorted() },
      ]),
    ),
    policies: Object.fromEntries(
      [...estate.policies.after(undefined, 'now')]
        .filter(([, { bindings, auditConfigs = [] }]) => bindings.length > 0 || auditConfigs.length > 0)
        .map(([resource, policy]) => [resource, policyOf(policy)]),
    ),
    denyPolicies: Object.fromEntries(
      [...estate.denyPolicies.after(undefined, 'now')].map(
        ([key, { revision: _r, updated: _u, ...policy }]) => [key, policy],
      ),
    ),
    pools: Object.fromEntries(estate.pools.after(undefined, 'now')),
    providers: Object.fromEntries(estate.providers.after(undefined, 'now')),
    hmacKeys: Object.fromEntries(
      [...estate.hmacKeys.after(undefined, 'now')].map(([key, { revision: _r, updated: _u, ...hmac }]) => [
        key,
        hmac,
      ]),
    ),
    apiKeys: Object.fromEntries(
      [...estate.apiKeys.after(undefined, 'now')].map(
        ([id, { revision: _r, updated: _u, keyString: _k, ...key }]) => [id, key],
      ),
    ),
  })
}

function policyOf({ bindings, auditConfigs = [] }: Policy): object {
  const grants = bindings
    .map(binding => ({
      role: binding.role,
      members: binding.members.toSorted(),
      ...(binding.condition === undefined ? {} : { condition: binding.condition }),
      key: identityOf(binding),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key: _, ...grant }) => grant)
  const version = bindings.some(({ condition }) => condition !== undefined) ? 3 : 1
  return { version, bindings: grants, auditConfigs }
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
