import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { armCall, RIGHTS_READ, STORAGE_READ, STORAGE_WRITE, VERSIONS } from '../settings/arm.ts'
import { lacksInAzure } from '../settings/restore-rights.ts'

interface Account {
  id: string
  properties?: { allowSharedKeyAccess?: boolean | null } | null
}

/** The account's keys, and all that was ever signed with them, let nobody in: a stolen key is worth nothing. */
export const storageAccountConstrain: Interruption<AzureClient, Record<string, never>> = {
  id: 'azure.storage-account.constrain',
  summary: 'Let nobody in by the account’s keys and what is signed with them, only by Entra',
  verbs: ['constrain'],
  on: ['storage-account'],
  leaves:
    'sign-in by Entra, user delegation SAS, anonymous reads; keys and SAS, once restored, unless rotated before. Functions, file shares and diagnostics by key stop',
  reversal: {
    kind: 'equivalent',
    differs: 'allowSharedKeyAccess reads true where it had never been set, which means the same',
  },
  permissions: {
    read: [STORAGE_READ, RIGHTS_READ],
    cut: [STORAGE_WRITE],
    restore: [STORAGE_WRITE],
  },
  params: z.strictObject({}),
  example: {},
  async read(client, { identity }) {
    const call = armCall('GET', STORAGE_READ, resourceOf(identity), VERSIONS.storage)
    const found = await unlessGone(client.call<Account>(call))
    // Never set is allowed (Azure Storage, "Prevent Shared Key authorization").
    return (
      found && {
        uid: found.id.toLowerCase(),
        facet: { sharedKey: found.properties?.allowSharedKeyAccess ?? true },
      }
    )
  },
  cut: facet => (entryOf(facet, 'sharedKey') === false ? facet : withEntries(facet, [['sharedKey', false]])),
  async write(client, from, to, { identity }) {
    const allowSharedKeyAccess = entryOf(to, 'sharedKey') !== false
    if (allowSharedKeyAccess === (entryOf(from, 'sharedKey') !== false)) return
    await client.call({
      ...armCall('PATCH', STORAGE_WRITE, resourceOf(identity), VERSIONS.storage, {
        body: { properties: { allowSharedKeyAccess } },
      }),
      repeatable: true,
    })
  },
  horizon: () => 0,
  oneWay: (client, { identity }) => lacksInAzure(client, [resourceOf(identity)], [STORAGE_WRITE]),
}

function resourceOf({ name, facts }: Identity): string {
  return typeof facts.resource === 'string' && facts.resource !== '' ? facts.resource : name
}
