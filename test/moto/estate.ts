import {
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
  ListUserTagsCommand,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagInstanceProfileCommand,
  UpdateAccessKeyCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam'
import type { Json } from '../../src/model/json.ts'
import { CERTIFICATE, SSH_PUBLIC_KEY } from './material.ts'
import { endpoint } from './server.ts'

export interface Estate {
  iam: IAMClient
  ec2: EC2Client
  /** The responder's own key: what interdict signs with. */
  environment: Record<string, string>
}

const allow = (...actions: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })

const trust = (principal: Json) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  })

const tags = (of: Record<string, string>) => Object.entries(of).map(([Key, Value]) => ({ Key, Value }))

/**
 * Empties moto and fills it: a user with everything that a user can have, a role with the same, an instance that runs
 * with a profile, an OIDC provider, and a responder who is us.
 */
export async function seeded(): Promise<Estate> {
  await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })
  const options = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'seed', secretAccessKey: 'seed' },
  }
  const iam = new IAMClient(options)
  const ec2 = new EC2Client(options)

  await iam.send(new CreateUserCommand({ UserName: 'responder' }))
  const own = (await iam.send(new CreateAccessKeyCommand({ UserName: 'responder' }))).AccessKey
  await seedUser(iam)
  await seedRoles(iam)
  await seedInstance(iam, ec2)
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: 'https://token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com', 'sts.example.com'],
      ThumbprintList: ['a'.repeat(40)],
      Tags: tags({ owner: 'platform' }),
    }),
  )
  return {
    iam,
    ec2,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: own?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: own?.SecretAccessKey ?? '',
    },
  }
}

async function seedUser(iam: IAMClient): Promise<void> {
  const UserName = 'ci-deploy'
  await iam.send(
    new CreateUserCommand({ UserName, Path: '/ci/', Tags: tags({ owner: 'build', stage: 'prod' }) }),
  )
  await iam.send(new CreateAccessKeyCommand({ UserName }))
  const second = (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey
  // One key was off before us: it has to stay off.
  await iam.send(
    new UpdateAccessKeyCommand({ UserName, AccessKeyId: second?.AccessKeyId, Status: 'Inactive' }),
  )
  for (const GroupName of ['builders', 'readers']) {
    await iam.send(new CreateGroupCommand({ GroupName }))
    await iam.send(new AddUserToGroupCommand({ UserName, GroupName }))
  }
  await iam.send(
    new PutGroupPolicyCommand({ GroupName: 'builders', PolicyName: 'build', PolicyDocument: allow('ecr:*') }),
  )
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'readers', PolicyArn }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'deploy', PolicyDocument: allow('s3:*') }))
  await iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: 'secrets',
      PolicyDocument: allow('secretsmanager:GetSecretValue'),
    }),
  )
  const own = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'release', PolicyDocument: allow('lambda:*') }),
  )
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: own.Policy?.Arn }))
  await iam.send(
    new AttachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }),
  )
  await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: CERTIFICATE }))
  await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: SSH_PUBLIC_KEY }))
}

async function seedRoles(iam: IAMClient): Promise<void> {
  const RoleName = 'vendor-sync'
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: '/vendor/',
      AssumeRolePolicyDocument: trust({ AWS: 'arn:aws:iam::998877665544:root' }),
      MaxSessionDuration: 7200,
      Tags: tags({ vendor: 'acme' }),
    }),
  )
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'sync', PolicyDocument: allow('s3:GetObject') }),
  )
  await iam.send(
    new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }),
  )
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/PowerUserAccess'
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
}

async function seedInstance(iam: IAMClient, ec2: EC2Client): Promise<void> {
  const InstanceProfileName = 'web'
  const RoleName = 'web'
  await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust({ Service: 'ec2.amazonaws.com' }) }),
  )
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
  await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: tags({ tier: 'web' }) }))
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
  const images = await ec2.send(new DescribeImagesCommand({ MaxResults: 5 }))
  await ec2.send(
    new RunInstancesCommand({
      ImageId: images.Images?.[0]?.ImageId,
      MinCount: 1,
      MaxCount: 1,
      IamInstanceProfile: { Name: InstanceProfileName },
    }),
  )
}

/**
 * Every IAM read that says what an identity may do, and EC2's associations. Left out: when something was last used,
 * which our own calls change, and the association's id, which EC2 makes anew.
 */
export async function reads({ iam, ec2 }: Estate): Promise<Json> {
  const found: Record<string, unknown> = {}
  const details = await iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'] }),
  )
  found.users = details.UserDetailList
  found.groups = details.GroupDetailList
  found.roles = details.RoleDetailList?.map(({ RoleLastUsed, ...role }) => role)
  found.policies = details.Policies
  for (const { UserName = '' } of details.UserDetailList ?? [])
    found[`user ${UserName}`] = await userReads(iam, UserName)
  for (const { RoleName = '' } of details.RoleDetailList ?? [])
    found[`role ${RoleName}`] = await roleReads(iam, RoleName)
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
  for (const { Arn = '' } of OpenIDConnectProviderList) {
    const { $metadata, ...provider } = await iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }),
    )
    found[`oidc ${Arn}`] = { ...provider, ClientIDList: provider.ClientIDList?.sort() }
  }
  found.profiles = (await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles?.map(profile => ({
    ...profile,
    Roles: profile.Roles?.map(({ RoleName }) => RoleName),
  }))
  const { IamInstanceProfileAssociations = [] } = await ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({}),
  )
  found.associations = IamInstanceProfileAssociations.map(({ InstanceId, IamInstanceProfile, State }) => ({
    InstanceId,
    Arn: IamInstanceProfile?.Arn,
    State,
  }))
  // Dates and absent members as any JSON reader would see them; the order of lists is not promised by IAM.
  return ordered(JSON.parse(JSON.stringify(found)))
}

async function userReads(iam: IAMClient, UserName: string): Promise<unknown> {
  const inline = (await iam.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames ?? []
  const user = (await iam.send(new GetUserCommand({ UserName }))).User
  return {
    user: { ...user, PasswordLastUsed: undefined },
    tags: (await iam.send(new ListUserTagsCommand({ UserName }))).Tags,
    inline: await Promise.all(
      inline.map(async PolicyName => {
        const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))
        return { PolicyName, PolicyDocument }
      }),
    ),
    attached: (await iam.send(new ListAttachedUserPoliciesCommand({ UserName }))).AttachedPolicies,
    groups: (await iam.send(new ListGroupsForUserCommand({ UserName }))).Groups,
    keys: (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata,
    certificates: (await iam.send(new ListSigningCertificatesCommand({ UserName }))).Certificates,
    sshKeys: (await iam.send(new ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys,
  }
}

async function roleReads(iam: IAMClient, RoleName: string): Promise<unknown> {
  const inline = (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames ?? []
  const role = (await iam.send(new GetRoleCommand({ RoleName }))).Role
  return {
    role: { ...role, RoleLastUsed: undefined },
    tags: (await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags,
    inline: await Promise.all(
      inline.map(async PolicyName => {
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
        return { PolicyName, PolicyDocument }
      }),
    ),
    attached: (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies,
  }
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, ordered(member)]))
}
