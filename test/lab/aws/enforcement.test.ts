import {
  CreateAccessKeyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import type { LabOfAws } from '../../aws-lab.ts'
import {
  ACCOUNT,
  ADMIN,
  AWS_DENY_ALL,
  account,
  allow,
  CREATED,
  DENY_ALL,
  GITHUB,
  idOf,
  keysOf,
  OTHER,
  policy,
  role,
  sessionKeys,
  start,
  to,
  town,
  trusts,
  user,
} from './town.ts'

const read = (lab: LabOfAws, keys = keysOf('reader'), SecretId = 'prod') =>
  new SecretsManagerClient(to(lab, keys)).send(new GetSecretValueCommand({ SecretId }))
const sts = (lab: LabOfAws, keys = keysOf('reader')) => new STSClient(to(lab, keys))
const deny = (lab: LabOfAws, UserName = 'reader', PolicyDocument = DENY_ALL) =>
  new IAMClient(to(lab)).send(new PutUserPolicyCommand({ UserName, PolicyName: 'stop', PolicyDocument }))
const arn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`

describe('a key', () => {
  it('opens what its user may, until it is inactive', async () => {
    const lab = await start()
    expect((await read(lab)).SecretString).toBe('hush')
    await expect(sts(lab).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: ACCOUNT,
      UserId: idOf('AIDA', 'reader'),
      Arn: `arn:aws:iam::${ACCOUNT}:user/app/reader`,
    })
    const { accessKeyId: AccessKeyId } = keysOf('reader')
    const iam = new IAMClient(to(lab))
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'reader', AccessKeyId, Status: 'Inactive' }))
    await expect(read(lab)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
    await expect(sts(lab).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    })
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'reader', AccessKeyId, Status: 'Active' }))
    expect((await read(lab)).SecretString).toBe('hush')
  })

  it('that nobody has opens nothing', async () => {
    const lab = await start()
    await expect(read(lab, keysOf('stranger'))).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  })
})

describe('a policy', () => {
  it('that denies stops the user, its sessions too, but not what no policy governs', async () => {
    const lab = await start()
    const session = sessionKeys((await sts(lab).send(new GetSessionTokenCommand({}))).Credentials)
    expect((await read(lab, session)).SecretString).toBe('hush')
    await deny(lab)
    await expect(read(lab)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('with an explicit deny in an identity-based policy'),
    })
    await expect(read(lab, session)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await sts(lab).send(new GetCallerIdentityCommand({}))
    const minted = sessionKeys((await sts(lab).send(new GetSessionTokenCommand({}))).Credentials)
    await new IAMClient(to(lab)).send(new DeleteUserPolicyCommand({ UserName: 'reader', PolicyName: 'stop' }))
    expect((await read(lab, minted)).SecretString).toBe('hush')
  })

  it('that denies older sessions stops those alone', async () => {
    const lab = await start()
    const old = sessionKeys((await sts(lab).send(new GetSessionTokenCommand({}))).Credentials)
    lab.clock.advance(60)
    const Condition = { DateLessThan: { 'aws:TokenIssueTime': lab.clock.now() } }
    await deny(lab, 'reader', policy({ Effect: 'Deny', Action: '*', Resource: '*', Condition }))
    lab.clock.advance(60)
    const fresh = sessionKeys((await sts(lab).send(new GetSessionTokenCommand({}))).Credentials)
    await expect(read(lab, old)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(read(lab, fresh)).resolves.toBeDefined()
    await expect(read(lab)).resolves.toBeDefined()
  })

  it('of the boundary narrows', async () => {
    const lab = await start()
    await new IAMClient(to(lab)).send(
      new PutUserPermissionsBoundaryCommand({ UserName: 'reader', PermissionsBoundary: AWS_DENY_ALL }),
    )
    await expect(read(lab)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('of a secret lets a user of the account in by name, and none of another account by itself', async () => {
    const opens = (AWS: string) =>
      policy({ Effect: 'Allow', Principal: { AWS }, Action: 'secretsmanager:GetSecretValue', Resource: '*' })
    const secret = (name: string, AWS: string) => ({
      arn: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:${name}-AbCdEf`,
      name,
      value: name,
      created: CREATED,
      policy: opens(AWS),
    })
    const lab = await start({
      estate: town(
        {
          users: [user('bare')],
          secrets: [
            secret('shared', `arn:aws:iam::${ACCOUNT}:user/bare`),
            secret('abroad', `arn:aws:iam::${OTHER}:user/foreigner`),
          ],
        },
        [account(OTHER, { users: [user('foreigner')] })],
      ),
    })
    await expect(read(lab, keysOf('bare'), 'shared')).resolves.toMatchObject({ SecretString: 'shared' })
    await expect(read(lab, keysOf('bare'))).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const abroad = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:abroad-AbCdEf`
    await expect(read(lab, keysOf('foreigner'), abroad)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    })
    await expect(
      new SecretsManagerClient(to(lab)).send(new GetSecretValueCommand({ SecretId: 'none' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const first = await new SecretsManagerClient(to(lab)).send(new ListSecretsCommand({ MaxResults: 2 }))
    expect(first.SecretList).toHaveLength(2)
    const { NextToken } = first
    const second = await new SecretsManagerClient(to(lab)).send(new ListSecretsCommand({ NextToken }))
    expect(second.SecretList).toHaveLength(1)
  })

  it('of nobody keeps IAM from being called', async () => {
    const lab = await start()
    const own = new IAMClient(to(lab, keysOf('reader')))
    await expect(own.send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(own.send(new CreateAccessKeyCommand({ UserName: 'reader' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })
})

describe('a role', () => {
  const assume = (lab: LabOfAws, keys: ReturnType<typeof keysOf>, name: string, ExternalId?: string) =>
    sts(lab, keys)
      .send(
        new AssumeRoleCommand({
          RoleArn: arn(name),
          RoleSessionName: 'job',
          ...(ExternalId ? { ExternalId } : {}),
        }),
      )
      .then(({ Credentials }) => sessionKeys(Credentials))

  it('is assumed by whom it trusts, and its policies follow its sessions', async () => {
    const lab = await start({
      estate: town({
        users: [user('bare'), user('other')],
        roles: [role('worker', trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/bare` }), { attached: [ADMIN] })],
      }),
    })
    const session = await assume(lab, keysOf('bare'), 'worker')
    expect((await sts(lab, session).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:assumed-role/worker/job`,
    )
    await expect(read(lab, session)).resolves.toBeDefined()
    await expect(assume(lab, keysOf('other'), 'worker')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(assume(lab, keysOf('other'), 'nothing')).rejects.toMatchObject({ name: 'AccessDenied' })
    await deny(lab, 'bare')
    await expect(assume(lab, keysOf('bare'), 'worker')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(read(lab, session)).resolves.toBeDefined()
    const stop = { RoleName: 'worker', PolicyName: 'stop', PolicyDocument: DENY_ALL }
    await new IAMClient(to(lab)).send(new PutRolePolicyCommand(stop))
    await expect(read(lab, session)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(sts(lab, session).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it('that trusts the role behind a session is limited by the boundary and the session policy of that role', async () => {
    const narrow = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
    const bare = `arn:aws:iam::${ACCOUNT}:user/bare`
    const lab = await start({
      estate: town({
        users: [user('bare')],
        roles: [
          role('free', trusts({ AWS: bare })),
          role('bound', trusts({ AWS: bare }), { attached: [ADMIN], boundary: narrow }),
          role('worker', trusts({ AWS: [arn('free'), arn('bound')] })),
        ],
      }),
    })
    const free = await assume(lab, keysOf('bare'), 'free')
    await expect(assume(lab, free, 'worker')).resolves.toBeDefined()
    const bound = await assume(lab, keysOf('bare'), 'bound')
    await expect(assume(lab, bound, 'worker')).rejects.toMatchObject({ name: 'AccessDenied' })
    const Policy = policy(allow('s3:*'))
    const { Credentials } = await sts(lab, keysOf('bare')).send(
      new AssumeRoleCommand({ RoleArn: arn('free'), RoleSessionName: 'narrow', Policy }),
    )
    await expect(assume(lab, sessionKeys(Credentials), 'worker')).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it('of another account needs both sides, and the external id', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'x-1' } }
    const may = { inline: { assume: policy(allow('sts:AssumeRole')) } }
    const lab = await start({
      estate: town(
        {
          roles: [role('vendor', trusts({ AWS: `arn:aws:iam::${OTHER}:root` }, 'sts:AssumeRole', Condition))],
        },
        [account(OTHER, { users: [user('agent', may), user('idle')] })],
      ),
    })
    await expect(assume(lab, keysOf('agent'), 'vendor', 'x-1')).resolves.toBeDefined()
    await expect(assume(lab, keysOf('agent'), 'vendor')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(assume(lab, keysOf('idle'), 'vendor', 'x-1')).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is assumed with a token whose issuer, audience and subject fit', async () => {
    const federated = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}` }
    const sub = { StringLike: { [`${GITHUB}:sub`]: 'repo:acme/shop:*' } }
    const lab = await start({
      estate: town({
        roles: [
          role('deployer', trusts(federated, 'sts:AssumeRoleWithWebIdentity', sub), { attached: [ADMIN] }),
        ],
        oidcProviders: [
          {
            arn: federated.Federated,
            url: GITHUB,
            clientIds: ['sts.amazonaws.com'],
            thumbprints: [],
            created: CREATED,
          },
        ],
      }),
    })
    const exp = Math.floor(Date.now() / 1000) + 300
    const good = { iss: `https://${GITHUB}`, sub: 'repo:acme/shop:x', aud: 'sts.amazonaws.com', exp }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const present = (claims: object) =>
      sts(lab).send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: arn('deployer'),
          RoleSessionName: 'gh',
          WebIdentityToken: `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`,
        }),
      )
    const answer = await present(good)
    expect(answer).toMatchObject({ SubjectFromWebIdentityToken: good.sub, Audience: good.aud })
    await expect(read(lab, sessionKeys(answer.Credentials))).resolves.toBeDefined()
    await expect(present({ ...good, sub: 'repo:evil/shop:x' })).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await expect(present({ ...good, aud: 'else' })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    })
    await expect(present({ ...good, iss: 'https://evil.example' })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    })
    await expect(present({ ...good, exp: 1 })).rejects.toMatchObject({ name: 'ExpiredTokenException' })
  })
})

describe('a session', () => {
  it('ends when it expires, and works only with its token', async () => {
    const lab = await start()
    const answer = await sts(lab).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
    const session = sessionKeys(answer.Credentials)
    await expect(read(lab, { ...session, sessionToken: 'else' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
    await expect(new IAMClient(to(lab, session)).send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    lab.clock.advance(901)
    await expect(read(lab, session)).rejects.toMatchObject({ name: 'ExpiredTokenException' })
    await expect(sts(lab, session).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'ExpiredToken',
    })
  })

  it('of a federated user may what both its user and its own policy allow', async () => {
    const lab = await start({
      estate: town({ users: [user('broker', { attached: [ADMIN] })] }),
    })
    const federate = async (Policy?: string) => {
      const command = new GetFederationTokenCommand({ Name: 'guest', ...(Policy ? { Policy } : {}) })
      return sessionKeys((await sts(lab, keysOf('broker')).send(command)).Credentials)
    }
    const wide = await federate(policy(allow('secretsmanager:*')))
    expect((await sts(lab, wide).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
    )
    await expect(read(lab, wide)).resolves.toBeDefined()
    await expect(read(lab, await federate())).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await deny(lab, 'broker')
    await expect(read(lab, wide)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('propagation', () => {
  it('lets the data plane work by the old state for a while, which IAM itself no longer shows', async () => {
    const lab = await start({ propagationMs: 3_600_000 })
    await deny(lab)
    const { accessKeyId: AccessKeyId } = keysOf('reader')
    const iam = new IAMClient(to(lab))
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'reader', AccessKeyId, Status: 'Inactive' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
    const created = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: 'any' }
    await expect(read(lab)).resolves.toBeDefined()
    await expect(read(lab, created)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
    lab.clock.advance(3601)
    await expect(read(lab)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
    await expect(read(lab, created)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})
