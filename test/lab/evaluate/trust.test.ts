import { describe, expect, it } from 'vitest'
import type { Caller } from '../../../src/lab/aws/evaluate/principal.ts'
import { evaluateTrust } from '../../../src/lab/aws/evaluate/trust.ts'

const GITHUB = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
const user: Caller = {
  arn: 'arn:aws:iam::998877665544:user/agent',
  account: '998877665544',
  uniqueId: 'AIDAVENDOR',
}
const session: Caller = {
  arn: 'arn:aws:sts::111122223333:assumed-role/app/s1',
  account: '111122223333',
  roleArn: 'arn:aws:iam::111122223333:role/ci/app',
  uniqueId: 'AROAAPP',
}
const web: Caller = { arn: '', account: '', federated: GITHUB }
const service: Caller = { arn: '', account: '', service: 'ec2.amazonaws.com' }

const trust = (principal: unknown, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole*', ...more },
})

describe('principals', () => {
  const cases: [
    what: string,
    principal: unknown,
    caller: Caller,
    decision: string,
    naming: string | undefined,
  ][] = [
    ['everybody', '*', user, 'allowed', 'caller'],
    ['everybody, as AWS', { AWS: '*' }, session, 'allowed', 'caller'],
    ['an account id', { AWS: '998877665544' }, user, 'allowed', 'account'],
    ['an account root', { AWS: ['arn:aws:iam::998877665544:root'] }, user, 'allowed', 'account'],
    ['another account', { AWS: 'arn:aws:iam::111122223333:root' }, user, 'implicitDeny', undefined],
    ['a user', { AWS: user.arn }, user, 'allowed', 'caller'],
    ['a role, for its session', { AWS: session.roleArn }, session, 'allowed', 'role'],
    ['a session', { AWS: session.arn }, session, 'allowed', 'caller'],
    ['another session', { AWS: `${session.arn}2` }, session, 'implicitDeny', undefined],
    ['the unique id of a role', { AWS: 'AROAAPP' }, session, 'allowed', 'role'],
    ['the unique id of one that is gone', { AWS: 'AROAGONE' }, session, 'implicitDeny', undefined],
    ['a provider', { Federated: GITHUB }, web, 'allowed', 'caller'],
    ['another provider', { Federated: `${GITHUB}x` }, web, 'implicitDeny', undefined],
    ['a service', { Service: ['ecs.amazonaws.com', 'ec2.amazonaws.com'] }, service, 'allowed', 'caller'],
    ['another service', { Service: 'lambda.amazonaws.com' }, service, 'implicitDeny', undefined],
    ['a service, for a user', { Service: 'ec2.amazonaws.com' }, user, 'implicitDeny', undefined],
  ]
  it.each(cases)('%s', (_, principal, caller, decision, naming) => {
    const verdict = evaluateTrust(trust(principal), {
      action: 'sts:AssumeRole',
      principal: caller,
      context: {},
    })
    expect(verdict).toMatchObject({ decision, naming })
  })

  it('NotPrincipal denies all but those', () => {
    const document = {
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 'sts:*' },
        { Effect: 'Deny', NotPrincipal: { AWS: user.arn }, Action: 'sts:*' },
      ],
    }
    const ask = (principal: Caller) =>
      evaluateTrust(document, { action: 'sts:AssumeRole', principal, context: {} })
    expect(ask(user).decision).toBe('allowed')
    expect(ask(session).decision).toBe('explicitDeny')
  })
})

describe('conditions', () => {
  it('an external id', () => {
    const document = trust(
      { AWS: '998877665544' },
      { Condition: { StringEquals: { 'sts:ExternalId': 'acme-7f3a' } } },
    )
    const ask = (id?: string) =>
      evaluateTrust(document, {
        action: 'sts:AssumeRole',
        principal: user,
        context: { 'sts:ExternalId': id },
      })
    expect(ask('acme-7f3a').decision).toBe('allowed')
    expect(ask('other').decision).toBe('implicitDeny')
    expect(ask()).toMatchObject({ decision: 'implicitDeny', missingContext: ['sts:ExternalId'] })
  })

  it('an appended deny for everybody stops web identities too, but no other action', () => {
    const [statement] = [trust({ Federated: GITHUB }).Statement]
    const actions = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML']
    const document = { Statement: [statement, { Effect: 'Deny', Principal: '*', Action: actions }] }
    const ask = (action: string) => evaluateTrust(document, { action, principal: web, context: {} }).decision
    expect(ask('sts:AssumeRoleWithWebIdentity')).toBe('explicitDeny')
    expect(ask('sts:TagSession')).toBe('implicitDeny')
  })
})
