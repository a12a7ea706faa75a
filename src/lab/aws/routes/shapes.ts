import type { View } from '../../propagation.ts'
import { groupArn, keyOf, type LiveAccount, profileArn, roleArn, userArn } from '../estate.ts'
import type {
  Group,
  InlinePolicies,
  InstanceProfile,
  LastUsed,
  ManagedPolicy,
  Role,
  Tags,
  User,
} from '../store.ts'
import { encodeDocument } from '../wire.ts'

/** Records as the IAM API shows them. */

/** IAM shows seconds. */
export function date(iso: string): string {
  return `${iso.slice(0, 19)}Z`
}

export function tagList(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function attachedList(arns: readonly string[]) {
  return arns.map(PolicyArn => ({ PolicyName: PolicyArn.split('/').at(-1) ?? '', PolicyArn }))
}

export function boundaryShape(arn: string | undefined) {
  return arn === undefined
    ? undefined
    : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: arn }
}

function inlineList(policies: InlinePolicies) {
  return Object.entries(policies).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeDocument(document),
  }))
}

/** As ListUsers has it: without boundary and tags. */
export function userSummary(account: string, user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: userArn(account, user),
    CreateDate: date(user.created),
    PasswordLastUsed: user.login?.lastUsed === undefined ? undefined : date(user.login.lastUsed),
  }
}

export function userShape(account: string, user: User) {
  return {
    ...userSummary(account, user),
    PermissionsBoundary: boundaryShape(user.boundary),
    Tags: Object.keys(user.tags).length === 0 ? undefined : tagList(user.tags),
  }
}

export function userDetail(account: string, user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: userArn(account, user),
    CreateDate: date(user.created),
    UserPolicyList: inlineList(user.inline),
    GroupList: user.groups,
    AttachedManagedPolicies: attachedList(user.attached),
    PermissionsBoundary: boundaryShape(user.boundary),
    Tags: tagList(user.tags),
  }
}

/** As ListRoles has it: without boundary, tags and last use. */
export function roleSummary(account: string, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(account, role),
    CreateDate: date(role.created),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

export function roleShape(account: string, role: Role, used: LastUsed | undefined) {
  return {
    ...roleSummary(account, role),
    PermissionsBoundary: boundaryShape(role.boundary),
    Tags: Object.keys(role.tags).length === 0 ? undefined : tagList(role.tags),
    RoleLastUsed: lastUsedShape(used ?? role.lastUsed),
  }
}

export function roleDetail(
  account: LiveAccount,
  role: Role,
  used: LastUsed | undefined,
  profiles: readonly InstanceProfile[],
) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(account.id, role),
    CreateDate: date(role.created),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    InstanceProfileList: profiles.map(profile => profileShape(account, profile, 'now')),
    RolePolicyList: inlineList(role.inline),
    AttachedManagedPolicies: attachedList(role.attached),
    PermissionsBoundary: boundaryShape(role.boundary),
    Tags: tagList(role.tags),
    RoleLastUsed: lastUsedShape(used ?? role.lastUsed),
  }
}

function lastUsedShape(used: LastUsed | undefined) {
  return used === undefined ? {} : { LastUsedDate: date(used.at), Region: used.region }
}

export function profileShape(account: LiveAccount, profile: InstanceProfile, view: View) {
  const role = profile.role === undefined ? undefined : account.roles.get(keyOf({ name: profile.role }), view)
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profileArn(account.id, profile),
    CreateDate: date(profile.created),
    Roles: role === undefined ? [] : [roleSummary(account.id, role)],
  }
}

export function groupShape(account: string, group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: groupArn(account, group),
    CreateDate: date(group.created),
  }
}

export function groupDetail(account: string, group: Group) {
  return {
    ...groupShape(account, group),
    GroupPolicyList: inlineList(group.inline),
    AttachedManagedPolicies: attachedList(group.attached),
  }
}

export function policyShape(policy: ManagedPolicy, counts: PolicyCounts) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: counts.attached.get(policy.arn) ?? 0,
    PermissionsBoundaryUsageCount: counts.boundaries.get(policy.arn) ?? 0,
    IsAttachable: isAttachable(policy),
    Description: policy.description,
    CreateDate: date(policy.created),
    UpdateDate: date(policy.versions.at(-1)?.created ?? policy.created),
  }
}

/** Policies of service-linked roles are for those roles only. */
export function isAttachable({ path }: ManagedPolicy): boolean {
  return !path.startsWith('/aws-service-role/')
}

export function versionShape(policy: ManagedPolicy, id: string) {
  const version = policy.versions.find(each => each.id === id)
  return version === undefined
    ? undefined
    : {
        Document: encodeDocument(version.document),
        VersionId: version.id,
        IsDefaultVersion: version.id === policy.defaultVersion,
        CreateDate: date(version.created),
      }
}

export function policyDetail(policy: ManagedPolicy, counts: PolicyCounts) {
  return {
    ...policyShape(policy, counts),
    PolicyVersionList: policy.versions.map(({ id }) => versionShape(policy, id)),
  }
}

/** ARN of a policy → how many principals have it. */
export interface PolicyCounts {
  attached: Map<string, number>
  boundaries: Map<string, number>
}

export function countPolicies(account: LiveAccount): PolicyCounts {
  const counts: PolicyCounts = { attached: new Map(), boundaries: new Map() }
  const add = (to: Map<string, number>, arn: string) => to.set(arn, (to.get(arn) ?? 0) + 1)
  for (const table of [account.users, account.roles, account.groups]) {
    for (const record of table.values()) {
      for (const arn of record.attached) add(counts.attached, arn)
    }
  }
  for (const table of [account.users, account.roles]) {
    for (const { boundary } of table.values()) {
      if (boundary !== undefined) add(counts.boundaries, boundary)
    }
  }
  return counts
}
