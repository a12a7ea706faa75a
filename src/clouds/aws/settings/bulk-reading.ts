import { toFault } from '../../../model/fault.ts'
import { currentAsking } from '../../../model/purpose.ts'
import type { AwsClient, RoleDetail, UserDetail } from '../client.ts'
import { accountSummary } from './account-summary.ts'

/** With more principals than this, a listing takes more pages than a principal takes calls. A plan of many principals may take as many pages. */
const MOST = 100

/** The principals of one kind that were asked for, by client: so many share a listing. */
const askedFor = { User: new WeakMap<AwsClient, Set<string>>(), Role: new WeakMap<AwsClient, Set<string>>() }

/** The most that IAM gives on a page; it may give less. */
const PAGE = 1000

/** Accounts whose listing may not be read: each principal is asked for by itself. */
const refused = new WeakSet<AwsClient>()

/**
 * Returns a user or role with its policies from one listing of all of them (IAM API Reference, "GetAccountAuthorizationDetails"),
 * which those who look at others within the same stage share. Undefined where that is no shorter, or nothing for this purpose: a
 * plan and the state before a write may come from a listing; whether a write is in force is asked of the principal itself.
 * Undefined as well where it is not listed, which a listing that lags is no proof of.
 */
export async function listedUser(client: AwsClient, name: string): Promise<UserDetail | undefined> {
  return await listed(client, 'User', `user ${name}`, page =>
    page.UserDetailList?.find(({ UserName }) => UserName === name),
  )
}

/** The same for a role. */
export async function listedRole(client: AwsClient, name: string): Promise<RoleDetail | undefined> {
  return await listed(client, 'Role', `role ${name}`, page =>
    page.RoleDetailList?.find(({ RoleName }) => RoleName === name),
  )
}

type Page = { UserDetailList?: UserDetail[] | undefined; RoleDetailList?: RoleDetail[] | undefined }

async function listed<Detail>(
  client: AwsClient,
  kind: 'User' | 'Role',
  subject: string,
  find: (page: Page) => Detail | undefined,
): Promise<Detail | undefined> {
  const { purpose, since } = currentAsking()
  if (since === undefined || (purpose !== 'plan' && purpose !== 'snapshot') || refused.has(client))
    return undefined
  const asked = askedFor[kind].get(client) ?? new Set<string>()
  askedFor[kind].set(client, asked.add(subject))
  // The listing of a plan serves all of its principals; the state before a write is read by itself.
  const sharing = purpose === 'plan' ? asked.size : 1
  const count = (await accountSummary(client))[`${kind}s`]
  if (count === undefined || count > MOST * sharing) return undefined
  try {
    let marker: string | undefined
    do {
      const input = { Filter: [kind], MaxItems: PAGE, ...(marker === undefined ? {} : { Marker: marker }) }
      const page = await client.iam('GetAccountAuthorizationDetails', input, subject)
      const found = find(page)
      if (found) return found
      marker = page.IsTruncated ? page.Marker : undefined
    } while (marker !== undefined)
  } catch (error) {
    if (!['denied', 'unsupported', 'rejected'].includes(toFault(error).code)) throw error
    refused.add(client)
  }
  return undefined
}
