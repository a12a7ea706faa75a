import { describe, expect, it } from 'vitest'
import { humanRole, humanUser } from '../../../src/clouds/aws/kinds/human.ts'
import { trustOf } from '../../../src/clouds/aws/kinds/trust.ts'

const encoded = (...statements: object[]) =>
  encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
const allow = (Principal: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...(Condition ? { Condition } : {}),
})

describe('trust', () => {
  it('sorts the principals of all Allow statements, each once', () => {
    const trust = trustOf(
      encoded(
        allow({ Service: ['ec2.amazonaws.com', 'ecs.amazonaws.com'] }),
        allow({ Service: 'ec2.amazonaws.com' }),
        allow(
          { AWS: ['111122223333', 'arn:aws:iam::444455556666:root', 'AROAEXAMPLEEXAMPLE'] },
          { StringEquals: { 'sts:ExternalId': 'one' } },
        ),
        allow({ AWS: 'arn:aws:iam::444455556666:role/a' }, { Bool: { 'aws:MultiFactorAuthPresent': true } }),
        allow({ Federated: 'arn:aws:iam::111122223333:saml-provider/okta' }),
        { ...allow({ AWS: '*' }), Effect: 'Deny' },
      ),
    )
    expect(trust).toEqual({
      services: ['ec2.amazonaws.com', 'ecs.amazonaws.com'],
      accounts: ['111122223333', '444455556666'],
      principals: ['111122223333', 'arn:aws:iam::444455556666:root', 'arn:aws:iam::444455556666:role/a'],
      externalIds: ['one'],
      saml: ['arn:aws:iam::111122223333:saml-provider/okta'],
      orphans: ['AROAEXAMPLEEXAMPLE'],
      open: false,
      undecided: [],
      oidc: [],
      mfa: true,
    })
  })

  it('knows an issuer with a path, subjects and audiences, whatever the case of the key', () => {
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC'
    const trust = trustOf(
      encoded(
        allow(
          { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
          { StringLike: { [`${issuer}:SUB`]: ['system:serviceaccount:a:b'], [`${issuer}:aud`]: 'sts' } },
        ),
      ),
    )
    expect(trust.oidc).toEqual([{ issuer, subjects: ['system:serviceaccount:a:b'], audiences: ['sts'] }])
  })

  it.each([
    ['everybody', allow('*')],
    ['every account', allow({ AWS: '*' })],
    ['everybody but one', { Effect: 'Allow', NotPrincipal: { AWS: '111122223333' }, Action: '*' }],
  ])('is open to %s', (_, statement) => {
    expect(trustOf(encoded(statement)).open).toBe(true)
  })

  const VENDOR = '998877665544'
  it.each<[string, object, object]>([
    ['StringEquals', { StringEquals: { 'aws:PrincipalAccount': VENDOR } }, { accounts: [VENDOR] }],
    [
      'IfExists and another key',
      { StringLikeIfExists: { 'AWS:principalaccount': [VENDOR] }, Bool: { 'aws:SecureTransport': true } },
      { accounts: [VENDOR] },
    ],
    [
      'ArnLike',
      { 'ForAnyValue:ArnLike': { 'aws:PrincipalArn': `arn:aws:iam::${VENDOR}:role/sync-*` } },
      { accounts: [VENDOR] },
    ],
    [
      'an organization and an account of it',
      { StringEquals: { 'aws:PrincipalOrgID': 'o-abc', 'aws:PrincipalAccount': [VENDOR, '111122223333'] } },
      { accounts: [VENDOR, '111122223333'] },
    ],
    [
      'two conditions about the account',
      {
        StringEquals: { 'aws:PrincipalAccount': [VENDOR, '111122223333'] },
        ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${VENDOR}:root` },
      },
      { accounts: [VENDOR] },
    ],
    [
      'an organization',
      { StringEquals: { 'aws:PrincipalOrgID': 'o-abc' } },
      { accounts: [], open: false, undecided: [expect.stringContaining('organization o-abc')] },
    ],
    [
      'a pattern of accounts',
      { StringLike: { 'aws:PrincipalAccount': '9988*' } },
      { accounts: [], open: false, undecided: [expect.stringContaining('9988*')] },
    ],
    [
      'a pattern that everybody matches',
      { StringLike: { 'aws:PrincipalArn': '*' } },
      { open: true, undecided: [expect.stringContaining('every account')] },
    ],
    [
      'everybody but one account',
      { StringNotEquals: { 'aws:PrincipalAccount': VENDOR } },
      { open: true, accounts: [], undecided: [expect.stringContaining('every account')] },
    ],
  ])('reads who is let in from a condition when the principal is everybody: %s', (_, condition, expected) => {
    const decided = { open: false, undecided: [], ...expected }
    expect(trustOf(encoded(allow('*', condition)))).toMatchObject(decided)
    expect(trustOf(encoded(allow({ AWS: '*' }, condition)))).toMatchObject(decided)
    const { Principal: _principal, ...rest } = allow('*', condition) as { [member: string]: unknown }
    const not = trustOf(encoded({ ...rest, NotPrincipal: { AWS: '111122223333' } }))
    expect(not.accounts).toEqual(trustOf(encoded(allow('*', condition))).accounts)
    expect(not.undecided.length).toBe(decided.undecided.length)
  })

  it('reports a trust policy that is not JSON as undecided', () => {
    expect(trustOf('%7B').undecided).toEqual(['its trust policy is not JSON'])
  })

  it.each([
    undefined,
    '',
    '%',
    'null',
    '%7B',
    encodeURIComponent('{"Statement":[null,7,{"Effect":"Allow"}]}'),
  ])('of %j is nobody', text => {
    expect(trustOf(text)).toMatchObject({ services: [], principals: [], open: false })
  })
})

describe('human or not', () => {
  const user = {
    name: 'x',
    path: '/',
    tags: {},
    password: false as boolean | undefined,
    passwordUsedDays: undefined as number | undefined,
    mfa: false as boolean | undefined,
    keys: false,
    otherCredentials: false,
    keyUsedDays: undefined as number | undefined,
  }
  const verdict = (more: Partial<typeof user>) => humanUser({ ...user, ...more }).verdict

  it('is a machine with credentials and no password, a person with a second factor, and both with both', () => {
    expect(verdict({ keys: true })).toBe('non-human')
    expect(verdict({ otherCredentials: true })).toBe('non-human')
    expect(verdict({ password: true, passwordUsedDays: 3 })).toBe('human')
    expect(verdict({ password: true, passwordUsedDays: 3, mfa: true, keys: true, keyUsedDays: 1 })).toBe(
      'mixed',
    )
    expect(verdict({})).toBe('unknown')
  })

  it('is not known to lack a password when nobody said so', () => {
    expect(verdict({ password: undefined, mfa: undefined, keys: true })).toBe('unknown')
  })

  it('goes by the tag of the customer when that says anything', () => {
    expect(verdict({ keys: true, tags: { 'identity-type': 'Human' } })).toBe('human')
    expect(verdict({ mfa: true, tags: { nhi: 'true' } })).toBe('non-human')
    expect(verdict({ keys: true, tags: { 'identity-type': 'tier-2' } })).toBe('non-human')
  })

  it('takes a role for what it trusts', () => {
    const role = (path: string, ...statements: object[]) =>
      humanRole({ name: 'r', path, tags: {}, trust: trustOf(encoded(...statements)) }).verdict
    expect(role('/', allow({ Service: 'lambda.amazonaws.com' }))).toBe('non-human')
    expect(role('/', allow({ AWS: '1' }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }))).toBe('human')
    expect(role('/aws-reserved/sso.amazonaws.com/', allow('*'))).toBe('human')
    expect(role('/', allow({ AWS: '111122223333' }))).toBe('unknown')
  })
})
