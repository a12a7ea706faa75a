import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../../src/lab/aws/evaluate/conditions.ts'
import { PolicyProblem } from '../../../src/lab/aws/evaluate/document.ts'
import { evaluate, type Policy, type Question } from '../../../src/lab/aws/evaluate/evaluate.ts'

const allow = (more: object) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more })
const deny = (more: object = {}) => ({ Effect: 'Deny', Action: '*', Resource: '*', ...more })
const policy = (name: string, ...statements: object[]): Policy => ({
  name,
  type: 'user',
  document: { Version: '2012-10-17', Statement: statements },
})
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/payments/stripe-AbCdEf'
const question = (more: Partial<Question>): Question => ({
  action: 'secretsmanager:GetSecretValue',
  resource: SECRET,
  context: {},
  identityPolicies: [],
  ...more,
})

describe('actions and resources', () => {
  const cases: [what: string, statement: object, allowed: boolean][] = [
    ['an exact action', { Action: 'secretsmanager:GetSecretValue' }, true],
    ['an action in other case', { Action: 'SecretsManager:getsecretvalue' }, true],
    ['a wildcard', { Action: ['s3:*', 'secretsmanager:Get*'] }, true],
    ['one character', { Action: 'secretsmanager:GetSecretValu?' }, true],
    ['another action', { Action: 'secretsmanager:ListSecrets' }, false],
    ['NotAction of another', { Action: undefined, NotAction: 'iam:*' }, true],
    ['NotAction of this', { Action: undefined, NotAction: ['secretsmanager:*'] }, false],
    ['a resource with wildcard', { Resource: 'arn:aws:secretsmanager:*:*:secret:prod/*' }, true],
    ['another resource', { Resource: 'arn:aws:secretsmanager:*:*:secret:dev/*' }, false],
    ['a resource in other case', { Resource: SECRET.toUpperCase() }, false],
    ['NotResource of another', { Resource: undefined, NotResource: 'arn:aws:s3:::*' }, true],
    ['NotResource of this', { Resource: undefined, NotResource: SECRET }, false],
    ['a variable', { Resource: `arn:aws:secretsmanager:*:*:secret:\${aws:PrincipalTag/stage}/*` }, true],
    ['a literal star', { Resource: `arn:aws:secretsmanager:*:*:secret:prod/\${*}` }, false],
    ['a literal question mark', { Resource: `${SECRET.slice(0, -1)}\${?}` }, false],
    ['a variable without value', { Resource: `arn:aws:secretsmanager:*:*:secret:\${aws:nothing}*` }, false],
  ]
  it.each(cases)('%s', (_, statement, allowed) => {
    const context = { 'aws:PrincipalTag/stage': 'prod' }
    const identityPolicies = [policy('p', allow(statement))]
    expect(evaluate(question({ context, identityPolicies })).decision).toBe(
      allowed ? 'allowed' : 'implicitDeny',
    )
  })
})

describe('condition operators', () => {
  const at = '2026-11-23T10:16:00Z'
  const cases: [operator: string, key: string, wanted: unknown, context: RequestContext, holds: boolean][] = [
    ['StringEquals', 'k', 'a', { k: 'a' }, true],
    ['StringEquals', 'K', ['b', 'a'], { k: 'a' }, true],
    ['StringEquals', 'k', 'a', { k: 'A' }, false],
    ['StringEquals', 'k', 'a', {}, false],
    ['StringEqualsIfExists', 'k', 'a', {}, true],
    ['StringEqualsIfExists', 'k', 'a', { k: 'b' }, false],
    ['StringNotEquals', 'k', ['a', 'b'], { k: 'b' }, false],
    ['StringNotEquals', 'k', ['a', 'b'], { k: 'c' }, true],
    ['StringNotEquals', 'k', 'a', {}, true],
    ['StringEqualsIgnoreCase', 'k', 'aB', { k: 'Ab' }, true],
    ['StringNotEqualsIgnoreCase', 'k', 'aB', { k: 'Ab' }, false],
    ['StringLike', 'k', 'repo:acme/*:ref:refs/heads/ma?n', { k: 'repo:acme/app:ref:refs/heads/main' }, true],
    ['StringLike', 'k', 'repo:acme/*', { k: 'repo:evil/app' }, false],
    ['StringNotLike', 'k', 'a*', { k: 'b' }, true],
    ['ArnLike', 'k', 'arn:aws:iam::*:role/ci-*', { k: 'arn:aws:iam::111122223333:role/ci-x' }, true],
    ['ArnLike', 'k', 'arn:aws:iam:*:role/x', { k: 'arn:aws:iam::111122223333:role/x' }, false],
    ['ArnEquals', 'k', 'arn:aws:iam::*:role/a:b*', { k: 'arn:aws:iam::1:role/a:bc' }, true],
    ['ArnNotEquals', 'k', 'arn:aws:iam::1:role/a', { k: 'arn:aws:iam::1:role/b' }, true],
    ['ArnNotLike', 'k', 'arn:aws:iam::1:role/*', { k: 'arn:aws:iam::1:role/b' }, false],
    ['DateLessThan', 'k', at, { k: '2026-11-23T10:15:59Z' }, true],
    ['DateLessThan', 'k', at, { k: at }, false],
    ['DateLessThan', 'k', at, {}, false],
    ['DateLessThanEquals', 'k', at, { k: at }, true],
    ['DateGreaterThan', 'k', at, { k: '2026-11-23T10:16:01.5Z' }, true],
    ['DateGreaterThanEquals', 'k', at, { k: '2026-11-22T00:00:00Z' }, false],
    ['DateNotEquals', 'k', at, { k: at }, false],
    ['DateLessThan', 'k', '1763892960', { k: '2025-01-01T00:00:00Z' }, true],
    ['IpAddress', 'k', ['203.0.113.0/24', '198.51.100.7'], { k: '203.0.113.9' }, true],
    ['IpAddress', 'k', '198.51.100.7', { k: '198.51.100.8' }, false],
    ['IpAddress', 'k', '2001:db8::/32', { k: '2001:db8:1::1' }, true],
    ['IpAddress', 'k', '2001:db8::/32', { k: '203.0.113.9' }, false],
    ['IpAddress', 'k', '::/0', { k: '203.0.113.9' }, false],
    ['IpAddress', 'k', '::/0', { k: '2001:db8::1' }, true],
    ['IpAddress', 'k', '0.0.0.0/0', { k: '2001:db8::1' }, false],
    ['NotIpAddress', 'k', '::/0', { k: '203.0.113.9' }, true],
    ['StringLike', 'k', `a\${*}`, { k: 'abc' }, false],
    ['StringLike', 'k', `a\${*}*`, { k: 'a*bc' }, true],
    ['StringLike', 'k', `a\${?}`, { k: 'ab' }, false],
    ['StringLike', 'k', `a\${?}`, { k: 'a?' }, true],
    ['StringEquals', 'k', `a\${*}`, { k: 'a*' }, true],
    ['ArnLike', 'k', `arn:aws:iam::1:role/\${*}`, { k: 'arn:aws:iam::1:role/x' }, false],
    ['IpAddress', 'k', '203.0.113.0/99', { k: '203.0.113.9' }, false],
    ['IpAddress', 'k', '203.0.113.0/24', { k: 'cloudformation.amazonaws.com' }, false],
    ['NotIpAddress', 'k', '203.0.113.0/24', { k: '203.0.113.9' }, false],
    ['NotIpAddress', 'k', '203.0.113.0/24', {}, true],
    ['Bool', 'k', true, { k: 'true' }, true],
    ['Bool', 'k', 'true', { k: 'false' }, false],
    ['Bool', 'k', 'false', {}, false],
    ['BoolIfExists', 'k', 'true', {}, true],
    ['Null', 'k', 'true', {}, true],
    ['Null', 'k', 'true', { k: '' }, false],
    ['Null', 'k', false, { k: 'x' }, true],
    ['NumericLessThan', 'k', 3600, { k: '900' }, true],
    ['NumericLessThanEquals', 'k', '10', { k: '10' }, true],
    ['NumericGreaterThan', 'k', '9', { k: '10' }, true],
    ['NumericGreaterThanEquals', 'k', '10', { k: 'no number' }, false],
    ['NumericEquals', 'k', '1', { k: '1.0' }, true],
    ['NumericNotEquals', 'k', '1', { k: '1' }, false],
    ['ForAllValues:StringEquals', 'k', ['a', 'b'], { k: ['a', 'b'] }, true],
    ['ForAllValues:StringEquals', 'k', ['a'], { k: ['a', 'b'] }, false],
    ['ForAllValues:StringEquals', 'k', ['a'], {}, true],
    ['ForAnyValue:StringEquals', 'k', ['a'], { k: ['b', 'a'] }, true],
    ['ForAnyValue:StringEquals', 'k', ['a'], {}, false],
    ['ForAnyValue:StringNotEquals', 'k', ['a'], { k: ['a', 'b'] }, true],
    ['ForAnyValue:StringNotEquals', 'k', ['a'], {}, false],
    ['ForAllValues:StringNotLike', 'k', ['a*'], { k: ['ab', 'b'] }, false],
    ['ForAnyValue:StringLikeIfExists', 'k', ['a*'], {}, true],
    ['StringEquals', 'k', ['a'], { k: ['b', 'a'] }, true],
    ['StringNotEquals', 'k', ['a'], { k: ['b', 'a'] }, false],
  ]
  it.each(cases)('%s %s %j with %j: %s', (operator, key, wanted, context, holds) => {
    const identityPolicies = [policy('p', allow({ Condition: { [operator]: { [key]: wanted } } }))]
    const { decision, missingContext } = evaluate(question({ context, identityPolicies }))
    expect(decision).toBe(holds ? 'allowed' : 'implicitDeny')
    expect(missingContext).toEqual(Object.keys(context).length === 0 ? [key] : [])
  })

  it('all of them must hold', () => {
    const Condition = { StringEquals: { a: '1' }, Bool: { b: 'true' } }
    const identityPolicies = [policy('p', allow({ Condition }))]
    expect(evaluate(question({ identityPolicies, context: { a: '1', b: 'true' } })).decision).toBe('allowed')
    expect(evaluate(question({ identityPolicies, context: { a: '1', b: 'false' } })).decision).toBe(
      'implicitDeny',
    )
    expect(evaluate(question({ identityPolicies })).missingContext).toEqual(['a', 'b'])
  })

  it('an operator that nobody knows is an error, not a quiet no', () => {
    const identityPolicies = [policy('p', allow({ Condition: { StringAlmostEquals: { a: '1' } } }))]
    expect(() => evaluate(question({ identityPolicies }))).toThrow(PolicyProblem)
    expect(() =>
      evaluate(question({ identityPolicies: [{ name: 'p', type: 'user', document: '{' }] })),
    ).toThrow(PolicyProblem)
  })
})

describe('several policies', () => {
  const everything = policy('everything', allow({}))
  const nothing = policy('nothing', deny())
  const other = policy('other', allow({ Action: 's3:*' }))
  const userArn = 'arn:aws:iam::111122223333:user/ci-deploy'
  const roleArn = 'arn:aws:iam::111122223333:role/ci/app'
  const user = { arn: userArn, account: '111122223333' }
  const session = { arn: 'arn:aws:sts::111122223333:assumed-role/app/s', account: '111122223333', roleArn }
  const on = (principal: unknown) => [policy('resource', allow({ Principal: principal }))]
  const cases: [what: string, more: Partial<Question>, decision: string, names: string[]][] = [
    ['none', {}, 'implicitDeny', []],
    ['a deny beats an allow', { identityPolicies: [everything, nothing] }, 'explicitDeny', ['nothing']],
    ['a boundary narrows', { identityPolicies: [everything], boundary: other }, 'implicitDeny', []],
    ['a boundary grants nothing', { identityPolicies: [], boundary: everything }, 'implicitDeny', []],
    [
      'within the boundary',
      { identityPolicies: [everything], boundary: everything },
      'allowed',
      ['everything', 'everything'],
    ],
    ['a boundary denies', { identityPolicies: [everything], boundary: nothing }, 'explicitDeny', ['nothing']],
    [
      'a session policy narrows',
      { identityPolicies: [everything], sessionPolicies: [other] },
      'implicitDeny',
      [],
    ],
    [
      'a resource policy for the user',
      { caller: user, resourcePolicies: on({ AWS: userArn }) },
      'allowed',
      ['resource'],
    ],
    [
      'a resource policy for the user, outside its boundary',
      { caller: user, resourcePolicies: on({ AWS: userArn }), boundary: other },
      'allowed',
      ['resource'],
    ],
    [
      'a resource policy for the role, outside its boundary',
      { caller: session, resourcePolicies: on({ AWS: roleArn }), boundary: other },
      'implicitDeny',
      [],
    ],
    [
      'a resource policy for the role',
      { caller: session, resourcePolicies: on({ AWS: roleArn }) },
      'allowed',
      ['resource'],
    ],
    [
      'a resource policy for the account only',
      { caller: user, resourcePolicies: on({ AWS: '111122223333' }) },
      'implicitDeny',
      [],
    ],
    [
      'a resource policy for somebody else',
      { caller: user, resourcePolicies: on({ AWS: 'arn:aws:iam::111122223333:user/b' }) },
      'implicitDeny',
      [],
    ],
    [
      'another account needs both: resource alone',
      { caller: user, crossAccount: true, resourcePolicies: on({ AWS: userArn }) },
      'implicitDeny',
      [],
    ],
    [
      'another account needs both: has both',
      { caller: user, crossAccount: true, identityPolicies: [everything], resourcePolicies: on('*') },
      'allowed',
      ['everything', 'resource'],
    ],
    [
      'an explicit deny beats a resource policy',
      { caller: user, identityPolicies: [nothing], resourcePolicies: on({ AWS: userArn }) },
      'explicitDeny',
      ['nothing'],
    ],
  ]
  it.each(cases)('%s', (_, more, decision, names) => {
    const verdict = evaluate(question(more))
    expect(verdict.decision).toBe(decision)
    expect(verdict.matched.map(match => match.policy)).toEqual(names)
  })

  it('tells which statement matched, and of the boundary apart', () => {
    const two = policy('two', allow({ Action: 's3:*' }), allow({}))
    const verdict = evaluate(question({ identityPolicies: [two], boundary: other }))
    expect(verdict.allowedByBoundary).toBe(false)
    expect(evaluate(question({ identityPolicies: [two] })).matched).toEqual([
      { policy: 'two', type: 'user', statementIndex: 1, effect: 'Allow' },
    ])
  })
})
