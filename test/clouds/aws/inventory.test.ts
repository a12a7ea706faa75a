import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aws } from '../../../src/clouds/aws/provider.ts'
import { largeEstate, seedEstate } from '../../../src/lab/aws/seed/index.ts'
import type { Estate } from '../../../src/lab/aws/store.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Progress, Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'
import { type LabOfAws, startAwsLab } from '../../aws-lab.ts'

let lab: LabOfAws
let session: Session

async function open(estate: (now: string) => Estate = seedEstate): Promise<void> {
  lab = await startAwsLab({ estate: () => estate(new Date().toISOString()), propagationMs: 0 })
  const { sessions } = await aws.connect({
    timing: REAL,
    scope: { regions: ['eu-west-1'] },
    lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
  })
  session = sessions[0]!
  lab.calls.clear()
}

async function close(): Promise<void> {
  await session.close()
  await lab.close()
}

async function list(kinds?: string[], tell?: (at: Progress) => void): Promise<Map<string, Identity[]>> {
  const found = new Map<string, Identity[]>()
  for await (const identity of session.inventory(kinds ? { kinds } : {}, tell)) {
    found.set(identity.kind, [...(found.get(identity.kind) ?? []), identity])
  }
  return found
}

const named = (found: Map<string, Identity[]>, kind: string, name: string) =>
  found.get(kind)?.find(each => each.name === name)

/** The identities of the lab, by its own data. */
const owned = () => lab.estate().accounts[0]!

describe('the seeded account', () => {
  beforeEach(() => open())
  afterEach(close)

  it('is listed whole, each identity once, and no other account', async () => {
    const found = await list(aws.kinds.map(({ name }) => name))
    const { users, roles, oidcProviders, associations } = owned()
    const each = <T>(of: (user: (typeof users)[number]) => T[]) => users.flatMap(of).length
    expect(Object.fromEntries([...found].map(([kind, all]) => [kind, all.length]))).toEqual({
      user: users.length,
      role: roles.length,
      'access-key': each(({ accessKeys }) => accessKeys),
      'service-credential': each(({ serviceCredentials }) => serviceCredentials),
      'signing-certificate': each(({ certificates }) => certificates),
      'ssh-key': each(({ sshKeys }) => sshKeys),
      'oidc-provider': oidcProviders.length,
      'instance-profile-association': associations.length,
    })
    const ids = [...found.values()].flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(session.warnings).toEqual([])
  })

  it('costs a call a page, and two for each user: its keys and its certificates', async () => {
    await list()
    const users = owned().users.length
    const { operations } = lab.calls.toJSON()
    expect(operations).toMatchObject({
      'iam:GetAccountAuthorizationDetails': 2,
      'iam:ListAccessKeys': users,
      'iam:ListServiceSpecificCredentials': 1,
      'iam:ListSigningCertificates': users,
      'iam:GetCredentialReport': 1,
    })
    expect(Object.keys(operations).filter(name => !aws.permissions.includes(name))).toEqual([])
    expect(operations).not.toHaveProperty('iam:ListSSHPublicKeys')
    expect(operations).not.toHaveProperty('iam:GetAccessKeyLastUsed')
  })

  it.each([
    ['role', ['iam:GetAccountAuthorizationDetails']],
    ['oidc-provider', ['iam:GetOpenIDConnectProvider', 'iam:ListOpenIDConnectProviders']],
    ['service-credential', ['iam:ListServiceSpecificCredentials']],
    [
      'instance-profile-association',
      ['ec2:DescribeIamInstanceProfileAssociations', 'iam:GetInstanceProfile'],
    ],
  ])('of which only %s is asked calls nothing else', async (kind, calls) => {
    const found = await list([kind])
    expect([...found.keys()]).toEqual([kind])
    expect(Object.keys(lab.calls.toJSON().operations)).toEqual(calls)
  })

  it('tells of its users', async () => {
    const found = await list()
    const user = named(found, 'user', 'ci-deploy')
    const keys = found.get('access-key')?.filter(({ owner }) => owner === user?.id) ?? []
    expect(user).toMatchObject({
      id: 'aws:111122223333:user/ci-deploy',
      uid: expect.stringMatching(/^AIDA/),
      facts: {
        path: '/ci/',
        tags: { team: 'platform', purpose: 'deployments' },
        enabled: true,
        neverUsed: false,
        unusedDays: 0,
        password: false,
        mfa: false,
        keys: keys.map(({ name }) => name),
        reserved: '',
        grants: { inline: ['read-secrets', 'assume-deploy'], groups: ['ci-bots'], boundary: '' },
        human: { verdict: 'non-human' },
      },
    })
    expect(keys.map(({ facts }) => facts)).toMatchObject([
      { user: 'ci-deploy', enabled: true, lastUsedService: 'secretsmanager', unusedDays: 0 },
      { user: 'ci-deploy', enabled: true, lastUsedService: 's3', unusedDays: 12 },
    ])
    expect(named(found, 'user', 'alice.martin')?.facts).toMatchObject({ password: true, mfa: true })
    expect(named(found, 'user', 'carol.ng')?.facts.human).toMatchObject({ verdict: 'mixed' })
    expect(named(found, 'user', 'BedrockAPIKey-k3x9')?.facts.human).toMatchObject({ verdict: 'non-human' })
    expect(named(found, 'user', 'mobile-uploads')?.facts.awsQuarantine).toEqual([
      'AWSCompromisedKeyQuarantineV3',
    ])
    expect(named(found, 'user', 'chat-assistant')?.facts).toMatchObject({ neverUsed: true, lastUsed: null })
  })

  it('tells of its roles', async () => {
    const found = await list(['role', 'oidc-provider', 'instance-profile-association'])
    expect(named(found, 'role', 'vendor-sync')?.facts).toMatchObject({
      trust: { accounts: ['998877665544'], externalIds: ['acme-vendor-7f3a91'], open: false },
      human: { verdict: 'non-human' },
    })
    expect(named(found, 'role', 'old-integration')?.facts).toMatchObject({
      neverUsed: true,
      lastUsed: null,
      trust: { orphans: [expect.stringMatching(/^AROA/)] },
    })
    expect(named(found, 'role', 'AWSServiceRoleForSupport')?.facts.reserved).toBe('service-linked')
    expect(named(found, 'oidc-provider', 'token.actions.githubusercontent.com')?.facts.roles).toEqual([
      'github-deployer',
      'github-docs',
      'github-legacy',
    ])
    expect(named(found, 'instance-profile-association', 'i-0a1b2c3d4e5f60021')?.facts).toMatchObject({
      role: 'bastion',
      region: 'eu-west-1',
      state: 'associated',
    })
  })

  it('does not call unused what AWS does not tell the use of', async () => {
    for (const all of (await list(['service-credential', 'ssh-key'])).values()) {
      for (const { facts } of all) {
        for (const name of ['neverUsed', 'lastUsed', 'unusedDays']) expect(facts).not.toHaveProperty(name)
      }
    }
  })

  it('lists the credentials of a user afresh, and none of anything else', async () => {
    const found = await list(['user', 'role'])
    const kinds = async (kind: string, name: string) =>
      (await session.credentials(named(found, kind, name)!)).map(each => each.kind).sort()
    expect(await kinds('user', 'repo-mirror')).toEqual([
      'service-credential',
      'service-credential',
      'ssh-key',
      'ssh-key',
    ])
    expect(await kinds('user', 'soap-gateway')).toEqual(['signing-certificate', 'signing-certificate'])
    expect(await kinds('role', 'deploy-prod')).toEqual([])
    const gone = { ...named(found, 'user', 'ci-deploy')!, name: 'nobody' }
    expect(await session.credentials(gone)).toEqual([])
  })

  it('says what hangs on a role and on an OIDC provider', async () => {
    const found = await list(['role', 'oidc-provider'])
    const dependents = async (kind: string, name: string) =>
      (await session.dependents?.(named(found, kind, name)!))?.sort()
    expect(await dependents('role', 'bastion')).toEqual(['EC2 instance i-0a1b2c3d4e5f60021'])
    expect(await dependents('oidc-provider', 'token.actions.githubusercontent.com')).toHaveLength(3)
    expect(await dependents('role', 'deploy-prod')).toEqual([])
  })
})

describe('when something is in the way', () => {
  beforeEach(() => open())
  afterEach(close)

  const refuse = (operation: string, code: string, status: number, params?: { [name: string]: string }) =>
    lab.faults.add({
      operation,
      trouble: { kind: 'error', code, status },
      times: 0,
      ...(params ? { params } : {}),
    })

  it('the credential report: users are asked one by one, and it is said what is not known', async () => {
    refuse('GenerateCredentialReport', 'AccessDenied', 403)
    refuse('GetCredentialReport', 'AccessDenied', 403)
    const found = await list()
    expect(found.get('access-key')).toHaveLength(owned().users.flatMap(each => each.accessKeys).length)
    expect(lab.calls.count('iam:ListAccessKeys')).toBe(owned().users.length)
    expect(session.warnings).toMatchObject([{ message: expect.stringContaining('not known'), refuse: false }])
    for (const name of ['neverUsed', 'lastUsed', 'password', 'mfa']) {
      expect(named(found, 'user', 'alice.martin')?.facts).not.toHaveProperty(name)
      expect(found.get('access-key')?.[0]?.facts).not.toHaveProperty(name)
    }
    await list()
    expect(session.warnings).toHaveLength(1)
  })

  it('a report that may not be made but is there is taken', async () => {
    await list(['user'])
    refuse('GenerateCredentialReport', 'LimitExceeded', 409)
    expect(named(await list(['user']), 'user', 'alice.martin')?.facts.password).toBe(true)
    expect(session.warnings).toEqual([])
  })

  it('service credentials of all users that must be asked for by service', async () => {
    lab.faults.add({
      operation: 'ListServiceSpecificCredentials',
      trouble: { kind: 'error', code: 'ValidationError', status: 400 },
    })
    expect((await list(['service-credential'])).get('service-credential')).toHaveLength(
      owned().users.flatMap(each => each.serviceCredentials).length,
    )
  })

  it('a user who vanishes meanwhile is left out, the others are not', async () => {
    const params = { UserName: 'terraform' }
    refuse('ListAccessKeys', 'NoSuchEntity', 404, params)
    const found = await list(['user'])
    expect(named(found, 'user', 'terraform')).toBeUndefined()
    expect(found.get('user')).toHaveLength(owned().users.length - 1)
  })

  it('a permission that is lacking is named', async () => {
    refuse('GetAccountAuthorizationDetails', 'AccessDenied', 403)
    await expect(list(['role'])).rejects.toMatchObject({
      code: 'denied',
      where: 'iam:GetAccountAuthorizationDetails in 111122223333',
      next: expect.stringContaining('permissions'),
    })
  })
})

describe('an account of thousands', () => {
  afterEach(close)

  it('comes page by page, in order, with the whole number told', async () => {
    await open(now => largeEstate(4000, now))
    const told: Progress[] = []
    const found = await list(['role'], at => told.push(at))
    expect(found.get('role')?.length).toBe(owned().roles.length)
    expect(lab.calls.count('iam:GetAccountAuthorizationDetails')).toBeGreaterThan(1)
    const total = owned().roles.length
    expect(told.at(-1)).toEqual({ account: '111122223333', kind: 'role', listed: total, total })
  })

  it('need not be listed to its end', async () => {
    await open(now => largeEstate(4000, now))
    for await (const _ of session.inventory({ kinds: ['role'] })) break
    expect(lab.calls.count('iam:GetAccountAuthorizationDetails')).toBe(1)
  })
})
