import { toFault } from '../../../model/fault.ts'
import type { Query } from '../../../model/provider.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient, RoleDetail, UserDetail } from '../client.ts'
import { iamPages } from '../http/pages.ts'
import { ROLE, USER } from '../settings/principal.ts'

/** More than this, and a listing is the shorter way. */
const MOST = 25

/** Names of what is looked up. */
interface Named {
  roles: string[]
  users: string[]
  /** Access key ids, whose users are not known yet. */
  keys: string[]
}

/** The names that IAM can be asked for; undefined if something else is meant as well, so that all has to be listed. */
export function namedIn({ only }: Query): Named | undefined {
  const named: Named = { roles: [], users: [], keys: [] }
  if (only === undefined || only.length > MOST) return undefined
  for (const { kind, name, keys } of only) {
    if (kind === 'role' && name !== undefined) named.roles.push(name)
    else if (kind === 'user' && name !== undefined) named.users.push(name)
    else if (kind === 'user' && keys !== undefined) named.keys.push(keys)
    else if (kind === 'access-key' && name !== undefined) named.keys.push(name)
    else return undefined
  }
  return named
}

/** As the bulk listing has them. */
export interface Found {
  roles: RoleDetail[]
  users: UserDetail[]
}

/** Those of the named that are there. */
export async function detailsOf(client: AwsClient, { roles, users, keys }: Named): Promise<Found> {
  const [found, owners] = await Promise.all([
    Promise.all([...new Set(roles)].map(name => unlessGone(roleDetail(client, name)))),
    Promise.all([...new Set(keys)].map(key => ownerOf(client, key))),
  ])
  const names = new Set([...users, ...owners.flatMap(name => name ?? [])])
  const people = await Promise.all([...names].map(name => unlessGone(userDetail(client, name))))
  return { roles: found.flatMap(each => each ?? []), users: people.flatMap(each => each ?? []) }
}

/** Faults after which the listing may still do: we may not ask for one, or it cannot be asked for so. */
export function isForListing(error: unknown): boolean {
  return ['denied', 'rejected', 'unsupported'].includes(toFault(error).code)
}

/** A key of another account, and one that never was, are denied (IAM API reference, GetAccessKeyLastUsed). */
async function ownerOf(client: AwsClient, AccessKeyId: string): Promise<string | undefined> {
  const asked = await unlessGone(client.iam('GetAccessKeyLastUsed', { AccessKeyId }))
  return asked?.UserName
}

async function roleDetail(client: AwsClient, RoleName: string): Promise<RoleDetail> {
  const [{ Role }, managed, inline, profiles] = await Promise.all([
    client.iam('GetRole', { RoleName }),
    ROLE.attached(client, RoleName),
    ROLE.inlineNames(client, RoleName),
    iamPages(
      Marker => client.iam('ListInstanceProfilesForRole', { RoleName, ...Marker }),
      ({ InstanceProfiles }) => InstanceProfiles,
    ),
  ])
  return { ...Role, ...policies(managed), RolePolicyList: named(inline), InstanceProfileList: profiles }
}

async function userDetail(client: AwsClient, UserName: string): Promise<UserDetail> {
  const [{ User }, managed, inline, groups] = await Promise.all([
    client.iam('GetUser', { UserName }),
    USER.attached(client, UserName),
    USER.inlineNames(client, UserName),
    USER.groups(client, UserName),
  ])
  return { ...User, ...policies(managed), UserPolicyList: named(inline), GroupList: groups }
}

function policies(arns: readonly string[]) {
  return { AttachedManagedPolicies: arns.map(PolicyArn => ({ PolicyArn })) }
}

function named(names: readonly string[]) {
  return names.map(PolicyName => ({ PolicyName }))
}
