import { type Fault, toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Progress, Query } from '../../../model/provider.ts'
import type { GcpClient } from '../client.ts'
import { kinds } from '../kinds/kinds.ts'
import type { ServiceAccountKey } from '../settings/key-state.ts'
import { type About, accountIdentity, type ServiceAccount } from './accounts.ts'
import { undecided } from './administration.ts'
import { apiKeys } from './api-keys.ts'
import { denyPolicies } from './deny-policies.ts'
import {
  accountPolicies,
  type Grants,
  grantsOn,
  impersonationOf,
  type PolicyCache,
  type PolicyOf,
  unreadable,
} from './grants.ts'
import { hmacKeys } from './hmac-keys.ts'
import { keyId, keyIdentity, listKeys } from './keys.ts'
import { accountsAt, asksUses, type Meant, meantIn, policyOfEach } from './lookup.ts'
import { tokenLifetimes } from './token-lifetime.ts'
import { type Uses, usesOf } from './usage.ts'
import { workloadPools } from './workload-pools.ts'

/** Accounts whose keys are asked for side by side; the lane bounds the calls, this bounds the memory. */
const ACCOUNTS_AT_ONCE = 50

const NONE: Uses = new Map()

/** Everything about a listing that is the same for all of it. */
export interface Listing {
  client: GcpClient
  /** Shared by the sessions: folders and the organization are above many projects. */
  policies: PolicyCache
  /** Called with what could not be listed, in words, and kinds of which the listing lacks identities because of it. */
  warn(message: string, missing?: readonly string[]): void
  /** Set by a listing: why nobody can tell who administers the organization; undefined where that is known. */
  undecided: string | undefined
}

/**
 * Streams the identities of a project; holds a batch of accounts, and one line for each account that was used. A listing
 * that is refused costs its own kind, with a warning. Throws the Fault where nothing that was asked for could be listed.
 */
export async function* inventory(
  listing: Listing,
  query: Query,
  tell: ((at: Progress) => void) | undefined,
): AsyncGenerator<Identity> {
  const { client, warn } = listing
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const listed = new Map<string, number>()
  const counted = (identity: Identity): Identity => {
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    if (count % 100 === 0) tell?.({ account, kind, listed: count })
    return identity
  }
  let [made, refused]: [number, Fault | undefined] = [0, undefined]
  for (const [what, given, list] of sourcesOf(listing, query, asked)) {
    try {
      for await (const identity of await list()) yield counted(identity)
      made++
    } catch (error) {
      const fault = unreadable(error)
      refused ??= fault
      warn(`${client.project}: not every ${what} could be listed: ${fault.message}`, given)
    }
  }
  if (made === 0 && refused) throw refused
}

type Source = [
  what: string,
  kinds: string[],
  list: () => AsyncIterable<Identity> | Promise<Iterable<Identity>>,
]

/** Kinds that are listed by themselves, in the order in which they are given. */
function sourcesOf(listing: Listing, query: Query, asked: ReadonlySet<string>): Source[] {
  const { client, warn } = listing
  const wants = (...names: string[]) => names.some(name => asked.has(name))
  const meant = meantIn(query)
  const sources: Source[] = []
  if (wants('service-account', 'service-account-key')) {
    sources.push([
      'service account',
      ['service-account', 'service-account-key'],
      () =>
        meant ? accountsMeant(listing, asked, meant, query) : accounts(listing, asked, undefined, query),
    ])
  }
  if (meant) return sources
  if (wants('workload-pool', 'workload-provider')) {
    const pools = { pools: wants('workload-pool'), providers: wants('workload-provider') }
    sources.push([
      'workload pool',
      ['workload-pool', 'workload-provider'],
      () => workloadPools(client, pools, warn),
    ])
  }
  if (wants('hmac-key')) sources.push(['hmac-key', ['hmac-key'], () => hmacKeys(client)])
  if (wants('api-key')) sources.push(['api-key', ['api-key'], () => apiKeys(client)])
  if (wants('deny-policy')) sources.push(['deny-policy', ['deny-policy'], () => denyPolicies(client)])
  return sources
}

/** The accounts that are meant, and those of the keys that are; all where one of the keys is not found near by. */
async function* accountsMeant(
  listing: Listing,
  asked: ReadonlySet<string>,
  { addresses, keys, near }: Meant,
  query: Query,
): AsyncGenerator<Identity> {
  if (keys.length === 0) {
    yield* accounts(listing, asked, addresses, query)
    return
  }
  const found: Identity[] = []
  if (near.length > 0 && asked.has('service-account-key')) {
    const places = [...new Set([...addresses, ...near])]
    for await (const each of accounts(listing, asked, places, query)) found.push(each)
  }
  const known = new Set(found.flatMap(({ kind, name }) => (kind === 'service-account-key' ? [name] : [])))
  if (keys.every(key => known.has(key))) yield* found
  else yield* accounts(listing, asked, undefined, query)
}

/** @param addresses those that are meant; undefined: all */
async function* accounts(
  listing: Listing,
  asked: ReadonlySet<string>,
  addresses: readonly string[] | undefined,
  query: Query,
): AsyncGenerator<Identity> {
  const { client, policies, warn } = listing
  const [self, keys] = [asked.has('service-account'), asked.has('service-account-key')]
  const inBulk = () => accountPolicies(client, warn)
  const [grants, uses, lifetimes, policyOf, keyUses] = await Promise.all([
    self ? grantsOn(client, policies, warn) : undefined,
    self && asksUses(query) ? usesOf(client, 'serviceAccountLastAuthentication', warn) : NONE,
    self ? tokenLifetimes(client, warn) : () => undefined,
    !self ? async () => undefined : addresses ? policyOfEach(client, inBulk) : inBulk(),
    keys && asksUses(query) ? usesOf(client, 'serviceAccountKeyLastAuthentication', warn) : NONE,
  ])
  if (grants) listing.undecided = undecided(client, grants.unread)
  const about = { uses, lifetimes, now: client.timing.date() }
  const wanted: Wanted = { keys, about, policyOf, keyUses, ...(grants ? { grants } : {}), warn }
  let batch: ServiceAccount[] = []
  const flush = async () => {
    const some = batch
    batch = []
    return (await Promise.all(some.map(each => accountAndKeys(client, each, wanted)))).flat()
  }
  for await (const account of accountsAt(client, addresses)) {
    if (batch.push(account) >= ACCOUNTS_AT_ONCE) yield* await flush()
  }
  yield* await flush()
}

interface Wanted {
  keys: boolean
  about: Omit<About, 'grants'>
  /** Absent where the accounts themselves are not asked for. */
  grants?: Grants
  policyOf: PolicyOf
  keyUses: Uses
  warn: Listing['warn']
}

/** An account that vanishes while it is looked at is left out: there is nothing to contain. */
async function accountAndKeys(
  client: GcpClient,
  account: ServiceAccount,
  { keys, about, grants, policyOf, keyUses, warn }: Wanted,
): Promise<Identity[]> {
  try {
    const [made, policy] = await Promise.all([
      keys ? keysIfListed(client, account, warn) : undefined,
      policyOf(account),
    ])
    const acting = policy && (await impersonationOf(client, policy))
    return [
      ...(grants ? [accountIdentity(client, account, { ...about, grants }, acting, made?.map(keyId))] : []),
      ...(made ?? []).map(key => keyIdentity(client, account.email, key, keyUses, about.now)),
    ]
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/** Undefined where they may not be listed: the right to disable accounts does not include listing their keys. */
async function keysIfListed(
  client: GcpClient,
  { uniqueId }: ServiceAccount,
  warn: Wanted['warn'],
): Promise<ServiceAccountKey[] | undefined> {
  try {
    return await listKeys(client, uniqueId)
  } catch (error) {
    if (toFault(error).code === 'gone') throw error
    const { message } = unreadable(error)
    warn(`${client.project}: keys of service accounts are not known: ${message}`, ['service-account-key'])
    return undefined
  }
}
