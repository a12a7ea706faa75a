import type { Identity } from '../../../model/identity.ts'
import type { AzureClient } from '../client.ts'
import { armRead } from '../http/read-requests.ts'
import { common, identity } from './facts.ts'
import type { Losses } from './listing-losses.ts'
import type { StorageAccountRecord } from './records.ts'

const VERSION = '2023-05-01'

/** Storage accounts of all subscriptions. Their names are unique in all of Azure, and may be had again by somebody else. */
export async function* storageAccounts(client: AzureClient, losses: Losses): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const costs = { kinds: ['storage-account'] }
  if (client.coverage.refused) losses.take('subscriptions', client.coverage.refused, costs)
  for (const { id: subscription } of client.subscriptions) {
    const call = armRead(
      `/subscriptions/${subscription}/providers/Microsoft.Storage/storageAccounts`,
      VERSION,
      'Microsoft.Storage/storageAccounts/read',
    )
    const listed = losses.pages(
      `storage accounts of ${subscription}`,
      client.pages<StorageAccountRecord>(call),
      costs,
    )
    for await (const { id, name, tags, properties } of listed) {
      const sharedKey = properties.allowSharedKeyAccess !== false
      yield identity(
        client.tenant,
        'storage-account',
        name,
        {
          ...common(
            {
              displayName: name,
              tags: tags ?? {},
              created: properties.creationTime,
              enabled: sharedKey,
            },
            now,
          ),
          resource: id,
          subscription,
          sharedKey,
        },
        { uid: id.toLowerCase() },
      )
    }
  }
}
