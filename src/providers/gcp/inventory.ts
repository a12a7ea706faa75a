import { Fault, toFault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Progress, Query } from '../../model/provider.ts'
import { type About, accountIdentity, type ServiceAccount } from './accounts.ts'
import { apiKeys } from './api-keys.ts'
import type { GcpClient } from './client.ts'
import { denyPolicies } from './deny-policies.ts'
import { accountPolicies, grantsOn, type PolicyCache, type PolicyOf, unreadable } from './grants.ts'
import { hmacKeys } from './hmac-keys.ts'
import { keyId, keyIdentity, listKeys } from './keys.ts'
import { kinds } from './kinds/kinds.ts'
import { accountsAt, addressesIn, policyOfEach } from './lookup.ts'
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
  /** Told what could not be looked at, in words. */
  warn(message: string): void
}

/** Streams the identities of a project; holds a batch of accounts, and one line for each account that was used. */
export async function* inventory(
  listing: Listing,
  query: Query,
  tell: ((at: Progress) => void) | undefined,
): AsyncGenerator<Identity> {
  const { client, warn } = listing
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants = (...names: string[]) => names.some(name => asked.has(name))
  const listed = new Map<string, number>()
  const counted = (identity: Identity): Identity => {
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    if (count % 100 === 0) tell?.({ account, kind, listed: count })
    return identity
  }
  const addresses = addressesIn(query)
  if (wants('service-account', 'service-account-key')) {
    for await (const identity of accounts(listing, asked, addresses)) yield counted(identity)
  }
  if (addresses) return
  const others: [string, () => AsyncIterable<Identity> | Iterable<Identity> | Promise<Iterable<Identity>>][] =
    [
      ['hmac-key', () => hmacKeys(client)],
      ['api-key', () => apiKeys(client)],
      ['deny-policy', () => denyPolicies(client)],
    ]
  if (wants('workload-pool', 'workload-provider')) {
    const pools = { pools: wants('workload-pool'), providers: wants('workload-provider') }
    others.unshift(['workload pool', () => workloadPools(client, pools)])
  }
  for (const [kind, list] of others) {
    if (kind !== 'workload pool' && !wants(kind)) continue
    try {
      for await (const identity of await list()) yield counted(identity)
    } catch (error) {
      const { message } = unreadable(error)
      warn(`${client.project}: no ${kind} could be listed: ${message}`)
    }
  }
}

/** @param addresses those that are meant; undefined: all */
async function* accounts(
  listing: Listing,
  asked: ReadonlySet<string>,
  addresses: readonly string[] | undefined,
): AsyncGenerator<Identity> {
  const { client, policies, warn } = listing
  const [self, keys] = [asked.has('service-account'), asked.has('service-account-key')]
  const inBulk = () => accountPolicies(client, warn)
  const [grants, uses, lifetimes, policyOf, keyUses] = await Promise.all([
    self ? grantsOn(client, policies, warn) : new Map(),
    self ? usesOf(client, 'serviceAccountLastAuthentication') : NONE,
    self ? tokenLifetimes(client, warn) : () => undefined,
    !self ? async () => undefined : addresses ? policyOfEach(client, inBulk) : inBulk(),
    keys ? usesOf(client, 'serviceAccountKeyLastAuthentication') : NONE,
  ])
  const about: About = { grants, uses, lifetimes, now: Date.now() }
  const wanted: Wanted = { self, keys, about, policyOf, keyUses }
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
  self: boolean
  keys: boolean
  about: About
  policyOf: PolicyOf
  keyUses: Uses
}

/** An account that vanishes while it is looked at is left out: there is nothing to contain. */
async function accountAndKeys(
  client: GcpClient,
  account: ServiceAccount,
  { self, keys, about, policyOf, keyUses }: Wanted,
): Promise<Identity[]> {
  try {
    const [made, policy] = await Promise.all([
      keys ? listKeys(client, account.uniqueId) : undefined,
      policyOf(account),
    ])
    return [
      ...(self ? [accountIdentity(client, account, about, policy, made?.map(keyId))] : []),
      ...(made ?? []).map(key => keyIdentity(client, account.email, key, keyUses, about.now)),
    ]
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/** All credentials that a service account has now. One that is gone has none. */
export async function credentialsOf({ client, warn }: Listing, email: string): Promise<Identity[]> {
  const now = Date.now()
  const keys = listKeys(client, email).then(
    found => found.map(key => keyIdentity(client, email, key, NONE, now)),
    (error: unknown) => {
      if (toFault(error).code === 'gone') return []
      throw error
    },
  )
  const bound = async (kind: string, list: AsyncIterable<Identity>) => {
    const found: Identity[] = []
    try {
      for await (const each of list) if (each.facts.serviceAccount === email) found.push(each)
    } catch (error) {
      const fault = unreadable(error)
      if (fault.code === 'gone') return []
      warn(`${client.project}: no ${kind} could be listed: ${fault.message}`)
    }
    return found
  }
  const all = [keys, bound('hmac-key', hmacKeys(client, email)), bound('api-key', apiKeys(client))]
  return (await Promise.all(all)).flat()
}

/** A name from a plan or a journal, before it is put into a path. @throws Fault */
export function emailOf({ name }: Identity): string {
  if (/^[^\s/@%?#]+@[a-z0-9.-]+$/i.test(name)) return name
  throw new Fault('invalid-input', `not the address of a service account: ${name}`)
}
