import { toFault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Progress, Query } from '../../model/provider.ts'
import { associationIdentities } from './associations.ts'
import type { AccountDetails, AwsClient, ServiceSpecificCredentialMetadata, UserDetail } from './client.ts'
import {
  accessKeyIdentity,
  certificateIdentity,
  listAccessKeys,
  listAllServiceCredentials,
  listCertificates,
  listServiceCredentials,
  listSshKeys,
  serviceCredentialIdentity,
  sshKeyIdentity,
  unlessUnsupported,
} from './credentials.ts'
import { listOf } from './documents.ts'
import { unlessGone } from './interruptions/settings.ts'
import { kinds } from './kinds/kinds.ts'
import { detailsOf, type Found, isForListing, namedIn } from './lookup.ts'
import { issuersOf, oidcProviders } from './oidc-providers.ts'
import { roleIdentity, userIdentity } from './principals.ts'
import { type Reported, reportOrNone } from './report.ts'

/** The most that IAM gives on a page; it may give less. */
const PAGE = 1000

/** Kinds of which the credential report says when they were last used. */
const READS_REPORT = ['user', 'access-key']

/** Users whose keys are asked for side by side; the lane bounds the calls, this bounds the memory. */
const USERS_AT_ONCE = 50

type Tell = ((at: Progress) => void) | undefined

/**
 * Streams the identities of an account, bulk calls first; holds a page at a time, and a line for each user. `warn` is
 * told what could not be looked at, in words.
 */
export async function* inventory(
  client: AwsClient,
  query: Query,
  tell: Tell,
  warn: (message: string) => void,
): AsyncGenerator<Identity> {
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants = (...names: string[]) => names.some(name => asked.has(name))
  const only = await lookedUp(client, query)
  const totals = tell && !only ? await totalsOf(client) : {}
  const listed = new Map<string, number>()
  const counted = (identity: Identity): Identity => {
    const { kind, account } = identity
    const count = (listed.get(kind) ?? 0) + 1
    listed.set(kind, count)
    const total = totals[kind]
    if (count % 100 === 0 || count === total) {
      tell?.({ account, kind, listed: count, ...(total === undefined ? {} : { total }) })
    }
    return identity
  }
  const seen: Seen = { profiles: new Map(), trusting: new Map() }
  if (wants('role')) {
    for await (const identity of roles(client, only && [{ RoleDetailList: only.roles }])) {
      if (wants('instance-profile-association', 'oidc-provider')) note(seen, identity)
      yield counted(identity)
    }
  }
  if (only?.users.length === 0) return
  const services = wants('user', 'service-credential')
    ? await serviceCredentials(client, asked, only?.users)
    : []
  if (wants('user', 'access-key', 'signing-certificate', 'ssh-key')) {
    const bearers = new Set(services.flatMap(({ owner, facts }) => (facts.enabled && owner ? [owner] : [])))
    const listed = only ? [{ UserDetailList: only.users }] : details(client, 'User')
    for await (const identity of users(client, listed, { asked, bearers, warn })) yield counted(identity)
  }
  if (wants('service-credential')) for (const identity of services) yield counted(identity)
  if (only) return
  if (wants('oidc-provider')) {
    const trusting = wants('role') ? seen.trusting : undefined
    for (const identity of await oidcProviders(client, trusting)) yield counted(identity)
  }
  if (wants('instance-profile-association')) {
    for (const identity of await associationIdentities(client, seen.profiles)) yield counted(identity)
  }
}

/** How many there are, where the account may be asked. */
async function totalsOf(client: AwsClient): Promise<{ [kind: string]: number | undefined }> {
  const summary = await client.iam('GetAccountSummary', {}).catch(() => undefined)
  return { user: summary?.SummaryMap?.Users, role: summary?.SummaryMap?.Roles }
}

/** What is asked for by name, where that is all that is meant and IAM lets us; undefined: all are listed. */
async function lookedUp(client: AwsClient, query: Query): Promise<Found | undefined> {
  const named = namedIn(query)
  if (!named) return undefined
  try {
    return await detailsOf(client, named)
  } catch (error) {
    if (isForListing(error)) return undefined
    throw error
  }
}

type Details = Pick<AccountDetails, 'RoleDetailList' | 'UserDetailList'>

async function* details(client: AwsClient, filter: 'Role' | 'User'): AsyncGenerator<AccountDetails> {
  let Marker: string | undefined
  do {
    const page = await client.iam('GetAccountAuthorizationDetails', {
      Filter: [filter],
      MaxItems: PAGE,
      ...(Marker === undefined ? {} : { Marker }),
    })
    yield page
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker !== undefined)
}

/** @param listed those that are meant; undefined: all */
export async function* roles(client: AwsClient, listed?: readonly Details[]): AsyncGenerator<Identity> {
  const now = Date.now()
  for await (const page of listed ?? details(client, 'Role')) {
    for (const role of page.RoleDetailList ?? []) yield roleIdentity(client.account, role, now)
  }
}

/** What other kinds want to know of the roles. */
interface Seen {
  /** Instance profile ARN → name of its role. */
  profiles: Map<string, string>
  /** Issuer → names of the roles that trust it. */
  trusting: Map<string, string[]>
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
  {
    asked,
    bearers,
    warn,
  }: { asked: ReadonlySet<string>; bearers: ReadonlySet<string>; warn: (message: string) => void },
): AsyncGenerator<Identity> {
  const now = Date.now()
  const report = READS_REPORT.some(kind => asked.has(kind)) ? await reportOrNone(client, warn) : undefined
  for await (const page of listed) {
    const list = page.UserDetailList ?? []
    for (let from = 0; from < list.length; from += USERS_AT_ONCE) {
      const some = list.slice(from, from + USERS_AT_ONCE)
      const all = await Promise.all(
        some.map(user => userAndCredentials(client, user, report, { asked, bearers, now })),
      )
      yield* all.flat()
    }
  }
}

interface Wanted {
  /** Kinds. */
  asked: ReadonlySet<string>
  /** Ids of users with a live service-specific credential. */
  bearers: ReadonlySet<string>
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
  { asked, bearers, now }: Wanted,
): Promise<Identity[]> {
  const { account } = client
  const name = user.UserName ?? ''
  const reported = report?.get(name)
  const listed = async <Item>(kinds: readonly string[], list: () => Promise<Item[]>) =>
    kinds.some(kind => asked.has(kind)) ? await list() : []
  try {
    const [keys, certificates, sshKeys] = await Promise.all([
      listed(READS_REPORT, () => listAccessKeys(client, name)),
      listed(['signing-certificate'], () => unlessUnsupported(listCertificates(client, name))),
      listed(['ssh-key'], () => unlessUnsupported(listSshKeys(client, name))),
    ])
    return [
      ...(asked.has('user')
        ? [userIdentity(account, user, { reported, keys, certificates, bearers, now })]
        : []),
      ...(asked.has('access-key')
        ? keys.map(key => accessKeyIdentity(account, name, key, reported, now))
        : []),
      ...certificates.map(each => certificateIdentity(account, name, each, now)),
      ...sshKeys.map(each => sshKeyIdentity(account, name, each, now)),
    ]
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

/** One bulk call, made for users as well: who has such a credential and no password is a machine. */
async function serviceCredentials(
  client: AwsClient,
  asked: ReadonlySet<string>,
  only: readonly UserDetail[] | undefined,
): Promise<Identity[]> {
  const listed = only ? serviceCredentialsOf(client, only) : listAllServiceCredentials(client)
  const found = await unlessUnsupported(listed).catch((error: unknown) => {
    if (asked.has('service-credential') || toFault(error).code === 'bug') throw error
    return []
  })
  const now = Date.now()
  return found.map(each => serviceCredentialIdentity(client.account, each, now))
}

async function serviceCredentialsOf(
  client: AwsClient,
  users: readonly UserDetail[],
): Promise<ServiceSpecificCredentialMetadata[]> {
  const found = await Promise.all(
    users.map(async ({ UserName = '' }) => {
      const listed = await unlessGone(listServiceCredentials(client, { UserName }))
      return (listed ?? []).map(each => ({ ...each, UserName }))
    }),
  )
  return found.flat()
}
