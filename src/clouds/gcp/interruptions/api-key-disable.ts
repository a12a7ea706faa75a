import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { writeWhole } from '../../kit/lens/whole-value.ts'
import type { GcpClient, Operation } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { lacks } from '../settings/one-way.ts'
import { globalOf, segment, unlessConflict } from '../settings/settings.ts'

interface ApiKey {
  uid?: string
  etag?: string
  deleteTime?: string
  restrictions?: { [kind: string]: Json }
}

/** An address that belongs to nobody (RFC 5737). */
const NOWHERE = { allowedIps: ['192.0.2.1'] }

const ENTRY = 'restrictions'

/**
 * An API key has no switch, and its deletion takes its time and ends in thirty days: it is restricted to callers from nowhere.
 * Only one kind of caller can be restricted at once, so the restrictions are replaced as a whole, and come back as a whole
 * (API Keys API reference, Restrictions).
 */
export const apiKeyDisable: Interruption<GcpClient, Record<string, never>> = {
  id: 'gcp.api-key.disable',
  summary: 'Restrict the API key to an address that nobody has',
  verbs: ['disable'],
  on: ['api-key'],
  leaves: 'the key itself until the restriction is known everywhere, which may take half an hour',
  reversal: { kind: 'exact' },
  permissions: {
    read: ['apikeys.keys.get'],
    // The second one to look at the operation that a write begins.
    cut: ['apikeys.keys.update', 'serviceusage.operations.get'],
    restore: ['apikeys.keys.update', 'serviceusage.operations.get'],
  },
  params: z.strictObject({}),
  example: {},
  async read(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key === undefined) return undefined
    return { uid: key.uid ?? '', facet: withEntries({}, [[ENTRY, restrictionsOf(key)]]) }
  },
  cut(facet) {
    const before = entryOf(facet, ENTRY)
    // The services that it opens stay as they are: after a failure, it opens no more than before.
    const targets = memberOf(before, 'apiTargets')
    const after: Json = {
      ...(targets === undefined ? {} : { apiTargets: targets }),
      serverKeyRestrictions: { ...NOWHERE },
    }
    return withEntries(facet, [[ENTRY, after]])
  },
  async write(client, from, to, { identity }) {
    await unlessConflict(client, async () => {
      let etag: string | undefined
      await writeWhole(from, to, {
        entry: ENTRY,
        what: 'its restrictions',
        where: identity.id,
        async live() {
          const key = await keyOf(client, identity)
          etag = key?.etag
          return key === undefined ? 'gone' : { value: restrictionsOf(key) }
        },
        async write(wanted) {
          const operation = await client.call<Operation>(
            gcpCall('PATCH', 'apikeys.projects.locations.keys.patch', pathOf(client, identity), {
              query: { updateMask: 'restrictions' },
              body: { restrictions: wanted ?? {}, ...(etag === undefined ? {} : { etag }) },
            }),
          )
          await client.wait(operation, 'apikeys', 'v2')
        },
      })
    })
  },
  horizon: () => 0,
  settles: 1800,
  oneWay: client => lacks(client, `projects/${client.project}`, 'apikeys.keys.update'),
}

/** None, and an empty object, are the same. */
function restrictionsOf({ restrictions = {} }: ApiKey): Json | undefined {
  return Object.keys(restrictions).length === 0 ? undefined : restrictions
}

async function keyOf(client: GcpClient, identity: Identity): Promise<ApiKey | undefined> {
  const key = await unlessGone(
    client.call<ApiKey>(gcpCall('GET', 'apikeys.projects.locations.keys.get', pathOf(client, identity))),
  )
  return key?.deleteTime === undefined ? key : undefined
}

function pathOf(client: GcpClient, { name }: Identity): string {
  return `/v2/${globalOf(client)}/keys/${segment(name)}`
}
