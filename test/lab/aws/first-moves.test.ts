import * as iam from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { firstMoves, lookAtMoves, MADE, undoMoves } from './first-moves.ts'
import {
  ACCOUNT,
  ADMIN,
  allow,
  DENY_ALL,
  keysOf,
  policy,
  sessionKeys,
  start,
  to,
  town,
  trusts,
  user,
} from './town.ts'

const estate = () =>
  town({
    users: [
      user('thief', { attached: [ADMIN] }),
      user('clerk', { inline: { own: policy(allow('iam:TagUser', `arn:aws:iam::${ACCOUNT}:user/clerk`)) } }),
    ],
  })

/** For lists of commands of all kinds, whose types have nothing in common. */
const send = (client: iam.IAMClient, command: object) => client.send(command as iam.ListUsersCommand)

test('a thief makes a user, a key, a group, a policy and a role, which work and show in the snapshot', async () => {
  const lab = await start({ estate: estate() })
  const before = lab.snapshot()
  const client = new iam.IAMClient(to(lab, keysOf('thief')))
  const made = await firstMoves(client)
  await lookAtMoves(client, made)
  expect(made.userArn).toBe(`arn:aws:iam::${ACCOUNT}:user/ops/${MADE.user}`)

  const own = { accessKeyId: made.keyId, secretAccessKey: made.secret }
  const sts = new STSClient(to(lab, own))
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(made.userArn)
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: made.roleArn, RoleSessionName: 'again' }),
  )
  const asRole = new iam.IAMClient(to(lab, sessionKeys(Credentials)))
  await asRole.send(new iam.ListUsersCommand({}))

  const { User } = await client.send(new iam.GetUserCommand({ UserName: MADE.user }))
  expect(User?.Tags).toEqual([{ Key: 'Team', Value: 'sre' }])
  const after = lab.snapshot() as { [account: string]: { [kind: string]: Record<string, unknown> } }
  expect(after).not.toEqual(before)
  expect(Object.keys(after[ACCOUNT]?.users ?? {})).toContain(MADE.user)
  expect(Object.keys(after[ACCOUNT]?.roles ?? {})).toContain(MADE.role)
  expect(Object.keys(after[ACCOUNT]?.groups ?? {})).toContain(MADE.group)
  expect(Object.keys(after[ACCOUNT]?.policies ?? {})).toContain(made.policyArn)

  await undoMoves(client, made)
  expect(lab.snapshot()).toEqual(before)
})

test('each first move is refused to whoever lacks its permission, and nothing is made', async () => {
  const lab = await start({ estate: estate() })
  const before = lab.snapshot()
  const clerk = new iam.IAMClient(to(lab, keysOf('clerk')))
  const UserName = 'reader'
  const moves: object[] = [
    new iam.CreateUserCommand({ UserName: 'other' }),
    new iam.DeleteUserCommand({ UserName }),
    new iam.TagUserCommand({ UserName, Tags: [{ Key: 'a', Value: 'b' }] }),
    new iam.UntagUserCommand({ UserName: 'clerk', TagKeys: ['a'] }),
    new iam.CreateAccessKeyCommand({ UserName }),
    new iam.CreateLoginProfileCommand({ UserName, Password: 'long enough' }),
    new iam.CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'bedrock.amazonaws.com' }),
    new iam.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: DENY_ALL }),
    new iam.AttachUserPolicyCommand({ UserName, PolicyArn: ADMIN }),
    new iam.CreateGroupCommand({ GroupName: 'g' }),
    new iam.PutGroupPolicyCommand({ GroupName: 'g', PolicyName: 'p', PolicyDocument: DENY_ALL }),
    new iam.AttachGroupPolicyCommand({ GroupName: 'g', PolicyArn: ADMIN }),
    new iam.AddUserToGroupCommand({ GroupName: 'g', UserName: 'clerk' }),
    new iam.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: DENY_ALL }),
    new iam.CreatePolicyVersionCommand({
      PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/p`,
      PolicyDocument: DENY_ALL,
    }),
    new iam.CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trusts({ AWS: ACCOUNT }) }),
    new iam.DeleteRoleCommand({ RoleName: 'incident-responder' }),
    new iam.TagRoleCommand({ RoleName: 'incident-responder', Tags: [{ Key: 'a', Value: 'b' }] }),
    new iam.UpdateAssumeRolePolicyCommand({
      RoleName: 'incident-responder',
      PolicyDocument: trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/clerk` }),
    }),
    new iam.CreateOpenIDConnectProviderCommand({ Url: 'https://a.example' }),
  ]
  for (const move of moves) {
    await expect(send(clerk, move), move.constructor.name).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
  }
  expect(lab.snapshot()).toEqual(before)
  // It can tag itself, as it may, and nobody else.
  await clerk.send(
    new iam.TagUserCommand({ UserName: 'clerk', Tags: [{ Key: 'interdict:protected', Value: 'true' }] }),
  )
  expect(lab.snapshot()).not.toEqual(before)
})

test('a created key is known only after the propagation delay, and a new user is not trusted as its namesake was', async () => {
  const lab = await start({ estate: estate(), propagationMs: 4000 })
  const client = new iam.IAMClient(to(lab, keysOf('thief')))
  const made = await firstMoves(client)
  const own = { accessKeyId: made.keyId, secretAccessKey: made.secret }
  const who = () => new STSClient(to(lab, own)).send(new GetCallerIdentityCommand({}))
  await expect(who()).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
  lab.clock.advance(5)
  await who()

  await undoUser(client, made.keyId)
  const { Role } = await client.send(new iam.GetRoleCommand({ RoleName: MADE.role }))
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
  expect(trust.Statement[0].Principal.AWS).toBe(made.userId)
  const { User } = await client.send(new iam.CreateUserCommand({ UserName: MADE.user, Path: '/ops/' }))
  expect(User?.Arn).toBe(made.userArn)
  await client.send(new iam.AttachUserPolicyCommand({ UserName: MADE.user, PolicyArn: ADMIN }))
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: MADE.user }))
  lab.clock.advance(5)
  const namesake = new STSClient(
    to(lab, { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: 'any' }),
  )
  await expect(
    namesake.send(new AssumeRoleCommand({ RoleArn: made.roleArn, RoleSessionName: 'again' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' })
})

async function undoUser(client: iam.IAMClient, AccessKeyId: string): Promise<void> {
  const UserName = MADE.user
  await expect(client.send(new iam.DeleteUserCommand({ UserName }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  })
  const { AttachedPolicies = [] } = await client.send(new iam.ListAttachedUserPoliciesCommand({ UserName }))
  for (const { PolicyArn } of AttachedPolicies) {
    await client.send(new iam.DetachUserPolicyCommand({ UserName, PolicyArn }))
  }
  await client.send(new iam.RemoveUserFromGroupCommand({ UserName, GroupName: MADE.group }))
  await client.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'all' }))
  await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId }))
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
}

test('quotas, duplicates and conflicts are refused as IAM refuses them', async () => {
  const lab = await start({ estate: estate() })
  const client = new iam.IAMClient(to(lab, keysOf('thief')))
  const made = await firstMoves(client)
  const refusals: [{ input: object }, string][] = [
    [new iam.CreateUserCommand({ UserName: MADE.user.toUpperCase() }), 'EntityAlreadyExistsException'],
    [new iam.CreateUserCommand({ UserName: 'a b' }), 'ValidationError'],
    [new iam.CreateUserCommand({ UserName: 'ab', Path: 'ops' }), 'ValidationError'],
    [new iam.CreateUserCommand({ UserName: 'ab', Tags: [{ Key: 'aws:x', Value: '' }] }), 'ValidationError'],
    [
      new iam.CreateUserCommand({ UserName: 'ab', PermissionsBoundary: 'arn:aws:iam::aws:policy/None' }),
      'NoSuchEntityException',
    ],
    [
      new iam.CreateRoleCommand({ RoleName: MADE.role, AssumeRolePolicyDocument: trusts('*') }),
      'EntityAlreadyExistsException',
    ],
    [
      new iam.CreateRoleCommand({
        RoleName: 'r2',
        AssumeRolePolicyDocument: trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/nobody` }),
      }),
      'MalformedPolicyDocumentException',
    ],
    [new iam.CreateGroupCommand({ GroupName: MADE.group }), 'EntityAlreadyExistsException'],
    [
      new iam.CreatePolicyCommand({ PolicyName: MADE.policy, PolicyDocument: DENY_ALL }),
      'EntityAlreadyExistsException',
    ],
    [
      new iam.CreateLoginProfileCommand({ UserName: MADE.user, Password: 'long enough' }),
      'EntityAlreadyExistsException',
    ],
    [new iam.DeletePolicyCommand({ PolicyArn: made.policyArn }), 'DeleteConflictException'],
    [
      new iam.DeletePolicyVersionCommand({ PolicyArn: made.policyArn, VersionId: 'v2' }),
      'DeleteConflictException',
    ],
    [new iam.DeleteGroupCommand({ GroupName: MADE.group }), 'DeleteConflictException'],
    [new iam.DeleteRoleCommand({ RoleName: MADE.role }), 'DeleteConflictException'],
    [
      new iam.SetDefaultPolicyVersionCommand({ PolicyArn: made.policyArn, VersionId: 'v9' }),
      'NoSuchEntityException',
    ],
    [new iam.CreatePolicyVersionCommand({ PolicyArn: ADMIN, PolicyDocument: DENY_ALL }), 'AccessDenied'],
  ]
  for (const [command, name] of refusals) {
    await expect(
      send(client, command),
      `${command.constructor.name} ${JSON.stringify(command.input)}`,
    ).rejects.toMatchObject({ name })
  }
  for (let at = 3; at <= 5; at += 1) {
    await client.send(
      new iam.CreatePolicyVersionCommand({ PolicyArn: made.policyArn, PolicyDocument: DENY_ALL }),
    )
  }
  await expect(
    client.send(new iam.CreatePolicyVersionCommand({ PolicyArn: made.policyArn, PolicyDocument: DENY_ALL })),
  ).rejects.toMatchObject({ name: 'LimitExceededException' })
})
