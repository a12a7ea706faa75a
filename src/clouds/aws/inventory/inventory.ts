import { toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import { isObject } from '../../../model/json-object.ts'
import type { Progress, Query } from '../../../model/provider.ts'
import type { AwsClient, UserDetail } from '../client.ts'
import { kinds } from '../kinds/kinds.ts'
import { accountSummary } from '../settings/account-summary.ts'
import { listOf } from '../settings/documents.ts'
import { associationIdentities } from './associations.ts'
import { type Details, details, roles } from './bulk-listing.ts'
import {
  accessKeyIdentity,
  certificateIdentity,
  listAccessKeys,
  listAllServiceCredentials,
  listCertificates,
  listServiceCredentialsOf,
  listSshKeys,
  serviceCredentialIdentity,
  sshKeyIdentity,
  unlessUnsupported,
} from './credentials.ts'
import { Losses, type Warn } from './listing-losses.ts'
import { asksReport, detailsOf, type Found, isForListing, namedIn, onlyAsked } from './lookup.ts'
import { issuersOf, oidcProviders } from './oidc-providers.ts'
import { userIdentity } from './principals.ts'
import { type Reported, reportOrNone } from './report.ts'

/** Kinds of which the credential report says when they were last used. */
const READS_REPORT = ['user', 'access-key']

/** Users whose keys are asked for side by side; the lane bounds the calls, this bounds the memory. */
const USERS_AT_ONCE = 50

type Tell = ((at: Progress) => void) | undefined

/**
 * Streams the identities of an account, bulk calls first; holds a page at a time, and a line for each user. A read that is
 * refused costs what it alone would have shown, and `warn` receives it in words; throws the refusal only if nothing that was
 * asked for could be listed.
 */
export async function* inventory(
  client: AwsClient,
  query: Query,
  tell: Tell,
  warn: Warn,
): AsyncGenerator<Identity> {
  const losses = new Losses(warn)
  let isEmpty = true
  try {
    for await (const identity of listing(client, query, { tell, warn, losses })) {
      isEmpty = false
      yield identity
    }
    if (isEmpty && losses.fault) throw losses.fault
  } finally {
    losses.report(client.account)
  }
}

interface Listeners {
  tell: Tell
  warn: Warn
  losses: Losses
}

async function* listing(
  client: AwsClient,
  query: Query,
  { tell, warn, losses }: Listeners,
): AsyncGenerator<Identity> {
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants = (...names: string[]) => names.some(name => asked.has(name))
  const only = await lookedUp(client, query)
  const totals = tell && !only ? await totalsOf(client) : {}
  const listed = new Map<string, number>()
  const isReported = !only || asksReport(query)
  const counted = (identity: Identity): Identity => {
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    const total = totals[kind]
    if (count % 100 === 0 || count === total) {
      tell?.({ account, kind, listed: count, ...(total === undefined ? {} : { total }) })
    }
    return only ? onlyAsked(identity, query) : identity
  }
  const seen: Seen = { profiles: new Map(), trusting: new Map(), rolesLost: false }
  if (wants('role')) {
    for await (const identity of roles(client, only && [{ RoleDetailList: only.roles }], losses)) {
      if (wants('instance-profile-association', 'oidc-provider')) note(seen, identity)
      losses.undecided(identity.name, undecidedOf(identity))
      yield counted(identity)
    }
    seen.rolesLost = losses.fault !== undefined
  }
  if (only?.users.length === 0) return
  const services = wants(...(isReported ? ['user'] : []), 'service-credential')
    ? await serviceCredentials(client, asked, only?.users, losses)
    : undefined
  if (wants('user', 'access-key', 'signing-certificate', 'ssh-key')) {
    const bearers =
      services && new Set(services.flatMap(({ owner, facts }) => (facts.enabled && owner ? [owner] : [])))
    const lost = { what: 'users', kinds: OF_USERS.filter(kind => asked.has(kind)) }
    const listed = only ? [{ UserDetailList: only.users }] : details(client, 'User', losses, lost)
    for await (const identity of users(client, listed, { asked, bearers, warn, losses, isReported })) {
      yield counted(identity)
    }
  }
  if (wants('service-credential')) for (const identity of services ?? []) yield counted(identity)
  if (only) return
  if (wants('oidc-provider')) {
    const trusting = wants('role') && !seen.rolesLost ? seen.trusting : undefined
    for (const identity of await oidcProviders(client, trusting, losses)) yield counted(identity)
  }
  if (wants('instance-profile-association')) {
    for (const identity of await associationIdentities(client, losses, seen.profiles)) yield counted(identity)
  }
}

/** How many there are, where the account may be asked. */
async function totalsOf(client: AwsClient): Promise<{ [kind: string]: number | undefined }> {
  const { Users: user, Roles: role } = await accountSummary(client)
  return { user, role }
}

/** The names to read, if only they are meant and IAM allows it; undefined: all are listed. */
async function lookedUp(client: AwsClient, query: Query): Promise<Found | undefined> {
  const named = namedIn(query)
  if (!named) return undefined
  try {
    return await detailsOf(client, named, query)
  } catch (error) {
    if (isForListing(error)) return undefined
    throw error
  }
}

/** Kinds that are found user by user. */
const OF_USERS = ['user', 'access-key', 'signing-certificate', 'ssh-key']

/** Why a role may trust accounts that are not named among its facts; those that only AWS changes are nobody's to stop. */
function undecidedOf({ facts }: Identity): readonly string[] {
  const { trust, reserved } = facts
  const isKnown = isObject(trust)
  return isKnown && reserved === '' ? listOf(trust.undecided) : []
}

/** The facts of roles that other kinds need. */
interface Seen {
  /** Instance profile ARN → name of its role. */
  profiles: Map<string, string>
  /** Issuer → names of the roles that trust it. */
  trusting: Map<string, string[]>
  /** Roles could not be listed, or not all of them. */
  rolesLost: boolean
}

function note(seen: Seen, { name, facts }: Identity): void {
  for (const profile of listOf(facts.instanceProfiles)) seen.profiles.set(profile, name)
  for (const issuer of issuersOf(facts)) {
    const names = seen.trusting.get(issuer)
    if (names) names.push(name)
    else seen.trusting.set(issuer, [name])
  }
}

async function* users(
  client: AwsClient,
  listed: AsyncIterable<Details> | Iterable<Details>,
  { warn, isReported, ...wanted }: Omit<Wanted, 'now'> & { warn: Warn; isReported: boolean },
): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const report =
    isReported && READS_REPORT.some(kind => wanted.asked.has(kind))
      ? await reportOrNone(client, warn)
      : undefined
  for await (const page of listed) {
    const list = page.UserDetailList ?? []
    for (let from = 0; from < list.length; from += USERS_AT_ONCE) {
      const some = list.slice(from, from + USERS_AT_ONCE)
      const all = await Promise.all(
        some.map(user => userAndCredentials(client, user, report, { ...wanted, now })),
      )
      yield* all.flat()
    }
  }
}

interface Wanted {
  /** Kinds. */
  asked: ReadonlySet<string>
  /** Ids of users with a live service-specific credential; undefined: those could not be listed. */
  bearers: ReadonlySet<string> | undefined
  losses: Losses
  /** Milliseconds since 1970. */
  now: number
}

/**
 * A user and what it has, each listed afresh: the report may be four hours old, and a credential made since then is the one
 * that an incident is about. A user that vanishes while it is looked at is left out: there is nothing to contain.
 */
async function userAndCredentials(
  client: AwsClient,
  user: UserDetail,
  report: ReadonlyMap<string, Reported> | undefined,
  { asked, bearers, losses, now }: Wanted,
): Promise<Identity[]> {
  const { account } = client
  const name = user.UserName ?? ''
  const reported = report?.get(name)
  const listed = async <Item>(readBy: readonly string[], what: string, list: () => Promise<Item[]>) => {
    if (!readBy.some(kind => asked.has(kind))) return []
    const kinds = readBy.filter(kind => kind !== 'user' && asked.has(kind))
    return await losses.unlessDenied(list(), what, { kinds, of: name })
  }
  try {
    const [keys, certificates, sshKeys] = await Promise.all([
      listed(READS_REPORT, 'access keys', () => listAccessKeys(client, name)),
      listed(['signing-certificate'], 'signing certificates', () =>
        unlessUnsupported(listCertificates(client, name)),
      ),
      listed(['ssh-key'], 'SSH keys', () => unlessUnsupported(listSshKeys(client, name))),
    ])
    return [
      ...(asked.has('user')
        ? [userIdentity(account, user, { reported, keys, certificates: certificates ?? [], bearers, now })]
        : []),
      ...(asked.has('access-key')
        ? (keys ?? []).map(key => accessKeyIdentity(account, name, key, reported, now))
        : []),
      ...(certificates ?? []).map(each => certificateIdentity(account, name, each, now)),
      ...(sshKeys ?? []).map(each => sshKeyIdentity(account, name, each, now)),
    ]
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/**
 * One bulk call, made for users as well: who has such a credential and no password is a machine. Undefined if it was refused,
 * or if it failed and only users were asked for.
 */
async function serviceCredentials(
  client: AwsClient,
  asked: ReadonlySet<string>,
  only: readonly UserDetail[] | undefined,
  losses: Losses,
): Promise<Identity[] | undefined> {
  const kinds = ['service-credential'].filter(kind => asked.has(kind))
  const listed = only ? listServiceCredentialsOf(client, only) : listAllServiceCredentials(client)
  const found = await losses
    .unlessDenied(unlessUnsupported(listed), 'service-specific credentials', { kinds })
    .catch((error: unknown) => {
      if (kinds.length > 0 || toFault(error).code === 'bug') throw error
      return undefined
    })
  const now = client.timing.date()
  return found?.map(each => serviceCredentialIdentity(client.account, each, now))
}
