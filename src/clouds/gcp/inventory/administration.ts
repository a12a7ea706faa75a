import type { GcpClient } from '../client.ts'
import type { Grant, Grants } from './grants.ts'

/** Roles that run an organization; cutting their holder cuts the way back. */
const ADMINISTRATION =
  /^roles\/(owner|resourcemanager\.organizationAdmin|iam\.(securityAdmin|denyAdmin|principalAccessBoundaryAdmin))$/

/**
 * The organization that somebody administers by these grants, empty for none; undefined where nobody can tell, since the
 * policy of the organization, or what the organization is, may not be read.
 */
export function administered(
  client: GcpClient,
  held: readonly Grant[],
  { unread }: Grants,
): string | undefined {
  const found = held.find(
    ({ role, resource }) => resource.startsWith('organizations/') && ADMINISTRATION.test(role),
  )
  if (found) return found.resource
  return undecided(client, unread) === undefined ? '' : undefined
}

/** Why nobody can tell who administers the organization, and what would decide it; undefined where it is known. */
export function undecided(
  { hidden }: Pick<GcpClient, 'hidden'>,
  unread: Grants['unread'],
): string | undefined {
  const [above] = hidden
  if (above) {
    const [collection = ''] = above.resource.split('/')
    return `${above.because} (resourcemanager.${collection}.get and getIamPolicy on ${above.resource} and above would decide it)`
  }
  const organization = unread.find(({ resource }) => resource.startsWith('organizations/'))
  return (
    organization &&
    `${organization.because} (resourcemanager.organizations.getIamPolicy on ${organization.resource} would decide it)`
  )
}
