import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { Fault, toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Retired, Rotation, Trial } from '../../../model/rotation.ts'
import { Secret, textsIn } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { pause } from '../http/pause.ts'
import { changeKeys, type Key, type KeyHolder, READS } from '../inventory/key-list.ts'
import { ownedName, ownerOf } from '../settings/credential-owner.ts'
import { APPLICATION_READ, APPLICATION_WRITE, graphCall, POLICY_READ } from '../settings/graph.ts'
import { allowanceFor, type Holder, lifetimeOf } from './app-management.ts'
import { issuedOf, markOf, trialOf } from './credentials.ts'
import { selfSigned } from './self-signed.ts'

interface Record extends Pick<Holder, 'created'> {
  id: string
  appId?: string | null
  createdDateTime?: string | null
  keyCredentials?: Key[] | null
}

/** Clocks differ; a certificate that is not valid yet lets nobody in. */
const SKEW = 300_000

/**
 * A new key pair, made here, and its certificate on the application or principal that the old one was on (`addKey` would take a
 * proof by the key that was stolen). The private key never goes to Microsoft: only the certificate does. Disabling a certificate takes it off its owner, so nothing of the
 * old one is left to be deleted.
 */
export const certificateRotate: Rotation<AzureClient> = {
  id: 'azure.certificate.rotate',
  summary: 'Make a new key and put its certificate on the application; the old certificate stays off',
  on: ['certificate'],
  permissions: {
    read: [APPLICATION_READ, POLICY_READ],
    rotate: [APPLICATION_WRITE],
    remove: [APPLICATION_WRITE],
  },
  async blocked(client, { old }) {
    const { on } = ownerOf(old)
    if (on === 'managed-identity')
      return 'Azure makes and renews the certificates of managed identities itself'
    if (old.facts.usage === 'Sign') {
      return 'it signs SAML tokens, and its private key is kept by Microsoft: roll it over in the Entra admin centre'
    }
    const record = await unlessGone(recordOf(client, old))
    if (!record) return undefined
    const { forbidden } = await allowanceFor(client, holderOf(old, record), 'keyCredentials')
    return forbidden
      ? 'an app management policy forbids new certificates: have the workload use a federated credential, or an exception made'
      : undefined
  },
  async list(client, context) {
    const record = await theRecord(client, context.old)
    const verifying = (record.keyCredentials ?? []).filter(({ usage }) => usage === 'Verify')
    return issuedOf(verifying, context)
  },
  async create(client, context) {
    const { old, now } = context
    const record = await theRecord(client, old)
    const allowance = await allowanceFor(client, holderOf(old, record), 'keyCredentials')
    const from = new Date(Date.parse(now) - SKEW).toISOString()
    // A policy counts from the start, which lies a little back.
    const until = new Date(Date.parse(from) + lifetimeOf(allowance)).toISOString()
    const clientId = record.appId ?? ''
    const made = await selfSigned(clientId, from, until)
    const key: Key = {
      keyId: randomUUID(),
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
      displayName: markOf(context),
      startDateTime: wholeSeconds(from),
      endDateTime: wholeSeconds(until),
      key: made.der.toString('base64'),
    }
    // A read that is late may still show the old one, and must not put it back.
    await changeKeys(client, keyHolder(old), keys => [...keys.filter(each => !isOld(each, old)), key])
    const kept: Kept = {
      tenantId: client.tenant,
      clientId,
      clientCertificate: made.privateKey + made.certificate,
      thumbprint: made.thumbprint,
      keyId: await shownAs(client, old, key),
      expires: until,
    }
    return { name: kept.keyId, secret: new Secret(JSON.stringify(kept)) }
  },
  names: secret => keptIn(secret)?.keyId,
  async try(client, secret): Promise<Trial> {
    const kept = keptIn(secret)
    if (!kept) return 'not-yet'
    const { clientId, clientCertificate } = kept
    try {
      const { raw } = new X509Certificate(clientCertificate)
      await client.signIn({ clientId, certificate: raw, privateKey: createPrivateKey(clientCertificate) })
      return 'works'
    } catch (error) {
      return trialOf(error)
    }
  },
  async retire(client, name, known, { old }): Promise<Retired> {
    if (!known) return { outcome: 'kept', because: 'it does not carry the mark of this run' }
    const without = (keys: readonly Key[]) => keys.filter(({ keyId }) => keyId !== name)
    await unlessGone(changeKeys(client, keyHolder(old), without, { always: true }))
    return { outcome: 'deleted' }
  },
  async isGone(client, { old }) {
    const record = await unlessGone(recordOf(client, old))
    return !(record?.keyCredentials ?? []).some(key => isOld(key, old))
  },
  async remove(client, { old }) {
    const without = (keys: readonly Key[]) => keys.filter(key => !isOld(key, old))
    await unlessGone(changeKeys(client, keyHolder(old), without))
  },
}

interface Kept {
  tenantId: string
  clientId: string
  /** The private key and the certificate, both as PEM: what the clients of Azure read. */
  clientCertificate: string
  thumbprint: string
  keyId: string
  /** RFC 3339. */
  expires: string
}

function holderOf(old: Identity, { id, createdDateTime }: Record): Holder {
  const on = ownerOf(old).on === 'application' ? 'application' : 'service-principal'
  return { on, objectId: id, created: createdDateTime }
}

function keyHolder(old: Identity): KeyHolder {
  const { on, objectId } = ownerOf(old)
  const path = on === 'application' ? '/v1.0/applications/{id}' : '/v1.0/servicePrincipals/{id}'
  return { path, objectId }
}

async function recordOf(client: AzureClient, old: Identity): Promise<Record> {
  const $select =
    ownerOf(old).on === 'application' ? 'id,appId,createdDateTime,keyCredentials' : 'id,appId,keyCredentials'
  const { path, objectId } = keyHolder(old)
  return await client.call<Record>(graphCall('GET', path, [objectId], { query: { $select } }))
}

async function theRecord(client: AzureClient, old: Identity): Promise<Record> {
  const record = await unlessGone(recordOf(client, old))
  if (record) return record
  throw new Fault('gone', 'what the certificate was on is not in this tenant', { where: old.id })
}

/** The id under which the directory shows it, which need not be ours; ours while it is not shown yet. */
async function shownAs(client: AzureClient, old: Identity, { keyId, key }: Key): Promise<string> {
  for (const wait of READS) {
    await pause(wait, client, { operation: `GET ${keyHolder(old).path}`, tenant: client.tenant })
    const record = await recordOf(client, old).catch((error: unknown) => {
      if (toFault(error).code === 'interrupted') throw error
      return undefined
    })
    const shown = (record?.keyCredentials ?? []).find(each => each.key === key)
    if (shown?.keyId) return shown.keyId
  }
  return keyId ?? ''
}

/** It may be there again under another id; anybody may write what they like into `customKeyIdentifier`. */
function isOld({ keyId, key, usage }: Key, old: Identity): boolean {
  if (keyId === ownedName(old)) return true
  const { thumbprint } = old.facts
  if (typeof thumbprint !== 'string' || thumbprint === '' || !key || usage !== 'Verify') return false
  const hash = createHash('sha1').update(Buffer.from(key, 'base64')).digest()
  return hash.toString('base64') === thumbprint || hash.toString('hex') === thumbprint.toLowerCase()
}

function wholeSeconds(at: string): string {
  return `${at.slice(0, 19)}Z`
}

function keptIn(secret: Secret): Kept | undefined {
  return textsIn(secret, ['tenantId', 'clientId', 'clientCertificate', 'thumbprint', 'keyId', 'expires'])
}
