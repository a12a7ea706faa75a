import type { Table } from '../propagation.ts'
import type { LiveEstate } from './estate.ts'

/**
 * Deletes behind everybody's back, by a kind of the tool's inventory and by any of the names that it may have there:
 * the resource's full name, its id, or the email of an account.
 */
export function vanish(estate: LiveEstate, kind: string, name: string): void {
  const id = name.split('/').at(-1) ?? name
  switch (kind) {
    case 'service-account': {
      const account = estate.account(id)
      if (account !== undefined) estate.accounts.delete(`${account.project}/${account.email}`)
      return
    }
    case 'service-account-key':
      drop(estate.keys, id)
      return
    case 'hmac-key':
      drop(estate.hmacKeys, id)
      return
    case 'api-key':
      drop(estate.apiKeys, id)
      return
    case 'workload-pool':
      drop(estate.pools, id)
      return
    case 'workload-provider':
      drop(estate.providers, id)
      return
    case 'custom-role':
      estate.customRoles.delete(name)
      return
    case 'deny-policy':
      drop(estate.denyPolicies, id)
      return
    default:
  }
}

function drop<T>(table: Table<T>, id: string): void {
  const found = [...table.after(undefined, 'now')]
    .map(([key]) => key)
    .filter(key => key.split('/').at(-1) === id)
  for (const key of found) table.delete(key)
}
