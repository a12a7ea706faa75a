import { toFault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Progress, Query } from '../../model/provider.ts'
import { lastSignIns } from './activity.ts'
import { graphList, graphRead } from './asking.ts'
import { chunks } from './chunks.ts'
import type { AzureClient } from './client.ts'
import { federatedCall, federatedIdentity, type Holder, keyIdentities } from './credentials.ts'
import { Grants, type Tolerate } from './grants.ts'
import { kinds } from './kinds/kinds.ts'
import { isMeant, type Meant, meantIn, principalsMeant } from './lookup.ts'
import { managedTrusts, usersOf } from './managed-identities.ts'
import { applicationIdentity, kindOf, principalIdentity, type Surroundings } from './principals.ts'
import { askEach, askLists, itemsOf } from './questions.ts'
import {
  APPLICATION_FIELDS,
  type ApplicationRecord,
  type DirectoryObject,
  type FederatedRecord,
  PRINCIPAL_FIELDS,
  type PrincipalRecord,
} from './records.ts'
import { storageAccounts } from './storage-accounts.ts'

/** Principals that are asked about side by side: their questions fill some batches, and memory holds no more. */
const AT_ONCE = 200

type Wants = (...kinds: string[]) => boolean

/**
 * Streams the identities of a tenant: listings that answer for everybody first, then principals and applications a page
 * at a time, with questions about each in batches. `warn` is told what could not be looked at, in words, and `loaded`
 * who may do what once that is known.
 */
export async function* inventory(
  client: AzureClient,
  query: Query,
  tell: ((at: Progress) => void) | undefined,
  warn: (message: string) => void,
  loaded: (grants: Grants) => void,
): AsyncGenerator<Identity> {
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants: Wants = (...names) => names.some(name => asked.has(name))
  const listed = new Map<string, number>()
  for await (const identity of identities(client, wants, meantIn(query), warn, loaded)) {
    if (!asked.has(identity.kind)) continue
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    if (count % 100 === 0) tell?.({ account, kind, listed: count })
    yield identity
  }
}

async function* identities(
  client: AzureClient,
  wants: Wants,
  meant: Meant | undefined,
  warn: (message: string) => void,
  loaded: (grants: Grants) => void,
): AsyncGenerator<Identity> {
  const tolerate = tolerating(warn)
  const keys = wants('client-secret', 'certificate')
  const principals = wants('service-principal', 'managed-identity')
  if (principals || keys || wants('application', 'federated-credential')) {
    const applications: ApplicationRecord[] = []
    const call = graphList('/v1.0/applications', { $select: APPLICATION_FIELDS })
    for await (const each of client.pages<ApplicationRecord>(call)) applications.push(each)
    const around = await surroundings(client, applications, wants, tolerate)
    if (principals) loaded(around.grants)
    const principalOf = new Map<string, string>()
    // Permissions and who manages access are of the whole tenant: only the principals and applications are some.
    const asked = meant && applications.filter(each => isMeant(meant, each))
    const some = meant && asked && (await principalsMeant(client, meant, asked))
    if (asked && some) applications.splice(0, applications.length, ...asked)
    if (principals || keys || wants('application')) {
      const all =
        some ??
        client.pages<PrincipalRecord>(graphList('/v1.0/servicePrincipals', { $select: PRINCIPAL_FIELDS }))
      for await (const some of chunks(all, AT_ONCE)) {
        for (const { appId, id } of some) if (appId) principalOf.set(appId.toLowerCase(), id)
        yield* principalsAndKeys(client, some, around, wants)
      }
    }
    while (applications.length > 0) {
      // Not kept any longer than it takes.
      const some = applications.splice(0, AT_ONCE)
      yield* applicationsAndKeys(client, some, { wants, principalOf, lastUsed: around.lastUsed })
    }
  }
  if (meant) return
  if (wants('federated-credential')) yield* managedTrusts(client, tolerate)
  if (wants('storage-account')) yield* storageAccounts(client)
}

/** What these credentials may not see, or what is not there, is no reason to show nothing at all. */
function tolerating(warn: (message: string) => void): Tolerate {
  return async (what, find, quietly = false) => {
    try {
      return await find()
    } catch (error) {
      const fault = toFault(error)
      if (!['denied', 'unsupported', 'rejected', 'gone'].includes(fault.code)) throw fault
      if (!quietly || fault.code === 'denied') warn(`${what} could not be read: ${fault.message}`)
      return undefined
    }
  }
}

async function surroundings(
  client: AzureClient,
  applications: readonly ApplicationRecord[],
  wants: Wants,
  tolerate: Tolerate,
): Promise<Surroundings> {
  const grants = new Grants()
  const principals = wants('service-principal', 'managed-identity')
  const signIns = principals || wants('application')
  const [lastUsed, usedBy] = await Promise.all([
    signIns ? tolerate('sign-ins', () => lastSignIns(client), true) : undefined,
    wants('managed-identity')
      ? tolerate('what runs as managed identities', () => usersOf(client))
      : undefined,
    principals ? grants.load(client, applications, tolerate) : undefined,
  ])
  return {
    grants,
    lastUsed: lastUsed ?? new Map(),
    usedBy,
    applications: new Map(
      applications.flatMap(({ appId, id }) => (appId ? [[appId.toLowerCase(), id]] : [])),
    ),
  }
}

async function* principalsAndKeys(
  client: AzureClient,
  some: readonly PrincipalRecord[],
  around: Surroundings,
  wants: Wants,
): AsyncGenerator<Identity> {
  const now = Date.now()
  const { tenant } = client
  const asked = wants('service-principal', 'managed-identity') ? await askEach(client, some) : new Map()
  for (const record of some) {
    const kind = kindOf(record.servicePrincipalType)
    if (wants(kind)) yield principalIdentity(tenant, record, around, asked.get(record.id) ?? {}, now)
    if (wants('client-secret', 'certificate')) {
      const holder: Holder = { tenant, kind, objectId: record.id, called: record.displayName }
      yield* keyIdentities(holder, record, now)
    }
  }
}

async function* applicationsAndKeys(
  client: AzureClient,
  some: readonly ApplicationRecord[],
  {
    wants,
    principalOf,
    lastUsed,
  }: { wants: Wants; principalOf: ReadonlyMap<string, string>; lastUsed: ReadonlyMap<string, string> },
): AsyncGenerator<Identity> {
  const now = Date.now()
  const { tenant } = client
  const owners = wants('application')
    ? await askLists<DirectoryObject>(
        client,
        some.map(({ id }) => graphRead('/v1.0/applications/{id}/owners', { $select: 'id' }, id)),
      )
    : []
  const trusts = wants('federated-credential')
    ? await askLists<FederatedRecord>(
        client,
        some.map(({ id }) => federatedCall(id)),
      )
    : []
  for (const [at, record] of some.entries()) {
    const appId = record.appId?.toLowerCase() ?? ''
    const holder: Holder = {
      tenant,
      kind: 'application',
      objectId: record.id,
      called: record.displayName,
    }
    if (wants('application')) {
      const known = itemsOf(owners[at])?.map(({ id }) => id)
      yield applicationIdentity(
        tenant,
        record,
        {
          ...(known === undefined ? {} : { owners: known }),
          principal: principalOf.get(appId) ?? '',
          lastUsed: lastUsed.get(appId),
        },
        now,
      )
    }
    if (wants('client-secret', 'certificate')) yield* keyIdentities(holder, record, now)
    for (const each of itemsOf(trusts[at]) ?? []) yield federatedIdentity(holder, each, now)
  }
}
