import type { GetAccountAuthorizationDetailsCommandOutput, UserDetail } from '@aws-sdk/client-iam'
import { toFault } from '../../model/fault.ts'
import { type Identity, identityId } from '../../model/identity.ts'
import type { Progress, Query } from '../../model/provider.ts'
import { associationIdentities } from './associations.ts'
import type { AwsClient } from './client.ts'
import {
  accessKeyIdentity,
  certificateIdentity,
  listAccessKeys,
  listCertificates,
  listServiceCredentials,
  listSshKeys,
  serviceCredentialIdentity,
  sshKeyIdentity,
  unlessUnsupported,
} from './credentials.ts'
import { kinds } from './kinds/kinds.ts'
import { common, roleIdentity, userIdentity } from './principals.ts'
import { type Reported, reportOrNone } from './report.ts'

/** The most that IAM gives on a page; it may give less. */
const PAGE = 1000

/** Users whose keys are asked for side by side; the lane bounds the calls, this bounds the memory. */
const USERS_AT_ONCE = 50

type Tell = ((at: Progress) => void) | undefined

/** Streams the identities of an account, bulk calls first; holds a page at a time, and a line for each user. */
export async function* inventory(client: AwsClient, query: Query, tell: Tell): AsyncGenerator<Identity> {
  const asked = new Set(query.kinds ?? kinds.filter(({ costly }) => !costly).map(({ name }) => name))
  const wants = (...names: string[]) => names.some(name => asked.has(name))
  const totals = tell ? await totalsOf(client) : {}
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
  if (wants('role')) for await (const identity of roles(client)) yield counted(identity)
  if (wants('user', 'access-key', 'signing-certificate', 'ssh-key')) {
    for await (const identity of users(client, asked)) yield counted(identity)
  }
  if (wants('service-credential')) {
    for (const identity of await serviceCredentials(client)) yield counted(identity)
  }
  if (wants('oidc-provider')) for (const identity of await oidcProviders(client)) yield counted(identity)
  if (wants('instance-profile-association')) {
    for (const identity of await associationIdentities(client)) yield counted(identity)
  }
}

/** How many there are, where the account may be asked. */
async function totalsOf(client: AwsClient): Promise<{ [kind: string]: number | undefined }> {
  const summary = await client.iam('GetAccountSummary', {}).catch(() => undefined)
  return { user: summary?.SummaryMap?.Users, role: summary?.SummaryMap?.Roles }
}

async function* details(
  client: AwsClient,
  filter: 'Role' | 'User',
): AsyncGenerator<GetAccountAuthorizationDetailsCommandOutput> {
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

async function* roles(client: AwsClient): AsyncGenerator<Identity> {
  const now = Date.now()
  for await (const page of details(client, 'Role')) {
    for (const role of page.RoleDetailList ?? []) yield roleIdentity(client.account, role, now)
  }
}

async function* users(client: AwsClient, asked: ReadonlySet<string>): AsyncGenerator<Identity> {
  const now = Date.now()
  const report = await reportOrNone(client)
  for await (const page of details(client, 'User')) {
    const list = page.UserDetailList ?? []
    for (let from = 0; from < list.length; from += USERS_AT_ONCE) {
      const some = list.slice(from, from + USERS_AT_ONCE)
      const all = await Promise.all(some.map(user => userAndCredentials(client, user, report, asked, now)))
      yield* all.flat()
    }
  }
}

/** A user that vanishes while it is looked at is left out: there is nothing to contain. */
async function userAndCredentials(
  client: AwsClient,
  user: UserDetail,
  report: ReadonlyMap<string, Reported> | undefined,
  asked: ReadonlySet<string>,
  now: number,
): Promise<Identity[]> {
  const { account } = client
  const name = user.UserName ?? ''
  const reported = report?.get(name)
  // A user younger than the report is not in it, so it is asked.
  const mayHave = (what: 'keys' | 'certificates') =>
    reported === undefined || (what === 'keys' ? reported.keys.length : reported.certificates) > 0
  try {
    const keys = mayHave('keys') ? await listAccessKeys(client, name) : []
    const found: Identity[] = []
    if (asked.has('user')) {
      const ids = keys.flatMap(({ AccessKeyId }) => (AccessKeyId ? [AccessKeyId] : []))
      found.push(userIdentity(account, user, reported, ids, now))
    }
    if (asked.has('access-key')) {
      found.push(...keys.map(key => accessKeyIdentity(account, name, key, reported, now)))
    }
    if (asked.has('signing-certificate') && mayHave('certificates')) {
      const certificates = await unlessUnsupported(listCertificates(client, name))
      found.push(...certificates.map(each => certificateIdentity(account, name, each, now)))
    }
    if (asked.has('ssh-key')) {
      const sshKeys = await unlessUnsupported(listSshKeys(client, name))
      found.push(...sshKeys.map(each => sshKeyIdentity(account, name, each, now)))
    }
    return found
  } catch (error) {
    if (toFault(error).code === 'gone') return []
    throw error
  }
}

async function serviceCredentials(client: AwsClient): Promise<Identity[]> {
  const found = await unlessUnsupported(listServiceCredentials(client, { AllUsers: true }))
  const now = Date.now()
  return found.map(each => serviceCredentialIdentity(client.account, each, now))
}

async function oidcProviders(client: AwsClient): Promise<Identity[]> {
  const { OpenIDConnectProviderList = [] } = await client.iam('ListOpenIDConnectProviders', {})
  const now = Date.now()
  const found = await Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn = '' }): Promise<Identity[]> => {
      try {
        const provider = await client.iam('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: Arn })
        const name = /:oidc-provider\/(.+)$/.exec(Arn)?.[1] ?? Arn
        const audiences = provider.ClientIDList ?? []
        return [
          {
            id: identityId('aws', client.account, 'oidc-provider', name),
            uid: Arn,
            cloud: 'aws',
            account: client.account,
            kind: 'oidc-provider',
            name,
            facts: {
              ...common(
                { created: provider.CreateDate, enabled: audiences.length > 0, lastUsed: undefined },
                now,
              ),
              issuer: provider.Url ?? name,
              audiences,
              thumbprints: provider.ThumbprintList ?? [],
            },
          },
        ]
      } catch (error) {
        if (toFault(error).code === 'gone') return []
        throw error
      }
    }),
  )
  return found.flat()
}
