import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Signal } from '../../src/model/signal.ts'
import { parseMappings, type SignalOptions } from '../../src/signals/index.ts'
import { signalsOf } from './reader.ts'

const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const read = async (name: string, options?: SignalOptions): Promise<Signal[]> => {
  const { signals, poison } = await signalsOf(JSON.parse(file(name)), options)
  expect(poison).toBeUndefined()
  return signals
}
const TENANT = '11111111-1111-4111-8111-111111111111'
const azure = (kind: string, uid: string) => ({ id: `azure:${TENANT}:${kind}/${uid}`, uid, kind, name: uid })

/** File → what has to be in its signals; the rest is there as well. */
const EXPECTED: { [name: string]: object[] } = {
  'cloudtrail-web-identity.json': [
    {
      id: '7d1f0a52-ee29-4ac0-a0ed-3f5c5e5d0001',
      time: '2026-11-22T03:12:41.000Z',
      cloud: 'aws',
      account: '111122223333',
      identity: {
        id: 'aws:111122223333:role/github-deployer',
        uid: 'AROAEXAMPLECIROLE0001',
        kind: 'role',
        name: 'github-deployer',
        session: 'GitHubActions',
      },
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: 'arn:aws:iam::111122223333:role/ci/github-deployer',
      outcome: 'success',
      sourceIp: '203.0.113.36',
      format: 'cloudtrail',
      details: expect.objectContaining({
        subject: 'repo:acme/payments:ref:refs/heads/main',
        issuedKey: 'ASIAEXAMPLE0CICD0001',
      }),
    },
  ],
  'cloudtrail-user-denied.json': [
    {
      identity: {
        id: 'aws:111122223333:user/billing-export',
        uid: 'AIDAEXAMPLEUSER000001',
        kind: 'user',
        name: 'billing-export',
        credential: 'AKIAIOSFODNN7EXAMPLE',
      },
      action: 'iam:ListUsers',
      outcome: 'denied',
    },
  ],
  'cloudtrail-secret.json': [
    {
      identity: {
        id: 'aws:111122223333:role/thumbnailer-exec',
        uid: 'AROAEXAMPLELAMBDA0001',
        kind: 'role',
        name: 'thumbnailer-exec',
        session: 'thumbnailer',
        credential: 'ASIAEXAMPLELAMBDA001',
      },
      action: 'secretsmanager:GetSecretValue',
      resource: 'arn:aws:secretsmanager:us-west-2:111122223333:secret:prod/payments/stripe',
      details: expect.objectContaining({
        issuedTo: 'arn:aws:lambda:us-west-2:111122223333:function:thumbnailer',
      }),
    },
  ],
  'cloudtrail-vendor.json': [
    {
      account: '111122223333',
      identity: expect.objectContaining({
        id: 'aws:111122223333:role/AcmeObservability',
        session: 'collector-eu',
      }),
      details: expect.objectContaining({ callerAccount: '999988887777' }),
    },
  ],
  'cloudtrail-gateway.json': [
    {
      identity: { kind: 'AWSAccount', name: 'support-agent-client' },
      details: expect.objectContaining({ gatewayTool: 'IamAdmin___AttachRolePolicy' }),
    },
  ],
  'guardduty.json': [
    {
      time: '2026-11-22T10:11:40.000Z',
      identity: expect.objectContaining({
        id: 'aws:111122223333:user/billing-export',
        credential: 'AKIAIOSFODNN7EXAMPLE',
      }),
      action: 'secretsmanager:GetSecretValue',
      country: 'NG',
      sourceIp: '198.51.100.24',
      finding: { category: 'CredentialAccess:IAMUser/AnomalousBehavior', severity: 80 },
      format: 'guardduty',
    },
  ],
  'security-hub.json': [
    {
      identity: expect.objectContaining({
        id: 'aws:111122223333:user/billing-export',
        credential: 'AKIAIOSFODNN7EXAMPLE',
      }),
      finding: { category: 'TTPs/Initial Access/UnauthorizedAccess:IAMUser-MaliciousIPCaller', severity: 70 },
      format: 'asff',
    },
  ],
  'cloud-audit-token.json': [
    {
      time: '2026-11-22T02:41:07.339Z',
      account: 'acme-prod',
      identity: {
        id: 'gcp:acme-prod:service-account/ci-deployer@acme-prod.iam.gserviceaccount.com',
        uid: '114885146936855121342',
        kind: 'service-account',
        name: 'ci-deployer@acme-prod.iam.gserviceaccount.com',
        session: expect.stringMatching(/^principal:\/\/.*\/subject\/repo:acme\/payments/),
      },
      action: 'iam.serviceAccounts.getAccessToken',
      outcome: 'success',
      details: expect.objectContaining({ pool: 'github', subject: 'repo:acme/payments:ref:refs/heads/main' }),
    },
  ],
  'cloud-audit-denied.json': [
    {
      identity: expect.objectContaining({ credential: 'c71e040fb4b71d798ce4baca14e15ab62115aaef' }),
      action: 'secretmanager.secrets.list',
      outcome: 'denied',
    },
  ],
  'cloud-audit-secret.json': [
    {
      action: 'secretmanager.versions.access',
      resource: 'projects/acme-prod/secrets/payroll-db-root',
      details: expect.objectContaining({ caller: 'gce-internal-ip', version: 'latest' }),
    },
  ],
  'scc.json': [
    {
      account: 'acme-prod',
      identity: expect.objectContaining({
        id: 'gcp:acme-prod:service-account/etl-legacy@acme-prod.iam.gserviceaccount.com',
        credential: 'c71e040fb4b71d798ce4baca14e15ab62115aaef',
      }),
      country: 'NG',
      finding: { category: 'Initial Access: Leaked Service Account Key Used', severity: 75 },
    },
  ],
  'entra-sign-in.json': [
    {
      account: TENANT,
      identity: azure('service-principal', 'bbbbbbbb-0000-4000-8000-000000000001'),
      outcome: 'denied',
      country: 'NG',
      details: expect.objectContaining({ appId: 'aaaaaaaa-0000-4000-8000-000000000001', errorCode: 7000215 }),
    },
    {
      identity: expect.objectContaining({ credential: 'cccccccc-0000-4000-8000-000000000009' }),
      outcome: 'success',
    },
  ],
  'azure-activity.json': [
    {
      time: '2026-11-22T03:20:44.000Z',
      identity: expect.objectContaining(azure('service-principal', '33333333-0000-4000-8000-000000000003')),
      action: 'Microsoft.Authorization/roleAssignments/write',
      outcome: 'success',
    },
  ],
  'event-grid.json': [
    {
      identity: expect.objectContaining(azure('service-principal', '33333333-0000-4000-8000-000000000003')),
      action: 'Microsoft.Storage/storageAccounts/listKeys/action',
      outcome: 'denied',
      sourceIp: '203.0.113.77',
      format: 'azure-activity',
    },
  ],
  'ocsf-api-activity.json': [
    {
      time: '2026-11-22T09:47:55.000Z',
      identity: expect.objectContaining({
        id: 'aws:111122223333:role/thumbnailer-exec',
        credential: 'ASIAEXAMPLELAMBDA001',
      }),
      action: 'secretsmanager:GetSecretValue',
      outcome: 'denied',
      country: 'US',
    },
  ],
  'ocsf-finding.json': [
    {
      identity: expect.objectContaining({
        id: 'aws:111122223333:user/billing-export',
        credential: 'AKIAIOSFODNN7EXAMPLE',
      }),
      finding: { category: 'CredentialAccess:IAMUser/AnomalousBehavior', severity: 75 },
    },
  ],
  'gate.json': [
    {
      cloud: 'agent',
      identity: { kind: 'agent', name: 'support-agent', session: 's-41' },
      outcome: 'denied',
      details: expect.objectContaining({ cloudIdentity: 'aws:111122223333:role/support-agent-runtime' }),
    },
  ],
}

describe('each format', () => {
  test.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const signals = await read(name)
    expect(signals).toHaveLength(expected.length)
    expect(signals).toMatchObject(expected)
  })
})

describe('a record of several times', () => {
  test.each([
    [40, 40],
    [1, undefined],
    [0, undefined],
    [2.5, undefined],
    ['40', undefined],
    [1e300, undefined],
  ])('of %j counts as %j', async (given, expected) => {
    const [sign] = JSON.parse(file('entra-sign-in.json')).records
    sign.properties.count = given
    expect((await signalsOf(sign)).signals.map(({ count }) => count)).toEqual([expected])
    const activity = JSON.parse(file('ocsf-api-activity.json'))
    expect((await signalsOf({ ...activity, count: given })).signals.map(({ count }) => count)).toEqual([
      expected,
    ])
  })
})

describe('identities', () => {
  const trail = JSON.parse(file('cloudtrail-secret.json')) as { [name: string]: unknown }
  const by = async (userIdentity: object, more: object = {}) => {
    const [signal] = (await signalsOf({ ...trail, ...more, userIdentity })).signals
    return signal
  }

  test('a federated session is its user, root has no id, a service is nobody to stop', async () => {
    const issuer = {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLEUSER000001',
      arn: 'arn:aws:iam::111122223333:user/x/svc',
    }
    expect(
      await by({
        type: 'FederatedUser',
        arn: 'arn:aws:sts::111122223333:federated-user/bob',
        accountId: '111122223333',
        sessionContext: { sessionIssuer: issuer },
      }),
    ).toMatchObject({ identity: { id: 'aws:111122223333:user/svc', session: 'bob' } })
    const root = await by({ type: 'Root', accountId: '111122223333', principalId: '111122223333' })
    expect(root?.identity).toEqual({ kind: 'root', name: 'root' })
    const service = await by({ type: 'AWSService', invokedBy: 'ecs.amazonaws.com' })
    expect(service?.identity).toEqual({ kind: 'service', name: 'ecs.amazonaws.com' })
  })

  test('a secret is the same under its name and its ARN', async () => {
    const identity = trail['userIdentity'] as object
    const named = await by(identity, { requestParameters: { secretId: 'prod/payments/stripe' } })
    expect(named?.resource).toBe((await by(identity))?.resource)
  })

  test.each([
    [{ type: 'IAMUser', userName: '../admin', accountId: '111122223333' }],
    [{ type: 'IAMUser', userName: 'ok', accountId: 'evil:1' }],
    [{ type: 'AssumedRole', arn: 'arn:aws:sts::1:assumed-role/a/b', accountId: '1' }],
    [{ type: ['IAMUser'], userName: {}, accountId: 5 }],
  ])('names that AWS would not have give no id: %j', async identity => {
    expect((await by(identity))?.identity.id).toBeUndefined()
  })

  test("a tenant that a Key Vault's record does not name comes from the options", async () => {
    const [without] = await read('key-vault-audit.json')
    expect(without?.identity.id).toBeUndefined()
    const [signal] = await read('key-vault-audit.json', { tenant: TENANT })
    expect(signal).toMatchObject({
      identity: azure('managed-identity', 'dddddddd-0000-4000-8000-000000000004'),
      action: 'SecretGet',
      resource: 'https://kv-prod-pay.vault.azure.net/secrets/payroll-db',
      sourceIp: '203.0.113.9',
    })
  })

  test('a user in Azure is no service principal', async () => {
    const record = {
      time: '2026-11-22T03:20:44Z',
      operationName: 'X/WRITE',
      resultType: 'Success',
      identity: {
        claims: { oid: '33333333-0000-4000-8000-000000000003', upn: 'a@example.com', tid: TENANT },
      },
    }
    const [signal] = (await signalsOf(record)).signals
    expect(signal?.identity).toMatchObject({ kind: 'user' })
    expect(signal?.identity.id).toBeUndefined()
  })

  test('an operation of Google that is told at its start and its end has one id', async () => {
    const entry = JSON.parse(file('cloud-audit-secret.json')) as object
    const operation = (insertId: string, part: object) => ({
      ...entry,
      insertId,
      operation: { id: 'op', producer: 'iam', ...part },
    })
    const { signals } = await signalsOf([operation('a', { first: true }), operation('b', { last: true })])
    expect(new Set(signals.map(({ id }) => id)).size).toBe(1)
  })

  test('findings that are over say nothing', async () => {
    const closed = (name: string, change: (record: { [name: string]: never }) => void) => {
      const record = JSON.parse(file(name)) as { [name: string]: never }
      change(record)
      return signalsOf(record)
    }
    const nothing = { signals: [] }
    expect(
      await closed('scc.json', record => Object.assign(record['finding'] ?? {}, { state: 'INACTIVE' })),
    ).toEqual(nothing)
    expect(await closed('ocsf-finding.json', record => Object.assign(record, { status_id: 4 }))).toEqual(
      nothing,
    )
  })
})

describe('a mapping', () => {
  const mappings = () => parseMappings(file('vendor-log.yaml'), 'vendor-log.yaml')

  test('reads what no format knows', async () => {
    expect(await read('vendor-log.json', { mappings: mappings() })).toMatchObject([
      {
        id: 'vl-1',
        time: '2026-11-22T05:06:07.000Z',
        cloud: 'gcp',
        account: 'acme-prod',
        identity: {
          id: 'gcp:acme-prod:service-account/etl@acme-prod.iam.gserviceaccount.com',
          uid: 'svc-7',
          name: 'etl@acme-prod.iam.gserviceaccount.com',
        },
        resource: 'bucket/42',
        outcome: 'denied',
        country: 'NG',
        format: 'vendor-log',
        details: { raw: 'DENY' },
      },
    ])
  })

  test('only what it matches', async () => {
    const { poison } = await signalsOf({ eventType: 'other', uuid: 'x' }, { mappings: mappings() })
    expect(poison?.reason).toBe('in no format that is known')
  })

  test('is refused with everything that is wrong with it, and the words that were probably meant', () => {
    const source =
      'version: 1\nmappings:\n  - name: X\n    math: { $.a: 1 }\n    fields: { time: $.t, action: x, identity: { name: $.n } }'
    expect(() => parseMappings(source, 'm.yaml')).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        where: 'm.yaml:3:5',
        message:
          "'match' is missing; m.yaml:3:11: 'name' has to be lower-case words joined by hyphens; m.yaml:4:5: there is no 'math' here, did you mean 'match'?",
      }),
    )
  })

  test.each([
    ['version: 2\nmappings: []', /^m\.yaml:1:10$/],
    ['version: 1\nmappings:\n  - { name: x, match: {}, fields: {} }', /^m\.yaml:3:/],
    [
      'version: 1\nmappings:\n  - name: x\n    match: { a.b: 1 }\n    fields: { time: $.t, action: x, identity: { name: $.n } }',
      /^m\.yaml:4:/,
    ],
    [
      'version: 1\nmappings:\n  - name: x\n    match: { $.a: 1 }\n    fields: { time: $..t, action: x, identity: { name: $.n } }',
      /^m\.yaml:5:/,
    ],
    ['__proto__: 1', /^m\.yaml:1:/],
    ['{', /^m\.yaml:1:/],
  ])('%j is refused with its place', (source, where) => {
    expect(() => parseMappings(source, 'm.yaml')).toThrow(
      expect.objectContaining({ where: expect.stringMatching(where) }),
    )
  })
})
