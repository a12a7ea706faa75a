import {
  AttachUserPolicyCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccountSummaryCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccountAliasesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListUsers,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  ADMIN,
  AWS_DENY_ALL,
  allow,
  DENY_ALL,
  GITHUB,
  policy,
  role,
  start,
  to,
  town,
  trusts,
  user,
} from './town.ts'

describe('principals and their inline policies', () => {
  it('are shown, put and deleted as IAM does, with documents percent-encoded', async () => {
    const lab = await start()
    const iam = new IAMClient(to(lab))
    const { User } = await iam.send(new GetUserCommand({ UserName: 'READER' }))
    expect(User).toMatchObject({
      UserName: 'reader',
      Path: '/app/',
      Arn: `arn:aws:iam::${ACCOUNT}:user/app/reader`,
    })
    expect(User?.CreateDate).toEqual(new Date('2024-01-01T00:00:00Z'))
    const named = { UserName: 'reader', PolicyName: 'stop' }
    await iam.send(new PutUserPolicyCommand({ ...named, PolicyDocument: DENY_ALL }))
    const { PolicyDocument } = await iam.send(new GetUserPolicyCommand(named))
    expect(PolicyDocument).toMatch(/^%7B%22Version%22%3A/)
    expect(decodeURIComponent(PolicyDocument ?? '')).toBe(DENY_ALL)
    await iam.send(new DeleteUserPolicyCommand(named))
    await expect(iam.send(new DeleteUserPolicyCommand(named))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(iam.send(new GetUserCommand({ UserName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
  })

  it('keep documents to the grammar', async () => {
    const iam = new IAMClient(to(await start()))
    const put = (PolicyDocument: string) =>
      iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'p', PolicyDocument }))
    for (const document of [
      '{',
      '{"Version":"2012-10-17"}',
      policy({ Effect: 'Deny', Action: '*' }),
      policy({ Effect: 'Maybe', Action: '*', Resource: '*' }),
      policy({ Effect: 'Deny', Action: 'everything', Resource: '*' }),
      policy({ Effect: 'Deny', Action: '*', Resource: '*', Principal: '*' }),
      policy({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateBefore: { a: 'b' } } }),
    ]) {
      await expect(put(document), document).rejects.toMatchObject({
        name: 'MalformedPolicyDocumentException',
      })
    }
    await expect(put('{"Version":"2012-10-17","Statement":[],"x":"✓"}')).rejects.toMatchObject({
      name: 'ValidationError',
    })
  })
})

describe('quotas', () => {
  const sized = (size: number) => {
    const bare = policy(allow('s3:GetObject', ''))
    return policy(allow('s3:GetObject', 'x'.repeat(size - bare.length)))
  }

  it('of inline policies count all of them together, without white space', async () => {
    const lab = await start({
      estate: town({ users: [user('full', { inline: { old: sized(2048 - 84) } })] }),
    })
    const iam = new IAMClient(to(lab))
    const put = (PolicyDocument: string) =>
      iam.send(new PutUserPolicyCommand({ UserName: 'full', PolicyName: 'stop', PolicyDocument }))
    await put(JSON.stringify(JSON.parse(DENY_ALL), undefined, 4))
    await expect(put(DENY_ALL.replace('"*"', '["*"]'))).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 409 },
    })
    await expect(
      iam.send(
        new PutRolePolicyCommand({
          RoleName: 'incident-responder',
          PolicyName: 'big',
          PolicyDocument: sized(10_241),
        }),
      ),
    ).rejects.toMatchObject({ name: 'LimitExceededException' })
  })

  it('of managed policies are ten a principal, and attaching twice is once', async () => {
    const filler = (at: number) => `arn:aws:iam::aws:policy/Filler${at}`
    const attached = Array.from({ length: 9 }, (_, at) => filler(at))
    const lab = await start({ estate: town({ users: [user('full', { attached })] }) })
    const iam = new IAMClient(to(lab))
    const attach = (PolicyArn: string) =>
      iam.send(new AttachUserPolicyCommand({ UserName: 'full', PolicyArn }))
    await attach(filler(9))
    await attach(filler(9))
    await expect(attach(AWS_DENY_ALL)).rejects.toMatchObject({ name: 'LimitExceededException' })
    await iam.send(new DetachUserPolicyCommand({ UserName: 'full', PolicyArn: filler(0) }))
    await attach(AWS_DENY_ALL)
    await expect(
      iam.send(new DetachUserPolicyCommand({ UserName: 'full', PolicyArn: filler(0) })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' })
    await expect(attach('arn:aws:iam::aws:policy/aws-service-role/ForService')).rejects.toMatchObject({
      name: 'PolicyNotAttachableException',
    })
  })
})

describe('roles', () => {
  const saying = (Principal: unknown, Condition?: object) =>
    trusts(Principal, 'sts:AssumeRoleWithWebIdentity', Condition)
  const github = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}` }

  it("that are AWS's own cannot be changed", async () => {
    const service = role('AWSServiceRoleForSupport', trusts({ Service: 'support.amazonaws.com' }), {
      path: '/aws-service-role/support.amazonaws.com/',
    })
    const iam = new IAMClient(to(await start({ estate: town({ roles: [service] }) })))
    await expect(
      iam.send(
        new PutRolePolicyCommand({ RoleName: service.name, PolicyName: 'stop', PolicyDocument: DENY_ALL }),
      ),
    ).rejects.toMatchObject({ name: 'UnmodifiableEntityException', $metadata: { httpStatusCode: 400 } })
  })

  it('have their whole trust policy looked at whenever it is written', async () => {
    const lab = await start({ estate: town({ roles: [role('target', saying(github))] }) })
    const iam = new IAMClient(to(lab))
    const write = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'target', PolicyDocument }))
    const sub = { StringLike: { [`${GITHUB}:sub`]: 'repo:acme/*' } }
    await write(saying(github, sub))
    await write(
      policy(...JSON.parse(saying(github, sub)).Statement, {
        Effect: 'Deny',
        Principal: '*',
        Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
      }),
    )
    await write(trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/app/reader` }))
    await write(trusts({ AWS: 'arn:aws:iam::999999999999:user/foreigner' }))
    for (const document of [
      saying(github),
      saying(github, { StringLike: { [`${GITHUB}:sub`]: '*' } }),
      trusts({ AWS: 'AROAEXAMPLEEXAMPLE123' }),
      trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/reader` }),
      trusts({ AWS: `arn:aws:iam::${ACCOUNT}:role/gone` }),
      trusts('*', 's3:GetObject'),
      policy(allow('sts:AssumeRole')),
    ]) {
      await expect(write(document), document).rejects.toMatchObject({
        name: 'MalformedPolicyDocumentException',
      })
    }
    const long = { StringLike: { [`${GITHUB}:sub`]: 'x'.repeat(2048) } }
    await expect(write(saying(github, long))).rejects.toMatchObject({ name: 'LimitExceededException' })
  })
})

describe('the account', () => {
  it('is listed in pages, once each, whatever the size of a page', async () => {
    const users = Array.from({ length: 250 }, (_, at) => user(`worker-${at}`, { tags: { at: `${at}` } }))
    const lab = await start({ estate: town({ users }) })
    const iam = new IAMClient(to(lab))
    const names: string[] = []
    let pages = 0
    for await (const { Users = [] } of paginateListUsers({ client: iam }, {})) {
      pages += 1
      names.push(...Users.map(({ UserName = '' }) => UserName))
    }
    expect(pages).toBe(3)
    expect(new Set(names).size).toBe(251)
    expect(names).toHaveLength(251)

    const seen = { users: 0, roles: 0, policies: 0 }
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 100 }, {})) {
      seen.users += page.UserDetailList?.length ?? 0
      seen.roles += page.RoleDetailList?.length ?? 0
      seen.policies += page.Policies?.length ?? 0
    }
    expect(seen).toEqual({ users: 251, roles: 1, policies: 14 })
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, { Filter: ['Role'] })) {
      expect(page.UserDetailList).toEqual([])
      expect(page.RoleDetailList?.[0]).toMatchObject({
        RoleName: 'incident-responder',
        AttachedManagedPolicies: [{ PolicyName: 'AdministratorAccess', PolicyArn: ADMIN }],
      })
    }
  })

  it('knows its alias and its quotas', async () => {
    const iam = new IAMClient(to(await start()))
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(['acme'])
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
    expect(SummaryMap).toMatchObject({
      Users: 1,
      UserPolicySizeQuota: 2048,
      AttachedPoliciesPerRoleQuota: 10,
    })
  })
})
