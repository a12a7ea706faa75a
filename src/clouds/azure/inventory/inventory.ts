import type { Identity } from '../../../model/identity.ts'
import type { Progress, Query } from '../../../model/provider.ts'
import type { AzureClient } from '../client.ts'
import { chunks } from '../http/chunks.ts'
import { graphList, graphRead } from '../http/read-requests.ts'
import { kinds } from '../kinds/kinds.ts'
import { lastSignIns } from './activity.ts'
import { federatedCall, federatedIdentity, type Holder, keyIdentities } from './credentials.ts'
import { askEach, askLists } from './directory-lookups.ts'
import { Grants } from './grants.ts'
import { Losses, type Warn } from './listing-losses.ts'
import { isMeant, type Meant, meantIn, principalsMeant } from './lookup.ts'
import { managedTrusts, usersOf } from './managed-identities.ts'
import { isAskedAlone, type NamedPrincipals, namedPrincipals } from './named-principals.ts'
import { applicationIdentity, kindOf, principalIdentity, type Surroundings } from './principals.ts'
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
 * at a time, with questions about each in batches. `warn` is called with each thing that could not be read, in words, and `loaded`
 * who may do what once that is known. A refused listing costs only its own facts; throws the refusal where
 * nothing of what was asked for could be listed.
 */
export async function* inventory(
  client: AzureClient,
  query: Query,
  tell: ((at: Progress) => void) | undefined,
  warn: Warn,
  loaded: (grants: Grants) => void,
): AsyncGenerator<Identity> {
  const losses = new Losses(warn)
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants: Wants = (...names) => names.some(name => asked.has(name))
  const listed = new Map<string, number>()
  const meant = meantIn(query)
  const named = meant && isAskedAlone(query) ? await namedPrincipals(client, meant, losses) : undefined
  for await (const identity of identities(client, wants, { meant, named }, losses, loaded)) {
    if (!asked.has(identity.kind)) continue
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    if (count % 100 === 0) tell?.({ account, kind, listed: count })
    yield identity
  }
  if (listed.size === 0 && losses.fault) throw losses.fault
}

/** Kinds that are listed with applications, and with principals. */
const WITH_APPLICATIONS = ['application', 'client-secret', 'certificate', 'federated-credential']
const WITH_PRINCIPALS = ['service-principal', 'managed-identity', 'client-secret', 'certificate']

async function* identities(
  client: AzureClient,
  wants: Wants,
  { meant, named }: { meant: Meant | undefined; named: NamedPrincipals | undefined },
  losses: Losses,
  loaded: (grants: Grants) => void,
): AsyncGenerator<Identity> {
  const keys = wants('client-secret', 'certificate')
  const principals = wants('service-principal', 'managed-identity')
  if (principals || keys || wants('application', 'federated-credential')) {
    const listed = named
      ? [...named.applications, ...named.counterparts]
      : await losses.unless('applications', () => allApplications(client), {
          kinds: WITH_APPLICATIONS.filter(kind => wants(kind)),
        })
    const applications = listed ?? []
    const around = await surroundings(client, listed, wants, losses, named)
    if (principals) loaded(around.grants)
    const principalOf = new Map<string, string>()
    // Permissions and who manages access are of the whole tenant: only the principals and applications are some.
    const asked = meant && applications.filter(each => isMeant(meant, each))
    const some = named?.principals ?? (meant && asked && (await principalsMeant(client, meant, asked)))
    if (asked && some) applications.splice(0, applications.length, ...asked)
    if (principals || keys || wants('application')) {
      const all =
        some ??
        losses.pages(
          PRINCIPALS,
          client.pages<PrincipalRecord>(graphList('/v1.0/servicePrincipals', { $select: PRINCIPAL_FIELDS })),
          { kinds: WITH_PRINCIPALS.filter(kind => wants(kind)) },
        )
      for await (const some of chunks(all, AT_ONCE)) {
        for (const { appId, id } of some) if (appId) principalOf.set(appId.toLowerCase(), id)
        yield* principalsAndKeys(client, some, around, wants, losses)
      }
    }
    while (applications.length > 0) {
      // Not kept any longer than it takes.
      const some = applications.splice(0, AT_ONCE)
      yield* applicationsAndKeys(client, some, {
        wants,
        losses,
        principalOf: losses.has(PRINCIPALS) ? undefined : principalOf,
        lastUsed: around.lastUsed,
      })
    }
  }
  if (meant) return
  if (wants('federated-credential')) yield* managedTrusts(client, losses)
  if (wants('storage-account')) yield* storageAccounts(client, losses)
}

/** Name of a refused listing of principals in a warning. */
const PRINCIPALS = 'service principals'

async function allApplications(client: AzureClient): Promise<ApplicationRecord[]> {
  const found: ApplicationRecord[] = []
  const call = graphList('/v1.0/applications', { $select: APPLICATION_FIELDS })
  for await (const each of client.pages<ApplicationRecord>(call)) found.push(each)
  return found
}

async function surroundings(
  client: AzureClient,
  applications: readonly ApplicationRecord[] | undefined,
  wants: Wants,
  losses: Losses,
  named: NamedPrincipals | undefined,
): Promise<Surroundings> {
  const byAppId =
    applications &&
    new Map(applications.flatMap(({ appId, id }) => (appId ? [[appId.toLowerCase(), id] as const] : [])))
  // When they were used, and what runs as them, is not looked at.
  if (named) return { grants: named.grants, lastUsed: new Map(), usedBy: undefined, applications: byAppId }
  const grants = new Grants()
  const principals = wants('service-principal', 'managed-identity')
  const signIns = principals || wants('application')
  const [lastUsed, usedBy] = await Promise.all([
    signIns ? losses.unless('sign-ins', () => lastSignIns(client), { quietly: true }) : undefined,
    wants('managed-identity')
      ? losses.unless('what runs as managed identities', () => usersOf(client))
      : undefined,
    principals ? grants.load(client, applications, (what, find) => losses.unless(what, find)) : undefined,
  ])
  return {
    grants,
    lastUsed: lastUsed ?? new Map(),
    usedBy,
    applications: byAppId,
  }
}

async function* principalsAndKeys(
  client: AzureClient,
  some: readonly PrincipalRecord[],
  around: Surroundings,
  wants: Wants,
  losses: Losses,
): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const { tenant } = client
  const asked = wants('service-principal', 'managed-identity')
    ? await askEach(client, some, losses)
    : new Map()
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
    losses,
    principalOf,
    lastUsed,
  }: {
    wants: Wants
    losses: Losses
    /** Undefined: principals could not be listed. */
    principalOf: ReadonlyMap<string, string> | undefined
    lastUsed: ReadonlyMap<string, string>
  },
): AsyncGenerator<Identity> {
  const now = client.timing.date()
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
      const known = losses.of('owners of applications', owners[at], { quietly: true })?.map(({ id }) => id)
      yield applicationIdentity(
        tenant,
        record,
        {
          ...(known === undefined ? {} : { owners: known }),
          ...(principalOf === undefined ? {} : { principal: principalOf.get(appId) ?? '' }),
          lastUsed: lastUsed.get(appId),
        },
        now,
      )
    }
    if (wants('client-secret', 'certificate')) yield* keyIdentities(holder, record, now)
    const own = losses.of('federated credentials', trusts[at], { kinds: ['federated-credential'] })
    for (const each of own ?? []) yield federatedIdentity(holder, each, now)
  }
}
