import type { Identity } from '../../../model/identity.ts'
import type { AccountDetails, AwsClient } from '../client.ts'
import type { Losses } from './listing-losses.ts'
import { roleIdentity } from './principals.ts'

/** The most that IAM gives on a page; it may give less. */
const PAGE = 1000

export type Details = Pick<AccountDetails, 'RoleDetailList' | 'UserDetailList'>

/** Page by page; a page that is refused ends the listing, and is lost with those after it. */
export async function* details(
  client: AwsClient,
  filter: 'Role' | 'User',
  losses?: Losses,
  { what, kinds }: { what: string; kinds: readonly string[] } = { what: 'roles', kinds: ['role'] },
): AsyncGenerator<AccountDetails> {
  let Marker: string | undefined
  do {
    const reading = client.iam('GetAccountAuthorizationDetails', {
      Filter: [filter],
      MaxItems: PAGE,
      ...(Marker === undefined ? {} : { Marker }),
    })
    const name = Marker === undefined ? what : `${what} after the first pages`
    const page = losses ? await losses.unlessDenied(reading, name, { kinds }) : await reading
    if (page === undefined) return
    yield page
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker !== undefined)
}

/**
 * @param listed those that are meant; undefined: all
 * @param losses takes a refusal; without it the fault is thrown
 */
export async function* roles(
  client: AwsClient,
  listed?: readonly Details[],
  losses?: Losses,
): AsyncGenerator<Identity> {
  const now = client.timing.date()
  for await (const page of listed ?? details(client, 'Role', losses)) {
    for (const role of page.RoleDetailList ?? []) yield roleIdentity(client.account, role, now)
  }
}
