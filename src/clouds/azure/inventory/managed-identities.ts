import type { Identity } from '../../../model/identity.ts'
import type { AzureClient } from '../client.ts'
import { armRead } from '../http/read-requests.ts'
import { type Holder, MSI_VERSION, managedFederated, managedFederatedIdentity } from './credentials.ts'
import type { Losses } from './listing-losses.ts'
import type { UserAssignedRecord } from './records.ts'
import { resourceGraph } from './resource-graph.ts'

/** Who runs as which user-assigned identity. Azure does not agree with itself on the case of these ids. */
export async function usersOf(client: AzureClient): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const rows = resourceGraph<{
    id: string
    identity?: { userAssignedIdentities?: { [id: string]: unknown } | null } | null
  }>(client, 'resources | where isnotnull(identity) | project id,type,identity')
  for await (const { id, identity } of rows) {
    for (const assigned of Object.keys(identity?.userAssignedIdentities ?? {})) {
      const key = assigned.toLowerCase()
      found.set(key, [...(found.get(key) ?? []), id])
    }
  }
  return found
}

/** Trusts of user-assigned identities: Azure has them, the directory does not. */
export async function* managedTrusts(client: AzureClient, losses: Losses): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const costs = { kinds: ['federated-credential'] }
  if (client.coverage.refused) losses.take('subscriptions', client.coverage.refused, costs)
  for (const { id: subscription } of client.subscriptions) {
    const listing = async () => {
      const all: UserAssignedRecord[] = []
      const call = armRead(
        `/subscriptions/${subscription}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`,
        MSI_VERSION,
        'Microsoft.ManagedIdentity/userAssignedIdentities/read',
      )
      for await (const each of client.pages<UserAssignedRecord>(call)) all.push(each)
      return all
    }
    const found = await losses.unless(`managed identities of ${subscription}`, listing, costs)
    for (const { id, properties } of found ?? []) {
      const holder: Holder = {
        tenant: client.tenant,
        kind: 'managed-identity',
        objectId: properties.principalId ?? '',
        called: id.slice(id.lastIndexOf('/') + 1),
      }
      const trusts = await losses.unless(
        `federated credentials of ${id}`,
        () => managedFederated(client, id),
        costs,
      )
      for (const each of trusts ?? []) {
        yield managedFederatedIdentity(holder, id, each, now)
      }
    }
  }
}
