import { toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
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

/** As the bulk listing has them; without the members that nobody asked for. */
export interface Found {
  roles: RoleDetail[]
  users: UserDetail[]
}

/** Facts that a principal's policies and groups say. */
const GRANTS = ['grants', 'awsQuarantine']
/** Facts of which the credential report says a part. */
const REPORTED = [
  'lastUsed',
  'neverUsed',
  'unusedDays',
  'lastUsedService',
  'lastUsedRegion',
  'password',
  'mfa',
  'human',
]

/** Whether the credential report has to be read. */
export const asksReport = (query: Query) => asks(query, REPORTED)

/** Leaves out the facts that were not read, which would otherwise read as if there were nothing. */
export function onlyAsked(identity: Identity, query: Query): Identity {
  const unread = new Set([
    ...(asks(query, GRANTS) ? [] : GRANTS),
    // A role's own answer has its last use.
    ...(asksReport(query) || identity.kind === 'role' ? [] : REPORTED),
  ])
  const facts = Object.entries(identity.facts).filter(([name]) => !unread.has(name))
  return { ...identity, facts: Object.fromEntries(facts) }
}

/** Whether one of these facts is looked at. */
function asks({ facts }: Query, names: readonly string[]): boolean {
  return facts === undefined || names.some(name => facts.includes(name))
}

/** Those of the named that are there. */
export async function detailsOf(
  client: AwsClient,
  { roles, users, keys }: Named,
  query: Query,
): Promise<Found> {
  const grants = asks(query, GRANTS)
  const [found, owners] = await Promise.all([
    Promise.all([...new Set(roles)].map(name => unlessGone(roleDetail(client, name, query)))),
    Promise.all([...new Set(keys)].map(key => ownerOf(client, key))),
  ])
  const names = new Set([...users, ...owners.flatMap(name => name ?? [])])
  const people = await Promise.all([...names].map(name => unlessGone(userDetail(client, name, grants))))
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

async function roleDetail(client: AwsClient, RoleName: string, query: Query): Promise<RoleDetail> {
  const grants = asks(query, GRANTS)
  const [{ Role }, managed, inline, profiles] = await Promise.all([
    client.iam('GetRole', { RoleName }),
    grants ? ROLE.attached(client, RoleName) : undefined,
    grants ? ROLE.inlineNames(client, RoleName) : undefined,
    iamPages(
      Marker => client.iam('ListInstanceProfilesForRole', { RoleName, ...Marker }),
      ({ InstanceProfiles }) => InstanceProfiles,
    ),
  ])
  return { ...Role, ...policies(managed), RolePolicyList: named(inline), InstanceProfileList: profiles }
}

async function userDetail(client: AwsClient, UserName: string, grants: boolean): Promise<UserDetail> {
  const [{ User }, managed, inline, groups] = await Promise.all([
    client.iam('GetUser', { UserName }),
    grants ? USER.attached(client, UserName) : undefined,
    grants ? USER.inlineNames(client, UserName) : undefined,
    grants ? USER.groups(client, UserName) : undefined,
  ])
  return { ...User, ...policies(managed), UserPolicyList: named(inline), GroupList: groups }
}

function policies(arns: readonly string[] | undefined) {
  return { AttachedManagedPolicies: arns?.map(PolicyArn => ({ PolicyArn })) }
}

function named(names: readonly string[] | undefined) {
  return names?.map(PolicyName => ({ PolicyName }))
}
