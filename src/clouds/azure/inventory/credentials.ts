import { toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { CredentialGap } from '../../../model/provider.ts'
import type { AzureClient } from '../client.ts'
import { REFUSALS } from '../http/faults.ts'
import { armRead, graphRead } from '../http/read-requests.ts'
import { azureId } from '../names.ts'
import { common, identity, time } from './facts.ts'
import { applicationsWith } from './lookup.ts'
import { kindOf } from './principals.ts'
import {
  APPLICATION_FIELDS,
  type ApplicationRecord,
  type FederatedRecord,
  type KeyRecord,
  type PasswordRecord,
  PRINCIPAL_FIELDS,
  type PrincipalRecord,
  type UserAssignedCredential,
} from './records.ts'

/** The holder of a credential. */
export interface Holder {
  tenant: string
  kind: 'application' | 'service-principal' | 'managed-identity'
  objectId: string
  /** Its name for people. */
  called?: string | null | undefined
}

interface Records {
  passwordCredentials?: PasswordRecord[] | null
  keyCredentials?: KeyRecord[] | null
}

/** The secrets and certificates on an application or a principal. */
export function keyIdentities(holder: Holder, records: Records, now: number): Identity[] {
  const secrets = (records.passwordCredentials ?? []).flatMap(each => {
    const { keyId, displayName, hint } = each
    if (!keyId) return []
    const facts = { ...ages(each, displayName, now), keyId, hint: hint ?? '' }
    return [credential(holder, 'client-secret', keyId, facts)]
  })
  const certificates = (records.keyCredentials ?? []).flatMap(each => {
    const { keyId, displayName, usage, type, customKeyIdentifier } = each
    if (!keyId) return []
    const facts = {
      ...ages(each, displayName, now),
      keyId,
      usage: usage ?? '',
      type: type ?? '',
      thumbprint: customKeyIdentifier ?? '',
    }
    return [credential(holder, 'certificate', keyId, facts)]
  })
  return [...secrets, ...certificates]
}

export function federatedIdentity(holder: Holder, record: FederatedRecord, now: number): Identity {
  const { id, name, issuer, subject, audiences, claimsMatchingExpression } = record
  // It comes back under the same name, and with another id.
  return credential(holder, 'federated-credential', name ?? id, {
    ...common({ displayName: name, enabled: true }, now),
    credentialId: id,
    issuer: issuer ?? '',
    subject: subject ?? '',
    audiences: audiences ?? [],
    expression: claimsMatchingExpression?.value ?? '',
  })
}

/** On a managed identity the name is its only id. */
export function managedFederatedIdentity(
  holder: Holder,
  resource: string,
  { name, properties }: UserAssignedCredential,
  now: number,
): Identity {
  const { issuer = '', subject = '', audiences = [] } = properties
  return credential(holder, 'federated-credential', name, {
    ...common({ displayName: name, enabled: true }, now),
    issuer,
    subject,
    audiences,
    expression: '',
    resource,
  })
}

function ages(
  { startDateTime, endDateTime }: { startDateTime?: string | null; endDateTime?: string | null },
  displayName: string | null | undefined,
  now: number,
) {
  const expires = time(endDateTime)
  const enabled = expires === undefined || Date.parse(expires) > now
  return {
    ...common({ displayName, created: startDateTime, enabled }, now),
    ...(expires === undefined ? {} : { expires }),
  }
}

/** Names and key ids may be chosen by the principal that adds a credential, so the holder is part of the name. */
function credential(
  { tenant, kind, objectId, called }: Holder,
  of: string,
  name: string,
  facts: Identity['facts'],
): Identity {
  return identity(
    tenant,
    of,
    `${objectId}/${name}`,
    { ...facts, objectId, on: kind, ownerName: called ?? '' },
    { owner: azureId(tenant, kind, objectId) },
  )
}

export async function applicationFederated(
  client: AzureClient,
  objectId: string,
): Promise<FederatedRecord[]> {
  return await Array.fromAsync(client.pages<FederatedRecord>(federatedCall(objectId)))
}

/** Only the beta version shows the expression of a flexible one; the other shows no subject and nothing else. */
export function federatedCall(objectId: string) {
  return graphRead('/beta/applications/{id}/federatedIdentityCredentials', {}, objectId)
}

export const MSI_VERSION = '2024-11-30'

export async function managedFederated(
  client: AzureClient,
  resource: string,
): Promise<UserAssignedCredential[]> {
  const found: UserAssignedCredential[] = []
  const call = armRead(
    `${resource}/federatedIdentityCredentials`,
    MSI_VERSION,
    'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
  )
  for await (const each of client.pages<UserAssignedCredential>(call)) found.push(each)
  return found
}

/** Takes a listing that is refused; it then costs its own kind only. */
export type TakeGap = (gap: CredentialGap) => void

/**
 * Returns everything that signs in as this one, freshly read: for a principal, what is on itself and what is on its
 * application in this tenant. A deleted owner has none. Throws the Fault of a refused listing unless `gap` takes it.
 */
export async function credentialsOf(
  client: AzureClient,
  owner: Identity,
  gap?: TakeGap,
): Promise<Identity[]> {
  try {
    if (owner.kind === 'application') return await ofApplication(client, owner.name, gap)
    if (owner.kind === 'service-principal' || owner.kind === 'managed-identity') {
      return await ofPrincipal(client, owner.name, gap)
    }
    return []
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/** An empty list instead of a refusal that `gap` takes. */
async function unlessRefused<Item>(
  listing: Promise<Item[]>,
  gap: TakeGap | undefined,
  kind?: string,
): Promise<Item[]> {
  try {
    return await listing
  } catch (error) {
    const { code, message } = toFault(error)
    if (gap === undefined || !REFUSALS.has(code)) throw error
    gap({ ...(kind === undefined ? {} : { kind }), because: message })
    return []
  }
}

async function ofApplication(
  client: AzureClient,
  objectId: string,
  gap: TakeGap | undefined,
  known?: ApplicationRecord,
): Promise<Identity[]> {
  const now = client.timing.date()
  const [record, federated] = await Promise.all([
    known ??
      client.call<ApplicationRecord>(
        graphRead('/v1.0/applications/{id}', { $select: APPLICATION_FIELDS }, objectId),
      ),
    unlessRefused(applicationFederated(client, objectId), gap, 'federated-credential'),
  ])
  const { displayName: called } = record
  const holder: Holder = { tenant: client.tenant, kind: 'application', objectId, called }
  return [
    ...keyIdentities(holder, record, now),
    ...federated.map(each => federatedIdentity(holder, each, now)),
  ]
}

async function ofPrincipal(
  client: AzureClient,
  objectId: string,
  gap: TakeGap | undefined,
): Promise<Identity[]> {
  const now = client.timing.date()
  const record = await client.call<PrincipalRecord>(
    graphRead('/v1.0/servicePrincipals/{id}', { $select: PRINCIPAL_FIELDS }, objectId),
  )
  const kind = kindOf(record.servicePrincipalType)
  const holder: Holder = { tenant: client.tenant, kind, objectId, called: record.displayName }
  const own = keyIdentities(holder, record, now)
  if (kind === 'managed-identity') {
    const resource = (record.alternativeNames ?? []).find(each => /\/userAssignedIdentities\//i.test(each))
    const federated =
      resource === undefined
        ? []
        : await unlessRefused(managedFederated(client, resource), gap, 'federated-credential')
    return [...own, ...federated.map(each => managedFederatedIdentity(holder, resource ?? '', each, now))]
  }
  const elsewhere =
    record.appOwnerOrganizationId &&
    record.appOwnerOrganizationId.toLowerCase() !== client.tenant.toLowerCase()
  if (elsewhere || !record.appId) return own
  const applications = await unlessRefused(
    Array.fromAsync(client.pages<ApplicationRecord>(applicationsWith(record.appId))),
    gap,
  )
  const theirs = await Promise.all(applications.map(each => ofApplication(client, each.id, gap, each)))
  return [...own, ...theirs.flat()]
}
