import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  DescribePolicyCommand,
  EnablePolicyTypeCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { guardPolicyName } from '../../src/clouds/aws/guard/document.ts'
import { aws } from '../../src/clouds/aws/provider.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { endpoint } from './server.ts'

/*
 * moto 5.2.5 judges the calls of Organizations. It lacks the following, which the lab's organization has (test/lab/aws/organization.test.ts):
 * it attaches more than ten policies, takes documents of any length and any text, answers 200 to what is attached or detached
 * twice, refuses DECLARATIVE_POLICY_EC2, cannot answer PutResourcePolicy, DescribeResourcePolicy, DescribeEffectivePolicy and
 * AssumeRoot, and enforces no policy. So quotas, refusals, delegation and effect are the lab's; calls and shapes are moto's.
 */

const Filter = 'SERVICE_CONTROL_POLICY'
const saved = { ...process.env }
const options = () => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'seed', secretAccessKey: 'seed' },
})

let organizations: OrganizationsClient
let member: string
let session: Session

beforeAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
})

afterAll(() => {
  process.env = saved
})

/** An organization that moto's own account manages, and a member with a user and a role. */
beforeEach(async () => {
  await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' })
  organizations = new OrganizationsClient(options())
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }))
  const { Roots } = await organizations.send(new ListRootsCommand({}))
  await organizations.send(new EnablePolicyTypeCommand({ RootId: Roots?.[0]?.Id, PolicyType: Filter }))
  const created = await organizations.send(
    new CreateAccountCommand({ AccountName: 'acme-prod', Email: 'aws-prod@acme.example' }),
  )
  member = created.CreateAccountStatus?.AccountId ?? ''
  const base = new IAMClient(options())
  await base.send(new CreateUserCommand({ UserName: 'responder' }))
  const own = (await base.send(new CreateAccessKeyCommand({ UserName: 'responder' }))).AccessKey
  const { Credentials } = await new STSClient(options()).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`,
      RoleSessionName: 'seed',
    }),
  )
  const inside = new IAMClient({
    ...options(),
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
  for (const UserName of ['ci-deploy', 'report-printer']) {
    await inside.send(new CreateUserCommand({ UserName, Path: '/ci/' }))
  }
  await inside.send(
    new CreateRoleCommand({
      RoleName: 'vendor-sync',
      Path: '/vendor/',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
    }),
  )
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: own?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: own?.SecretAccessKey ?? '',
  })
  const { sessions, unreached } = await aws.connect({
    timing: REAL,
    scope: {
      accounts: [member],
      role: 'OrganizationAccountAccessRole',
      guard: { roleArn: 'arn:aws:iam::123456789012:role/organization-guard' },
    },
    run: 'moto',
  })
  expect(unreached).toEqual([])
  session = sessions[0]!
})

/** All policies with their texts, and those of the member. */
async function reads(): Promise<Json> {
  const { Policies = [] } = await organizations.send(new ListPoliciesCommand({ Filter }))
  const texts = await Promise.all(
    Policies.map(async ({ Id, Name }) => [
      Name ?? '',
      (await organizations.send(new DescribePolicyCommand({ PolicyId: Id }))).Policy?.Content ?? '',
    ]),
  )
  const attached = await organizations.send(new ListPoliciesForTargetCommand({ TargetId: member, Filter }))
  return {
    policies: Object.fromEntries(texts),
    attached: (attached.Policies ?? []).map(({ Name }) => Name ?? '').sort(),
  }
}

async function changeOf(id: string, name: string) {
  const interruption = aws.interruptions.find(each => each.id === id) as Interruption
  let identity: Identity | undefined
  for await (const each of session.inventory({ kinds: interruption.on }))
    if (each.name === name) identity = each
  expect(identity, `${name} is listed`).toBeDefined()
  const context: Context = {
    run: 'moto',
    now: new Date().toISOString(),
    identity: identity!,
    params: (interruption.example ?? {}) as Json,
    exhausted: [],
  }
  const before = (await interruption.read(session.client, context))!
  const known: Context = { ...context, ...(before.seen === undefined ? {} : { seen: before.seen }) }
  expect(interruption.refuse?.(before.facet, known)).toBeUndefined()
  const cut = interruption.cut(before.facet, known)
  return {
    cut: () => interruption.write(session.client, before.facet, cut, known),
    restore: () => interruption.write(session.client, cut, before.facet, known),
    isCut: async () => {
      const { facet } = (await interruption.read(session.client, context))!
      expect(facet).toEqual(cut)
    },
  }
}

test('two users and a role share one policy of the account, and each leaves it by itself', async () => {
  const seed = await reads()
  const changes = [
    await changeOf('aws.user.guard', 'ci-deploy'),
    await changeOf('aws.user.guard', 'report-printer'),
    await changeOf('aws.role.guard', 'vendor-sync'),
  ]
  await Promise.all(changes.map(change => change.cut()))
  for (const change of changes) await change.isCut()
  const during = await reads()
  expect(during).toMatchObject({ attached: expect.arrayContaining([guardPolicyName(member)]) })
  for (const change of changes) await change.cut()
  expect(await reads(), 'writing twice is writing once').toEqual(during)
  const [first, ...rest] = changes
  await first!.restore()
  for (const change of rest) await change.isCut()
  for (const change of rest) await change.restore()
  expect(await reads(), 'restore gives the seed back').toEqual(seed)
})

test('a policy attached beforehand stays', async () => {
  await session.guard?.prepare()
  const seed = await reads()
  expect(await session.guard?.state()).toMatchObject({ ready: true })
  const change = await changeOf('aws.user.guard', 'ci-deploy')
  await change.cut()
  await change.isCut()
  await change.restore()
  expect(await reads()).toEqual(seed)
})
