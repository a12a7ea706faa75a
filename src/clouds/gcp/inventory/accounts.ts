import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { gcpId } from '../names.ts'
import { administered } from './administration.ts'
import { accountOf, commonFacts } from './common-facts.ts'
import type { Grants, Impersonation } from './grants.ts'
import type { TokenLifetimes } from './token-lifetime.ts'
import type { Uses } from './usage.ts'

/** The most that IAM gives on a page; without asking it gives 20. */
const PAGE = '100'

/** As IAM v1 lists it. */
export interface ServiceAccount {
  name?: string
  email: string
  uniqueId: string
  displayName?: string
  description?: string
  disabled?: boolean
  oauth2ClientId?: string
}

/** The service accounts that a project has made; Google's service agents are not in it. */
export async function* listAccounts(client: GcpClient): AsyncGenerator<ServiceAccount> {
  const listed = client.pages<Answered>(
    gcpCall('GET', 'iam.projects.serviceAccounts.list', `/v1/projects/${client.project}/serviceAccounts`, {
      query: { pageSize: PAGE },
    }),
  )
  for await (const each of listed) yield withId(each)
}

/** An answer may lack the unique id. */
export type Answered = Omit<ServiceAccount, 'uniqueId'> & { uniqueId?: string }

/**
 * The account with its address for the missing id: it is listed and can be asked for by that. A later answer that has the
 * id then shows another one, and nothing is written.
 */
export function withId(account: Answered): ServiceAccount {
  return { ...account, uniqueId: account.uniqueId || account.email }
}

/** Accounts that exist because Compute Engine or App Engine was switched on (IAM documentation, "Service account types"). */
const DEFAULT = /(^\d+-compute@developer\.gserviceaccount\.com|@appspot\.gserviceaccount\.com)$/

/** Facts of accounts besides the listing. */
export interface About {
  grants: Grants
  uses: Uses
  lifetimes: TokenLifetimes
  /** Milliseconds since 1970. */
  now: number
}

export function accountIdentity(
  client: GcpClient,
  account: ServiceAccount,
  { grants, uses, lifetimes, now }: About,
  acting: Impersonation | undefined,
  keys: readonly string[] | undefined,
): Identity {
  const { email, uniqueId: uid, displayName = '', description = '', oauth2ClientId = '' } = account
  const project = accountOf(client)
  const maxTokenSeconds = lifetimes(email)
  const roles = grants.of(`serviceAccount:${email}`)
  const organization = administered(client, roles, grants)
  return {
    id: gcpId(project, 'service-account', email),
    uid,
    cloud: 'gcp',
    account: project,
    kind: 'service-account',
    name: email,
    facts: {
      ...commonFacts({ enabled: account.disabled !== true, use: uses.get(email) }, now),
      email,
      displayName,
      description,
      class: DEFAULT.test(email) ? 'default' : 'user-made',
      oauth2ClientId,
      ...(maxTokenSeconds === undefined ? {} : { maxTokenSeconds }),
      ...(keys === undefined ? {} : { keys: [...keys] }),
      ...(grants.unread.length > 0 ? {} : { roles: roles.map(each => ({ ...each })) }),
      ...(organization === undefined ? {} : { administers: organization }),
      ...acting,
    },
  }
}
