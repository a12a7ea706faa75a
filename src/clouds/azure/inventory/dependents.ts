import type { Identity } from '../../../model/identity.ts'
import type { AzureClient } from '../client.ts'
import { graphList } from '../http/read-requests.ts'
import { usersOf } from './managed-identities.ts'

/** Callers that are named; the rest are counted. */
const NAMED = 5

interface Assigned {
  principalDisplayName?: string | null
  principalType?: string | null
}

/**
 * Who would notice, in words: what runs as a managed identity, who is given a token for an application (it breaks when
 * that is disabled), and the other tenants of a multi-tenant one.
 */
export function dependentsOf(client: AzureClient): (identity: Identity) => Promise<string[]> {
  let users: Promise<Map<string, string[]>> | undefined
  return async ({ kind, name, facts }) => {
    if (kind === 'managed-identity') {
      const { resource, assigned } = facts
      if (typeof resource !== 'string' || resource === '') return []
      if (assigned === 'system') return [`runs as it: ${resource}`]
      users ??= usersOf(client)
      return ((await users).get(resource.toLowerCase()) ?? []).map(each => `runs as it: ${each}`)
    }
    if (kind === 'application') {
      return facts.multiTenant === true ? ['every tenant that uses this application'] : []
    }
    return kind === 'service-principal' ? await callersOf(client, name) : []
  }
}

async function callersOf(client: AzureClient, id: string): Promise<string[]> {
  const names: string[] = []
  const assigned = client.pages<Assigned>(graphList('/v1.0/servicePrincipals/{id}/appRoleAssignedTo', {}, id))
  for await (const { principalDisplayName, principalType } of assigned) {
    names.push(`${(principalType ?? 'principal').toLowerCase()} ${principalDisplayName ?? ''}`.trim())
  }
  const named = names.slice(0, NAMED).map(each => `has a role in it: ${each}`)
  return names.length > NAMED ? [...named, `and ${names.length - NAMED} more have a role in it`] : named
}
