import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeRegionsCommand,
  DisassociateIamInstanceProfileCommand,
  EC2Client,
  paginateDescribeIamInstanceProfileAssociations,
} from '@aws-sdk/client-ec2'
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetCredentialReportCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListOpenIDConnectProvidersCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateSigningCertificateCommand,
  UpdateSSHPublicKeyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  allow,
  CREATED,
  DENY_ALL,
  idOf,
  keysOf,
  policy,
  role,
  start,
  to,
  town,
  trusts,
  user,
} from './town.ts'

describe('access keys', () => {
  it('are two a user, and know their last use', async () => {
    const lab = await start()
    const iam = new IAMClient(to(lab))
    const UserName = 'reader'
    const { accessKeyId: AccessKeyId } = keysOf(UserName)
    const used = () => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))
    expect(await used()).toMatchObject({ UserName, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } })
    await new STSClient(to(lab, keysOf(UserName))).send(new GetCallerIdentityCommand({}))
    expect((await used()).AccessKeyLastUsed).toMatchObject({ ServiceName: 'sts', Region: 'us-east-1' })
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    expect(AccessKey?.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    await expect(iam.send(new CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
      name: 'LimitExceededException',
    })
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }))
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }))
    expect(AccessKeyMetadata).toMatchObject([{ UserName, AccessKeyId, Status: 'Active' }])
    await expect(
      iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: idOf('AKIA', 'nobody') })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(iam.send(new ListAccessKeysCommand({}))).rejects.toMatchObject({ name: 'ValidationError' })
  })
})

describe('other credentials of users', () => {
  const credential = (id: string, service = 'bedrock.amazonaws.com') => ({
    id: idOf('ACCA', id),
    service,
    status: 'Active' as const,
    created: CREATED,
    userName: `${id}-at-${ACCOUNT}`,
  })

  it('of services are listed for everybody in pages that may end within a user', async () => {
    const several = (count: number) =>
      Array.from({ length: count }, (_, at) => credential(String.fromCharCode(97 + at)))
    const users = [
      user('one', { serviceCredentials: several(3) }),
      user('two', { serviceCredentials: several(4) }),
    ]
    const iam = new IAMClient(to(await start({ estate: town({ users }) })))
    const found: string[] = []
    let Marker: string | undefined
    do {
      const page = await iam.send(
        new ListServiceSpecificCredentialsCommand({
          AllUsers: true,
          MaxItems: 2,
          ...(Marker ? { Marker } : {}),
        }),
      )
      for (const each of page.ServiceSpecificCredentials ?? []) {
        found.push(`${each.UserName} ${each.ServiceSpecificCredentialId}`)
      }
      Marker = page.IsTruncated ? page.Marker : undefined
    } while (Marker)
    expect(new Set(found).size).toBe(7)
    expect(found).toHaveLength(7)
  })

  it('are switched off and on', async () => {
    const body = 'PEM'
    const fingerprint = 'aa'
    const own = user('own', {
      serviceCredentials: [credential('git', 'codecommit.amazonaws.com')],
      certificates: [{ id: idOf('ASCA', 'one'), body, status: 'Active', created: CREATED }],
      sshKeys: [{ id: idOf('APKA', 'one'), body, fingerprint, status: 'Active', created: CREATED }],
    })
    const iam = new IAMClient(to(await start({ estate: town({ users: [own] }) })))
    const off = { UserName: 'own', Status: 'Inactive' as const }
    await iam.send(
      new UpdateServiceSpecificCredentialCommand({
        ...off,
        ServiceSpecificCredentialId: idOf('ACCA', 'git'),
      }),
    )
    await iam.send(new UpdateSigningCertificateCommand({ ...off, CertificateId: idOf('ASCA', 'one') }))
    await iam.send(new UpdateSSHPublicKeyCommand({ ...off, SSHPublicKeyId: idOf('APKA', 'one') }))
    const credentials = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName: 'own' }))
    expect(credentials.ServiceSpecificCredentials).toMatchObject([
      { Status: 'Inactive', ServiceUserName: `git-at-${ACCOUNT}` },
    ])
    const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName: 'own' }))
    expect(Certificates).toMatchObject([{ Status: 'Inactive', CertificateBody: body }])
    const { SSHPublicKeys } = await iam.send(new ListSSHPublicKeysCommand({ UserName: 'own' }))
    expect(SSHPublicKeys).toMatchObject([{ Status: 'Inactive' }])
    await expect(
      iam.send(new UpdateSSHPublicKeyCommand({ ...off, SSHPublicKeyId: idOf('APKA', 'nobody') })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  it('are in a report that is four hours old at most', async () => {
    const lab = await start()
    const iam = new IAMClient(to(lab))
    const generate = async () => (await iam.send(new GenerateCredentialReportCommand({}))).State
    const read = async () => {
      const { Content, GeneratedTime } = await iam.send(new GetCredentialReportCommand({}))
      return {
        lines: Buffer.from(Content ?? [])
          .toString('utf8')
          .split('\n'),
        GeneratedTime,
      }
    }
    await expect(read()).rejects.toMatchObject({ name: 'CredentialReportNotPresentException' })
    expect(await generate()).toBe('STARTED')
    expect(await generate()).toBe('COMPLETE')
    const { lines, GeneratedTime } = await read()
    expect(lines[0]).toMatch(/^user,arn,user_creation_time,password_enabled/)
    const columns = lines[0]?.split(',').length
    expect(lines.map(line => line.split(',').length)).toEqual([columns, columns, columns])
    expect(lines[2]).toMatch(/^reader,arn:aws:iam::\d+:user\/app\/reader,.*,false,true,/)
    lab.clock.advance(2 * 3600)
    expect(await generate()).toBe('COMPLETE')
    expect((await read()).GeneratedTime).toEqual(GeneratedTime)
    lab.clock.advance(2 * 3600)
    await expect(read()).rejects.toMatchObject({ name: 'CredentialReportExpiredException' })
    expect(await generate()).toBe('STARTED')
  })
})

describe('groups and providers', () => {
  it('take members and client ids, and let them go', async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example`
    const provider = { arn, url: 'issuer.example', clientIds: ['a'], thumbprints: [], created: CREATED }
    const group = {
      name: 'crew',
      path: '/',
      id: idOf('AGPA', 'crew'),
      created: CREATED,
      inline: {},
      attached: [],
    }
    const lab = await start({ estate: town({ groups: [group], oidcProviders: [provider] }) })
    const iam = new IAMClient(to(lab))
    const member = { UserName: 'reader', GroupName: 'crew' }
    const groups = async () =>
      (await iam.send(new ListGroupsForUserCommand({ UserName: 'reader' }))).Groups?.map(
        each => each.GroupName,
      )
    await iam.send(new AddUserToGroupCommand(member))
    await iam.send(new AddUserToGroupCommand(member))
    expect(await groups()).toEqual(['crew'])
    await iam.send(new RemoveUserFromGroupCommand(member))
    expect(await groups()).toEqual([])

    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
    expect(OpenIDConnectProviderList).toEqual([{ Arn: arn }])
    const named = { OpenIDConnectProviderArn: arn }
    const clients = async () => (await iam.send(new GetOpenIDConnectProviderCommand(named))).ClientIDList
    for (const _ of [1, 2]) {
      await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'a' }))
    }
    expect(await clients()).toEqual([])
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'a' }))
    expect(await clients()).toEqual(['a'])
  })
})

describe('the simulator', () => {
  it('answers once an action, with the most restrictive of all resources', async () => {
    const reads = policy(allow('s3:GetObject', 'arn:aws:s3:::mine/*'))
    const lab = await start({ estate: town({ users: [user('bot', { inline: { reads } })] }) })
    const iam = new IAMClient(to(lab))
    const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/bot`
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn,
        ActionNames: ['s3:PutObject', 's3:GetObject'],
        ResourceArns: ['arn:aws:s3:::mine/a', 'arn:aws:s3:::theirs/a'],
      }),
    )
    expect(EvaluationResults).toMatchObject([
      { EvalActionName: 's3:PutObject', EvalDecision: 'implicitDeny' },
      {
        EvalActionName: 's3:GetObject',
        EvalDecision: 'implicitDeny',
        ResourceSpecificResults: [
          {
            EvalResourceName: 'arn:aws:s3:::mine/a',
            EvalResourceDecision: 'allowed',
            MatchedStatements: [{ SourcePolicyId: 'user_bot_reads', SourcePolicyType: 'user' }],
          },
          { EvalResourceName: 'arn:aws:s3:::theirs/a', EvalResourceDecision: 'implicitDeny' },
        ],
      },
    ])
    await expect(
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `${PolicySourceArn}x`,
          ActionNames: ['s3:GetObject'],
        }),
      ),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  it('takes documents and context that are not there, and leaves out some that are', async () => {
    const old = policy({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } },
    })
    const bot = role('bot', trusts('*'), { inline: { all: policy(allow('*')), old } })
    const iam = new IAMClient(to(await start({ estate: town({ roles: [bot] }) })))
    const simulate = async (more: object) => {
      const { EvaluationResults: [result] = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/bot`,
          ActionNames: ['s3:GetObject'],
          ...more,
        }),
      )
      return result
    }
    const issued = (...ContextKeyValues: string[]) => ({
      ContextEntries: [{ ContextKeyName: 'aws:TokenIssueTime', ContextKeyType: 'date', ContextKeyValues }],
    })
    expect(await simulate({})).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: ['aws:TokenIssueTime'],
    })
    expect(await simulate(issued('2025-12-31T00:00:00Z'))).toMatchObject({ EvalDecision: 'explicitDeny' })
    expect(await simulate(issued('2026-01-02T00:00:00Z'))).toMatchObject({ EvalDecision: 'allowed' })
    expect(await simulate({ PolicyInputList: [DENY_ALL] })).toMatchObject({ EvalDecision: 'explicitDeny' })
    expect(await simulate({ PermissionsBoundaryPolicyInputList: [DENY_ALL] })).toMatchObject({
      EvalDecision: 'explicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    })
    const identifier = { PolicyName: 'all', AttachmentType: 'role', AttachmentName: 'bot' }
    expect(await simulate({ PolicyExclusionList: [{ InlinePolicyIdentifier: identifier }] })).toMatchObject({
      EvalDecision: 'implicitDeny',
    })
  })
})

describe('instances', () => {
  it('have one profile at most, by associations that are new every time', async () => {
    const associations = Array.from({ length: 7 }, (_, at) => ({
      id: `iip-assoc-0000000000000000${at}`,
      region: at < 6 ? 'us-east-1' : 'eu-west-1',
      instance: `i-000000000000000${at}`,
      profile: 'web',
      created: CREATED,
    }))
    const profile = { name: 'web', path: '/', id: idOf('AIPA', 'web'), created: CREATED, role: 'web' }
    const lab = await start({
      estate: town({
        roles: [role('web', trusts({ Service: 'ec2.amazonaws.com' }))],
        instanceProfiles: [profile],
        associations,
      }),
    })
    const iam = new IAMClient(to(lab))
    const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'web' }))
    expect(InstanceProfiles).toMatchObject([{ InstanceProfileName: 'web', Roles: [{ RoleName: 'web' }] }])

    const ec2 = new EC2Client(to(lab))
    const { Regions } = await ec2.send(new DescribeRegionsCommand({}))
    expect(Regions?.map(({ RegionName }) => RegionName)).toContain('eu-west-1')
    const found: (string | undefined)[] = []
    for await (const page of paginateDescribeIamInstanceProfileAssociations(
      { client: ec2, pageSize: 5 },
      { Filters: [{ Name: 'state', Values: ['associated'] }] },
    )) {
      found.push(...(page.IamInstanceProfileAssociations ?? []).map(({ InstanceId }) => InstanceId))
    }
    expect(found).toHaveLength(6)

    const before = lab.snapshot()
    const AssociationId = 'iip-assoc-00000000000000000'
    await ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }))
    await expect(
      ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId })),
    ).rejects.toMatchObject({ name: 'InvalidAssociationID.NotFound' })
    const again = new AssociateIamInstanceProfileCommand({
      InstanceId: 'i-0000000000000000',
      IamInstanceProfile: { Name: 'web' },
    })
    const { IamInstanceProfileAssociation } = await ec2.send(again)
    expect(IamInstanceProfileAssociation?.AssociationId).not.toBe(AssociationId)
    await expect(ec2.send(again)).rejects.toMatchObject({ name: 'IncorrectState' })
    expect(lab.snapshot()).toEqual(before)
    const own = new EC2Client(to(lab, keysOf('reader')))
    await expect(own.send(new DescribeIamInstanceProfileAssociationsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    })
  })
})
