import { createHash } from 'node:crypto'
import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import { type Json, same } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { changeKeys, type Key, type KeyHolder } from '../inventory/key-list.ts'
import { ownedName, ownerOf } from '../settings/credential-owner.ts'
import { APPLICATION_READ, APPLICATION_WRITE, graphCall } from '../settings/graph.ts'
import { lacksAtGraph } from '../settings/restore-rights.ts'

interface Holder {
  id: string
  keyCredentials?: Key[] | null
  tokenEncryptionKeyId?: string | null
}

const KEPT = [
  'type',
  'usage',
  'displayName',
  'startDateTime',
  'endDateTime',
  'customKeyIdentifier',
  'key',
] as const

/** All that makes it again, without the id: it may come back under a new one. */
function kept(key: Key): Json {
  return Object.fromEntries(KEPT.map(name => [name, key[name] ?? null]))
}

const Certificate = z.looseObject({
  type: z.string().nullable(),
  usage: z.string().nullable(),
  endDateTime: z.string().nullable(),
  key: z.string().nullable(),
})

/**
 * Takes one certificate out of the list. There is no call for one: the whole list is written (Microsoft Graph, "Update
 * application"), so it is read right before, and by one hand at a time (`changeKeys`).
 */
export const certificateDisable: Interruption<AzureClient, Record<string, never>> = {
  id: 'azure.certificate.disable',
  summary: 'Remove the certificate, so that nothing signed with its key is taken',
  verbs: ['disable'],
  on: ['certificate'],
  leaves:
    'tokens that were issued with it, until they expire; the other certificates, secrets and trusts of the application',
  reversal: {
    kind: 'equivalent',
    differs: 'its keyId may be a new one; certificate, usage, name and validity are the same',
  },
  permissions: { read: [APPLICATION_READ], cut: [APPLICATION_WRITE], restore: [APPLICATION_WRITE] },
  params: z.strictObject({}),
  example: {},
  refuse(facet, { identity, now, seen }) {
    const found = entryOf(facet, 'certificate')
    if (found === undefined) return undefined
    const { type, usage, endDateTime, key } = Certificate.parse(found)
    if (ownerOf(identity).on === 'managed-identity') {
      return 'Azure keeps and renews the certificates of managed identities; take its roles instead'
    }
    if (usage !== 'Verify') {
      return `its use is ${usage ?? 'not known'}, not signing in: single sign-on would stop, and its private key could not be put back`
    }
    if (key === null || type !== 'AsymmetricX509Cert') {
      return 'the directory does not show its public part, so it could not be put back'
    }
    if (endDateTime !== null && Date.parse(endDateTime) <= Date.parse(now)) {
      return 'it has expired: it lets nobody in, and Entra would not take it back'
    }
    const encrypts = memberOf(seen, 'encrypts') === true
    return encrypts
      ? 'tokens for the application are encrypted with it; without it they cannot be issued'
      : undefined
  },
  async read(client, { identity }) {
    const holder = await unlessGone(holderOf(client, identity))
    if (!holder) return undefined
    const key =
      (holder.keyCredentials ?? []).find(({ keyId }) => keyId === ownedName(identity)) ??
      again(holder, identity)
    return {
      uid: identity.uid,
      facet: withEntries({}, [['certificate', key && kept(key)]]),
      seen: { encrypts: key !== undefined && key.keyId === holder.tokenEncryptionKeyId },
    }
  },
  cut: facet => withEntries(facet, [['certificate', undefined]]),
  async write(client, from, to, { identity }) {
    const wanted = entryOf(to, 'certificate')
    const had = entryOf(from, 'certificate')
    if (same(wanted, had)) return
    const { objectId } = ownerOf(identity)
    const keyId = ownedName(identity)
    await changeKeys(client, { path: pathOf(identity), objectId }, keys => {
      // It may be there under another id: once is enough.
      if (wanted !== undefined && keys.some(each => same(kept(each), wanted))) return [...keys]
      const others = keys.filter(
        each => each.keyId !== keyId && !(had !== undefined && same(kept(each), had)),
      )
      return wanted === undefined ? others : [...others, { keyId, ...(wanted as object) }]
    })
  },
  horizon: () => 0,
  settles: 300,
  oneWay: client => lacksAtGraph(client, [APPLICATION_WRITE]),
}

function pathOf(identity: Identity): KeyHolder['path'] {
  return ownerOf(identity).on === 'application' ? '/v1.0/applications/{id}' : '/v1.0/servicePrincipals/{id}'
}

/** One object, and these members named: else the directory shows no public part. */
async function holderOf(client: AzureClient, identity: Identity): Promise<Holder> {
  return await client.call<Holder>(
    graphCall('GET', pathOf(identity), [ownerOf(identity).objectId], {
      query: { $select: 'id,keyCredentials,tokenEncryptionKeyId' },
    }),
  )
}

/**
 * Put back under a new id it is known by its thumbprint: the real one, since anybody may write what they like into
 * `customKeyIdentifier`.
 */
function again({ keyCredentials }: Holder, { facts }: Identity): Key | undefined {
  const { thumbprint, usage } = facts
  if (typeof thumbprint !== 'string' || thumbprint === '') return undefined
  return (keyCredentials ?? []).find(({ key, usage: of }) => {
    if (!key || (of ?? '') !== usage) return false
    const hash = createHash('sha1').update(Buffer.from(key, 'base64')).digest()
    return hash.toString('base64') === thumbprint || hash.toString('hex') === thumbprint.toLowerCase()
  })
}
