import { at, type Case, inOrder, type Listing } from './aws-sequences.ts'
import { type AwsRecording, inner, list, type Members, text, texts } from './recordings.ts'

/** Something recorded, with the files that it is from. */
export interface Part<Value> {
  value: Value
  files: string[]
}

/** A user or a role: what is shown of itself, and what belongs to it. A part is absent where none was recorded. */
export interface Entity {
  self: Part<Members>
  inline: Part<string[]> | undefined
  attached: Part<Members[]> | undefined
  groups: Part<Members[]> | undefined
  profiles: Part<Members[]> | undefined
  keys: Part<Members[]> | undefined
  sshKeys: Part<Members[]> | undefined
  certificates: Part<Members[]> | undefined
}

export function named(of: Members[], name: string): string[] {
  return of.flatMap(each => text(each, name) ?? [])
}

export const first = <Item>(listings: readonly Item[]) => listings[0]

/** Users in the order in which they were listed, else in which they were asked for. */
export function userOrder(recorded: Case): string[] {
  const listed = named(first(recorded.listings('ListUsers', 'Users'))?.items ?? [], 'UserName')
  if (listed.length > 0) return listed
  return [...recorded.named('GetUser', body => text(inner(body, 'User'), 'UserName')).keys()]
}

export function roleOrder(recorded: Case): string[] {
  const listed = named(first(recorded.listings('ListRoles', 'Roles'))?.items ?? [], 'RoleName')
  const profiles = first(recorded.listings('ListInstanceProfiles', 'InstanceProfiles'))?.items ?? []
  const inProfiles = profiles.flatMap(each => named(list(each, 'Roles'), 'RoleName'))
  if (listed.length > 0) return listed
  if (inProfiles.length > 0) return [...new Set(inProfiles)]
  return [...recorded.named('GetRole', body => text(inner(body, 'Role'), 'RoleName')).keys()]
}

/** One entry of a listing, and whether it is in the listing of the moment. */
function listedAt(listings: readonly Listing[], member: string, name: string, moment: number) {
  const has = (listing: Listing | undefined) => listing?.items.find(each => text(each, member) === name)
  const now = at(listings, moment)
  return {
    entry: has(now),
    files: has(now) ? (now?.files ?? []) : [],
    isEver: listings.some(each => has(each)),
  }
}

export function entity(files: string[], value: Members): Entity {
  const nothing = undefined
  return {
    self: { value, files },
    inline: nothing,
    attached: nothing,
    groups: nothing,
    profiles: nothing,
    keys: nothing,
    sshKeys: nothing,
    certificates: nothing,
  }
}

/**
 * Everybody that is named: in listings, by answers of GetUser, as a member of a group, as the owner of a credential. Where
 * a listing and GetUser speak of the same user, GetUser says more, and is taken where they differ.
 */
export function usersOf(recorded: Case, moment: number): Map<string, Entity> {
  const listings = recorded.listings('ListUsers', 'Users')
  const asked = recorded.named('GetUser', body => text(inner(body, 'User'), 'UserName'))
  const groups = recorded.all('GetGroup').filter(({ status }) => status === 200)
  const members = new Map(
    groups.flatMap(({ body, file }) =>
      list(body, 'Users').map(each => [text(each, 'UserName') ?? '', { each, file }]),
    ),
  )
  const owned = (operation: string, member: string) =>
    recorded.named(operation, body => text(list(body, member)[0], 'UserName'))
  const keys = owned('ListAccessKeys', 'AccessKeyMetadata')
  const sshKeys = owned('ListSSHPublicKeys', 'SSHPublicKeys')
  const services = recorded.listings('ListServiceSpecificCredentials', 'ServiceSpecificCredentials')
  const order = userOrder(recorded)
  const unnamed = (operation: string) =>
    inOrder(recorded.all(operation), anybody(order, recorded, operation, 'user'), moment)
  const lists = {
    inline: unnamed('ListUserPolicies'),
    attached: unnamed('ListAttachedUserPolicies'),
    groups: unnamed('ListGroupsForUser'),
    certificates: unnamed('ListSigningCertificates'),
    keys: unnamed('ListAccessKeys'),
    sshKeys: unnamed('ListSSHPublicKeys'),
  }
  const names = new Set([
    ...order,
    ...listings.flatMap(({ items }) => named(items, 'UserName')),
    ...asked.keys(),
    ...members.keys(),
    ...keys.keys(),
    ...sshKeys.keys(),
    ...services.flatMap(({ items }) => named(items, 'UserName')),
    ...Object.values(lists).flatMap(each => [...each.keys()]),
  ])
  const found = new Map<string, Entity>()
  for (const name of names) {
    const listed = listedAt(listings, 'UserName', name, moment)
    const self = at(asked.get(name), moment)
    if (self && self.status !== 200) continue
    if (listed.isEver && !listed.entry) continue
    const member = members.get(name)
    const user = entity(
      [...listed.files, ...(self ? [self.file] : []), ...(member && !listed.entry ? [member.file] : [])],
      {
        UserName: name,
        ...member?.each,
        ...listed.entry,
        ...inner(self?.body, 'User'),
      },
    )
    user.inline = partAt(lists.inline.get(name), body => texts(body, 'PolicyNames'))
    user.attached = partAt(lists.attached.get(name), body => list(body, 'AttachedPolicies'))
    user.certificates = partAt(lists.certificates.get(name), body => list(body, 'Certificates'))
    user.groups = groupsOf(name, lists.groups.get(name), groups)
    // An answer with keys names their owner; an empty one is told by the order alone.
    user.keys = owns(at(keys.get(name), moment), lists.keys.get(name), 'AccessKeyMetadata')
    user.sshKeys = owns(at(sshKeys.get(name), moment), lists.sshKeys.get(name), 'SSHPublicKeys')
    found.set(name, user)
  }
  return found
}

/** Answers that name nobody in a case that knows nobody belong to somebody made up for them. */
function anybody(order: string[], recorded: Case, operation: string, kind: 'user' | 'role'): string[] {
  const isNeeded = order.length === 0 && recorded.all(operation).length > 0
  return isNeeded ? recorded.all(operation).map((_, index) => `recorded-${kind}-${index + 1}`) : order
}

export function partAt<Value>(
  answer: AwsRecording | undefined,
  read: (body: Members) => Value,
): Part<Value> | undefined {
  return answer?.status === 200 ? { value: read(answer.body), files: [answer.file] } : undefined
}

function owns(named: AwsRecording | undefined, ordered: AwsRecording | undefined, member: string) {
  const isEmpty = ordered !== undefined && list(ordered.body, member).length === 0
  return partAt(isEmpty ? ordered : named, body => list(body, member))
}

function groupsOf(
  name: string,
  answer: AwsRecording | undefined,
  groups: readonly AwsRecording[],
): Part<Members[]> | undefined {
  const part = partAt(answer, body => list(body, 'Groups'))
  if (part) return part
  const holding = groups.filter(({ body }) => named(list(body, 'Users'), 'UserName').includes(name))
  const byName = new Map(
    holding.map(({ body, file }) => [text(inner(body, 'Group'), 'GroupName'), { body, file }]),
  )
  const value = [...byName.values()].map(({ body }) => inner(body, 'Group') ?? {})
  return value.length === 0 ? undefined : { value, files: [...byName.values()].map(({ file }) => file) }
}

export function rolesOf(recorded: Case, moment: number): Map<string, Entity> {
  const listings = recorded.listings('ListRoles', 'Roles')
  const asked = recorded.named('GetRole', body => text(inner(body, 'Role'), 'RoleName'))
  const profiles = at(recorded.listings('ListInstanceProfiles', 'InstanceProfiles'), moment)
  const order = roleOrder(recorded)
  const unnamed = (operation: string) =>
    inOrder(recorded.all(operation), anybody(order, recorded, operation, 'role'), moment)
  const lists = {
    inline: unnamed('ListRolePolicies'),
    attached: unnamed('ListAttachedRolePolicies'),
    profiles: unnamed('ListInstanceProfilesForRole'),
  }
  const inProfiles = new Map(
    (profiles?.items ?? []).flatMap(each =>
      list(each, 'Roles').map(role => [text(role, 'RoleName') ?? '', role]),
    ),
  )
  const names = new Set([
    ...order,
    ...listings.flatMap(({ items }) => named(items, 'RoleName')),
    ...asked.keys(),
    ...inProfiles.keys(),
    ...Object.values(lists).flatMap(each => [...each.keys()]),
  ])
  const found = new Map<string, Entity>()
  for (const name of names) {
    const listed = listedAt(listings, 'RoleName', name, moment)
    const self = at(asked.get(name), moment)
    if (self && self.status !== 200) continue
    if (listed.isEver && !listed.entry) continue
    const lite = inProfiles.get(name)
    const role = entity(
      [...listed.files, ...(self ? [self.file] : []), ...(lite ? (profiles?.files ?? []) : [])],
      {
        RoleName: name,
        ...lite,
        ...listed.entry,
        ...inner(self?.body, 'Role'),
      },
    )
    role.inline = partAt(lists.inline.get(name), body => texts(body, 'PolicyNames'))
    role.attached = partAt(lists.attached.get(name), body => list(body, 'AttachedPolicies'))
    const holding = (profiles?.items ?? []).filter(each =>
      named(list(each, 'Roles'), 'RoleName').includes(name),
    )
    role.profiles =
      partAt(lists.profiles.get(name), body => list(body, 'InstanceProfiles')) ??
      (holding.length > 0 ? { value: holding, files: profiles?.files ?? [] } : undefined)
    found.set(name, role)
  }
  return found
}
