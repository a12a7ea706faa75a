import type { AwsClient } from '../client.ts'
import { iamPages } from '../http/pages.ts'
import { listedRole, listedUser } from './bulk-reading.ts'

/** IAM's own record of a user or role. */
export interface Self {
  uid: string
  arn: string
  boundary: string | undefined
}

/** A user or a role: the same settings behind calls with two names. */
export interface Principal {
  kind: 'user' | 'role'
  /** As it stands in the names of the operations. */
  noun: 'User' | 'Role'
  /** Characters that all inline policies together may have, white space not counted, unless the account says more. */
  inlineQuota: number
  /** The name of the quota in `GetAccountSummary`. */
  inlineQuotaName: string
  attachedQuotaName: string
  /** Fails with `gone` when there is no such principal. */
  self(client: AwsClient, name: string): Promise<Self>
  inlineNames(client: AwsClient, name: string): Promise<string[]>
  /** The document as it was put, to the letter. */
  inline(client: AwsClient, name: string, policy: string): Promise<string>
  putInline(client: AwsClient, name: string, policy: string, text: string): Promise<unknown>
  deleteInline(client: AwsClient, name: string, policy: string): Promise<unknown>
  attached(client: AwsClient, name: string): Promise<string[]>
  attach(client: AwsClient, name: string, arn: string): Promise<unknown>
  detach(client: AwsClient, name: string, arn: string): Promise<unknown>
  putBoundary(client: AwsClient, name: string, arn: string): Promise<unknown>
  deleteBoundary(client: AwsClient, name: string): Promise<unknown>
  /** Group names; a role is in none. */
  groups(client: AwsClient, name: string): Promise<string[]>
}

export const USER: Principal = {
  kind: 'user',
  noun: 'User',
  inlineQuota: 2048,
  inlineQuotaName: 'UserPolicySizeQuota',
  attachedQuotaName: 'AttachedPoliciesPerUserQuota',
  async self(client, UserName) {
    const found = (await listedUser(client, UserName)) ?? (await client.iam('GetUser', { UserName })).User
    return {
      uid: found?.UserId ?? '',
      arn: found?.Arn ?? '',
      boundary: found?.PermissionsBoundary?.PermissionsBoundaryArn,
    }
  },
  async inlineNames(client, UserName) {
    const listed = await listedUser(client, UserName)
    if (listed?.UserPolicyList) return listed.UserPolicyList.flatMap(each => each.PolicyName ?? [])
    return await iamPages(
      Marker => client.iam('ListUserPolicies', { UserName, ...Marker }),
      ({ PolicyNames }) => PolicyNames,
    )
  },
  async inline(client, UserName, PolicyName) {
    const listed = await listedUser(client, UserName)
    const found = listed?.UserPolicyList?.find(each => each.PolicyName === PolicyName)
    const { PolicyDocument } = found ?? (await client.iam('GetUserPolicy', { UserName, PolicyName }))
    return decodeText(PolicyDocument ?? '')
  },
  putInline: (client, UserName, PolicyName, PolicyDocument) =>
    client.iam('PutUserPolicy', { UserName, PolicyName, PolicyDocument }),
  deleteInline: (client, UserName, PolicyName) => client.iam('DeleteUserPolicy', { UserName, PolicyName }),
  async attached(client, UserName) {
    const listed = await listedUser(client, UserName)
    if (listed?.AttachedManagedPolicies) return arns(listed.AttachedManagedPolicies)
    return await iamPages(
      Marker => client.iam('ListAttachedUserPolicies', { UserName, ...Marker }),
      page => arns(page.AttachedPolicies),
    )
  },
  attach: (client, UserName, PolicyArn) => client.iam('AttachUserPolicy', { UserName, PolicyArn }),
  detach: (client, UserName, PolicyArn) => client.iam('DetachUserPolicy', { UserName, PolicyArn }),
  putBoundary: (client, UserName, PermissionsBoundary) =>
    client.iam('PutUserPermissionsBoundary', { UserName, PermissionsBoundary }),
  deleteBoundary: (client, UserName) => client.iam('DeleteUserPermissionsBoundary', { UserName }),
  async groups(client, UserName) {
    const listed = await listedUser(client, UserName)
    if (listed?.GroupList) return listed.GroupList
    return await iamPages(
      Marker => client.iam('ListGroupsForUser', { UserName, ...Marker }),
      page => (page.Groups ?? []).flatMap(each => each.GroupName ?? []),
    )
  },
}

export const ROLE: Principal = {
  kind: 'role',
  noun: 'Role',
  inlineQuota: 10_240,
  inlineQuotaName: 'RolePolicySizeQuota',
  attachedQuotaName: 'AttachedPoliciesPerRoleQuota',
  async self(client, RoleName) {
    const found = (await listedRole(client, RoleName)) ?? (await client.iam('GetRole', { RoleName })).Role
    return {
      uid: found?.RoleId ?? '',
      arn: found?.Arn ?? '',
      boundary: found?.PermissionsBoundary?.PermissionsBoundaryArn,
    }
  },
  async inlineNames(client, RoleName) {
    const listed = await listedRole(client, RoleName)
    if (listed?.RolePolicyList) return listed.RolePolicyList.flatMap(each => each.PolicyName ?? [])
    return await iamPages(
      Marker => client.iam('ListRolePolicies', { RoleName, ...Marker }),
      ({ PolicyNames }) => PolicyNames,
    )
  },
  async inline(client, RoleName, PolicyName) {
    const listed = await listedRole(client, RoleName)
    const found = listed?.RolePolicyList?.find(each => each.PolicyName === PolicyName)
    const { PolicyDocument } = found ?? (await client.iam('GetRolePolicy', { RoleName, PolicyName }))
    return decodeText(PolicyDocument ?? '')
  },
  putInline: (client, RoleName, PolicyName, PolicyDocument) =>
    client.iam('PutRolePolicy', { RoleName, PolicyName, PolicyDocument }),
  deleteInline: (client, RoleName, PolicyName) => client.iam('DeleteRolePolicy', { RoleName, PolicyName }),
  async attached(client, RoleName) {
    const listed = await listedRole(client, RoleName)
    if (listed?.AttachedManagedPolicies) return arns(listed.AttachedManagedPolicies)
    return await iamPages(
      Marker => client.iam('ListAttachedRolePolicies', { RoleName, ...Marker }),
      page => arns(page.AttachedPolicies),
    )
  },
  attach: (client, RoleName, PolicyArn) => client.iam('AttachRolePolicy', { RoleName, PolicyArn }),
  detach: (client, RoleName, PolicyArn) => client.iam('DetachRolePolicy', { RoleName, PolicyArn }),
  putBoundary: (client, RoleName, PermissionsBoundary) =>
    client.iam('PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }),
  deleteBoundary: (client, RoleName) => client.iam('DeleteRolePermissionsBoundary', { RoleName }),
  groups: async () => [],
}

function arns(policies: { PolicyArn?: string | undefined }[] | undefined): string[] {
  return (policies ?? []).flatMap(each => each.PolicyArn ?? [])
}

/**
 * IAM percent-encodes policy documents in its answers (RFC 3986) and the SDK leaves them so (IAM API Reference,
 * "GetRolePolicy").
 */
export function decodeText(document: string): string {
  try {
    return decodeURIComponent(document)
  } catch {
    return document
  }
}
