import { Fault } from '../../../model/fault.ts'
import type { Retired, Rotation, RotationContext, Trial } from '../../../model/rotation.ts'
import { Secret, textsIn } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureCall, AzureClient } from '../client.ts'
import { graphRead } from '../http/read-requests.ts'
import type { ApplicationRecord } from '../inventory/records.ts'
import { allowanceFor, type Holder, lifetimeOf } from './app-management.ts'
import { issuedOf, markOf, trialOf } from './credentials.ts'

type Application = Pick<
  ApplicationRecord,
  'id' | 'appId' | 'createdDateTime' | 'passwordCredentials' | 'keyCredentials'
>

const GUID = /^[0-9a-f-]{36}$/i
/** The members of the kept secret by which it is tried. */
const KEPT = ['clientId', 'clientSecret', 'keyId'] as const
const FIELDS = 'id,appId,displayName,createdDateTime,passwordCredentials'

/**
 * A new client secret of an application. Entra cannot switch a secret off, only delete it, so the run holds the application
 * or its principal, and every secret that the application had goes before it is let in again.
 */
export const clientSecretRotate: Rotation<AzureClient> = {
  id: 'azure.client-secret.rotate',
  summary: 'Make a new client secret of the application; the old ones are deleted',
  on: ['application', 'service-principal'],
  ofOwner: true,
  makes: 'client-secret',
  permissions: {
    read: ['Application.Read.All', 'Policy.Read.All'],
    rotate: ['Application.ReadWrite.All'],
    remove: ['Application.ReadWrite.All'],
  },
  async blocked(client, context) {
    const application = await applicationOf(client, context)
    if (!application) return undefined
    const { forbidden } = await allowanceFor(client, holderOf(application), 'passwordCredentials')
    return forbidden
      ? 'an app management policy forbids new client secrets: have the workload use a certificate or a federated credential, or an exception made'
      : undefined
  },
  /** A certificate can be switched off by itself, so a run that doubts one holds it, and that is what is replaced. */
  async stays(client, context) {
    // Few such reads are answered in a minute (Microsoft Graph, "List applications"), so others do without.
    const application = await applicationOf(client, context, `${FIELDS},keyCredentials`)
    const valid = (application?.keyCredentials ?? []).filter(
      ({ usage, endDateTime }) => usage === 'Verify' && !(endDateTime && endDateTime <= context.now),
    )
    if (valid.length === 0) return undefined
    const names = valid.map(({ keyId }) => keyId ?? '').join(', ')
    const many = valid.length === 1 ? 'a certificate lets' : `${valid.length} certificates let`
    return `${many} it in (${names}): azure.certificate.disable stops one that is in doubt, and rotate then replaces it`
  },
  async list(client, context) {
    const application = await applicationOf(client, context)
    const principal = application && (await principalOf(client, application))
    // A secret on the principal itself lets in as the application just the same.
    const all = [application, principal].flatMap(each => each?.passwordCredentials ?? [])
    return issuedOf(all, context)
  },
  async create(client, context) {
    const application = await applicationOf(client, context)
    if (!application)
      throw new Fault('gone', 'the application is not in this tenant', { where: context.old.id })
    const allowance = await allowanceFor(client, holderOf(application), 'passwordCredentials')
    const endDateTime = new Date(Date.parse(context.now) + lifetimeOf(allowance)).toISOString()
    const made = await client.call<{ keyId?: string; secretText?: string }>(
      passwordCall('applications', application.id, 'addPassword', {
        passwordCredential: { displayName: markOf(context), endDateTime },
      }),
    )
    const kept = {
      tenantId: client.tenant,
      clientId: application.appId ?? '',
      clientSecret: made.secretText ?? '',
      keyId: made.keyId ?? '',
      expires: endDateTime,
    }
    return { name: kept.keyId, secret: new Secret(JSON.stringify(kept)) }
  },
  names: secret => textsIn(secret, KEPT)?.keyId,
  async try(client, secret): Promise<Trial> {
    const as = textsIn(secret, KEPT)
    if (!as) return 'not-yet'
    try {
      await client.signIn(as)
      return 'works'
    } catch (error) {
      return trialOf(error)
    }
  },
  async retire(client, name, known, context): Promise<Retired> {
    const application = await applicationOf(client, context)
    if (!known) return { outcome: 'kept', because: 'it does not carry the mark of this run' }
    if (application) await remove(client, 'applications', application.id, name)
    return { outcome: 'deleted' }
  },
  async remove(client, context) {
    const application = await applicationOf(client, context)
    if (!application) return
    const principal = await principalOf(client, application)
    const own = new Set(principal?.passwordCredentials?.map(({ keyId }) => keyId))
    for (const name of context.before ?? []) {
      if (principal && own.has(name)) await remove(client, 'servicePrincipals', principal.id, name)
      else await remove(client, 'applications', application.id, name)
    }
  },
}

function holderOf({ id, createdDateTime }: Application): Holder {
  return { on: 'application', objectId: id, created: createdDateTime }
}

/** The application in this tenant, also of its principal; undefined where another tenant has it. */
async function applicationOf(
  client: AzureClient,
  { old }: RotationContext,
  fields = FIELDS,
): Promise<Application | undefined> {
  const $select = fields
  if (old.kind === 'application') {
    const call = graphRead('/v1.0/applications/{id}', { $select }, old.name)
    return await unlessGone(client.call<Application>(call))
  }
  const appId = old.facts['appId']
  if (typeof appId !== 'string' || !GUID.test(appId)) return undefined
  const path = `/v1.0/applications(appId='${appId}')`
  const call = graphRead(path, { $select }, undefined, 'GET /v1.0/applications(appId={value})')
  return await unlessGone(client.call<Application>(call))
}

/** The principal of an application in this tenant, with the secrets that are on itself. */
async function principalOf(
  client: AzureClient,
  { appId }: Application,
): Promise<Pick<Application, 'id' | 'passwordCredentials'> | undefined> {
  if (!appId || !GUID.test(appId)) return undefined
  const path = `/v1.0/servicePrincipals(appId='${appId}')`
  const $select = 'id,passwordCredentials'
  return await unlessGone(
    client.call<Application>(
      graphRead(path, { $select }, undefined, 'GET /v1.0/servicePrincipals(appId={value})'),
    ),
  )
}

type Path = 'applications' | 'servicePrincipals'

async function remove(client: AzureClient, on: Path, holder: string, keyId: string): Promise<void> {
  try {
    await client.call(passwordCall(on, holder, 'removePassword', { keyId }))
  } catch (error) {
    const query = { $select: 'id,passwordCredentials' }
    const left = await client.call<Application>(graphRead(`/v1.0/${on}/{id}`, query, holder))
    if ((left.passwordCredentials ?? []).some(each => each.keyId === keyId)) throw error
  }
}

function passwordCall(
  on: Path,
  holder: string,
  verb: 'addPassword' | 'removePassword',
  body: NonNullable<AzureCall['body']>,
): AzureCall {
  return {
    service: 'graph',
    method: 'POST',
    path: `/v1.0/${on}/${encodeURIComponent(holder)}/${verb}`,
    body,
    operation: `POST /v1.0/${on}/{id}/${verb}`,
  }
}
