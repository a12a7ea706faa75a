import { IAMClient, ListUsersCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DescribeOrganizationCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListDelegatedAdministratorsCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
} from '@aws-sdk/client-organizations'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { awsLab } from '../../../src/lab/aws/index.ts'
import { secretOf } from '../../../src/lab/aws/seed/ids.ts'
import {
  ACCOUNT,
  GUARD_ROLE,
  LEAKED_KEY,
  MANAGEMENT_ACCOUNT,
  seedEstate,
} from '../../../src/lab/aws/seed/index.ts'
import type { Estate } from '../../../src/lab/aws/store.ts'
import { startLab } from '../../../src/lab/index.ts'
import { type LabOfAws, startAwsLab } from '../../aws-lab.ts'

const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:user/ci/ci-deploy`
const ROOT = 'r-ac3e'
const Filter = 'SERVICE_CONTROL_POLICY'

let lab: LabOfAws

async function open(change: (estate: Estate) => void = () => undefined, propagationMs = 0): Promise<void> {
  lab = await startAwsLab({
    estate: () => {
      const estate = seedEstate(new Date().toISOString())
      change(estate)
      return estate
    },
    propagationMs,
  })
}

beforeEach(() => open())
afterEach(() => lab.close())

const keys = (accessKeyId: string, secretAccessKey = secretOf(accessKeyId), sessionToken?: string) => ({
  endpoint: lab.endpoint,
  region: 'eu-west-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
})

const member = () => {
  const { accessKeyId, secretAccessKey, sessionToken } = lab.responder
  return keys(accessKeyId, secretAccessKey, sessionToken)
}

/** The role of the management account that the member's responder may assume. */
async function manager() {
  const { Credentials } = await new STSClient(member()).send(
    new AssumeRoleCommand({ RoleArn: GUARD_ROLE, RoleSessionName: 'test' }),
  )
  return keys(
    Credentials?.AccessKeyId ?? '',
    Credentials?.SecretAccessKey ?? '',
    Credentials?.SessionToken ?? '',
  )
}

const asManager = async () => new OrganizationsClient(await manager())

const deny = (statement: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', ...statement }],
  })
const denyPrincipal = (arn = PRINCIPAL) => deny({ Condition: { ArnEquals: { 'aws:PrincipalArn': arn } } })

async function attached(
  client: OrganizationsClient,
  Content = denyPrincipal(),
  TargetId = ACCOUNT,
  Name = 'ours',
): Promise<string> {
  const { Policy } = await client.send(
    new CreatePolicyCommand({ Type: Filter, Name, Description: '', Content }),
  )
  const PolicyId = Policy?.PolicySummary?.Id ?? ''
  await client.send(new AttachPolicyCommand({ PolicyId, TargetId }))
  return PolicyId
}

const readsSecret = () =>
  new SecretsManagerClient(keys(LEAKED_KEY)).send(
    new GetSecretValueCommand({ SecretId: 'ci/registry/token' }),
  )

describe('the readings of the organization', () => {
  it('shows the organization, its units and its accounts to the management account', async () => {
    const client = await asManager()
    const { Organization } = await client.send(new DescribeOrganizationCommand({}))
    expect(Organization).toMatchObject({ Id: 'o-a1b2c3d4e5', MasterAccountId: MANAGEMENT_ACCOUNT })
    const { Roots } = await client.send(new ListRootsCommand({}))
    expect(Roots).toMatchObject([{ Id: ROOT, PolicyTypes: [{ Type: Filter, Status: 'ENABLED' }] }])
    const units = async (ParentId: string) =>
      (await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId }))).OrganizationalUnits ?? []
    const [workloads] = await units(ROOT)
    const [production] = await units(workloads?.Id ?? '')
    expect([workloads?.Name, production?.Name]).toEqual(['Workloads', 'Production'])
    const below = await client.send(new ListAccountsForParentCommand({ ParentId: production?.Id ?? '' }))
    expect(below.Accounts).toMatchObject([{ Id: ACCOUNT, State: 'ACTIVE' }])
    expect((await client.send(new ListParentsCommand({ ChildId: ACCOUNT }))).Parents).toEqual([
      { Id: production?.Id, Type: 'ORGANIZATIONAL_UNIT' },
    ])
    const { Accounts } = await client.send(new ListAccountsCommand({}))
    expect(Accounts?.map(({ Id }) => Id)).toEqual([MANAGEMENT_ACCOUNT, ACCOUNT])
    const delegated = await client.send(new ListDelegatedAdministratorsCommand({}))
    expect(delegated.DelegatedAdministrators).toEqual([])
  })

  it('pages lists', async () => {
    const client = await asManager()
    const first = await client.send(new ListPoliciesCommand({ Filter, MaxResults: 1 }))
    const second = await client.send(
      new ListPoliciesCommand({ Filter, MaxResults: 1, NextToken: first.NextToken }),
    )
    expect([first, second].flatMap(({ Policies }) => Policies?.map(({ Name }) => Name))).toEqual([
      'FullAWSAccess',
      'aws-guardrails-audit-trail',
    ])
    expect(second.NextToken).toBeUndefined()
  })

  it('shows a member its organization, and nothing else', async () => {
    const client = new OrganizationsClient(member())
    const { Organization } = await client.send(new DescribeOrganizationCommand({}))
    expect(Organization?.MasterAccountId).toBe(MANAGEMENT_ACCOUNT)
    const refused = { name: 'AccessDeniedException' }
    await expect(client.send(new ListAccountsCommand({}))).rejects.toMatchObject(refused)
    await expect(attached(client)).rejects.toMatchObject(refused)
  })

  it('lets a delegated administrator read, and write only when the delegation says so', async () => {
    const delegate = (policies: boolean) => (estate: Estate) => {
      estate.organization?.delegated.push({
        account: ACCOUNT,
        services: ['guardduty.amazonaws.com'],
        since: '2026-01-01T00:00:00Z',
        ...(policies ? { policies: true } : {}),
      })
    }
    await lab.close()
    await open(delegate(false))
    const reader = new OrganizationsClient(member())
    expect((await reader.send(new ListPoliciesCommand({ Filter }))).Policies).toHaveLength(2)
    await expect(attached(reader)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await lab.close()
    await open(delegate(true))
    const writer = new OrganizationsClient(member())
    const id = await attached(writer)
    const { Targets } = await writer.send(new ListTargetsForPolicyCommand({ PolicyId: id }))
    expect(Targets).toMatchObject([{ TargetId: ACCOUNT, Type: 'ACCOUNT' }])
  })

  it('tells an account without an organization that it has none', async () => {
    await lab.close()
    await open(estate => {
      delete estate.organization
    })
    const client = new OrganizationsClient(member())
    await expect(client.send(new DescribeOrganizationCommand({}))).rejects.toMatchObject({
      name: 'AWSOrganizationsNotInUseException',
    })
    await readsSecret()
  })
})

describe('the refusals of the organization', () => {
  it('refuses an eleventh policy, the detaching of the last one, and what is attached twice or not at all', async () => {
    const client = await asManager()
    const PolicyId = await attached(client)
    await expect(client.send(new AttachPolicyCommand({ PolicyId, TargetId: ACCOUNT }))).rejects.toMatchObject(
      { name: 'DuplicatePolicyAttachmentException' },
    )
    await expect(client.send(new DeletePolicyCommand({ PolicyId }))).rejects.toMatchObject({
      name: 'PolicyInUseException',
    })
    for (let at = 2; at < 10; at += 1) await attached(client, denyPrincipal(), ACCOUNT, `filler-${at}`)
    await expect(attached(client, denyPrincipal(), ACCOUNT, 'one too many')).rejects.toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    })
    await client.send(new DetachPolicyCommand({ PolicyId, TargetId: ACCOUNT }))
    await expect(client.send(new DetachPolicyCommand({ PolicyId, TargetId: ACCOUNT }))).rejects.toMatchObject(
      { name: 'PolicyNotAttachedException' },
    )
    await client.send(new DeletePolicyCommand({ PolicyId }))
    await expect(client.send(new DescribePolicyCommand({ PolicyId }))).rejects.toMatchObject({
      name: 'PolicyNotFoundException',
    })
    await expect(
      client.send(new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId: ROOT })),
    ).rejects.toMatchObject({ Reason: 'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED' })
  })

  it('refuses documents that are too long, malformed, or name a principal, and names that are taken', async () => {
    const client = await asManager()
    const create = (Content: string, Name = 'ours') =>
      client.send(new CreatePolicyCommand({ Type: Filter, Name, Description: '', Content }))
    await expect(create(deny({ Resource: [`arn:aws:s3:::${'x'.repeat(10_200)}`] }))).rejects.toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED',
    })
    const malformed = { name: 'MalformedPolicyDocumentException' }
    await expect(create('{')).rejects.toMatchObject(malformed)
    await expect(create(deny({ Principal: '*' }))).rejects.toMatchObject(malformed)
    await expect(create(deny({ Action: 'everything' }))).rejects.toMatchObject(malformed)
    await expect(create(deny(), 'FullAWSAccess')).rejects.toMatchObject({ name: 'DuplicatePolicyException' })
    await expect(
      client.send(new ListPoliciesForTargetCommand({ Filter, TargetId: '222233334444' })),
    ).rejects.toMatchObject({ name: 'TargetNotFoundException' })
  })

  it('throttles changes of policies at two a second when it is told to', async () => {
    const aws = awsLab(() => seedEstate(new Date().toISOString()), { organizationRates: true })
    const throttling = await startLab({ clouds: [aws], propagationMs: 0 })
    const before = lab
    lab = { ...before, endpoint: throttling.endpoint, responder: aws.responder } as LabOfAws
    try {
      const client = await asManager()
      const PolicyId = await attached(client)
      const update = () =>
        client.send(new UpdatePolicyCommand({ PolicyId, Content: denyPrincipal() })).then(
          () => 'done',
          (error: Error) => error.name,
        )
      const answers: string[] = []
      for (let at = 0; at < 12; at += 1) answers.push(await update())
      expect(answers.slice(0, 3)).toEqual(['done', 'done', 'done'])
      expect(answers).toContain('TooManyRequestsException')
      throttling.clock.advance(1)
      expect(await update()).toBe('done')
    } finally {
      lab = before
      await throttling.close()
    }
  })
})

describe('whom it stops', () => {
  it('denies one principal what its own policies allow, and says by what kind of policy', async () => {
    await readsSecret()
    await attached(await asManager())
    await expect(readsSecret()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    })
    // Everybody else goes on.
    await new IAMClient(member()).send(new ListUsersCommand({}))
  })

  it('denies from a unit and from the root as well', async () => {
    const client = await asManager()
    const { Parents } = await client.send(new ListParentsCommand({ ChildId: ACCOUNT }))
    const id = await attached(client, denyPrincipal(), Parents?.[0]?.Id ?? '')
    await expect(readsSecret()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await client.send(new DetachPolicyCommand({ PolicyId: id, TargetId: Parents?.[0]?.Id }))
    await readsSecret()
    await client.send(new AttachPolicyCommand({ PolicyId: id, TargetId: ROOT }))
    await expect(readsSecret()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('allows only what every level allows', async () => {
    const client = await asManager()
    const allow = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }],
    })
    await attached(client, allow)
    await client.send(new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId: ACCOUNT }))
    await expect(readsSecret()).rejects.toMatchObject({
      message: expect.stringContaining('because no service control policy allows'),
    })
    await new IAMClient(member()).send(new ListUsersCommand({}))
  })

  it('does not apply to the management account', async () => {
    const client = await asManager()
    await attached(client, deny(), MANAGEMENT_ACCOUNT)
    await client.send(new ListAccountsCommand({}))
  })

  it('is felt only after the propagation delay', async () => {
    await lab.close()
    await open(undefined, 60_000)
    await attached(await asManager())
    await readsSecret()
    lab.clock.advance(61)
    await expect(readsSecret()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('is not seen by the policy simulator when it has a condition, and is seen when it has none', async () => {
    const client = await asManager()
    const simulate = async () => {
      const { EvaluationResults } = await new IAMClient(member()).send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: PRINCIPAL,
          ActionNames: ['secretsmanager:GetSecretValue'],
          ResourceArns: [`arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:ci/registry/token-abcdef`],
        }),
      )
      return EvaluationResults?.map(({ EvalDecision, OrganizationsDecisionDetail }) => [
        EvalDecision,
        OrganizationsDecisionDetail?.AllowedByOrganizations,
      ])
    }
    const id = await attached(client)
    expect(await simulate()).toEqual([['allowed', true]])
    await client.send(
      new UpdatePolicyCommand({ PolicyId: id, Content: deny({ Action: 'secretsmanager:*' }) }),
    )
    expect(await simulate()).toEqual([['explicitDeny', expect.anything()]])
  })
})
