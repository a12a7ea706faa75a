import { expect, test } from 'vitest'
import { homePolicy, memberRole } from '../../../src/clouds/aws/sign-in/member-role.ts'
import type { Json } from '../../../src/model/json.ts'

const ME = 'arn:aws:iam::111122223333:role/responder'
const OTHER = '444455556666'

interface Statement {
  Sid: string
  Action: string[]
  Resource: string[]
}

const statements = (scope: Json, principal?: string) =>
  (
    homePolicy(['iam:PutRolePolicy', 'sts:GetCallerIdentity'], scope, { principal }) as unknown as {
      Statement: Statement[]
    }
  ).Statement
const actions = (scope: Json, principal?: string) =>
  statements(scope, principal)
    .flatMap(({ Action }) => Action)
    .sort()

test('homePolicy is what one account needs when the scope has no other', () => {
  expect(actions({})).toEqual(['iam:PutRolePolicy', 'sts:GetCallerIdentity'])
  expect(memberRole({})).toBeUndefined()
  expect(memberRole({ accounts: ['111122223333'], role: 'r' }, { principal: ME })).toBeUndefined()
})

test('homePolicy adds listing and entering the accounts when the scope is the organization', () => {
  const scope = { accounts: ['organization'], role: 'security/interdict' }
  expect(actions(scope)).toEqual([
    'iam:PutRolePolicy',
    'organizations:ListAccounts',
    'sts:AssumeRole',
    'sts:GetCallerIdentity',
  ])
  expect(statements(scope).find(({ Sid }) => Sid === 'AssumeRole')?.Resource).toEqual([
    'arn:aws:iam::*:role/security/interdict',
  ])
})

test('homePolicy is only what it takes to enter when the own account is not in the scope', () => {
  const scope = { accounts: [OTHER], role: 'r' }
  expect(actions(scope, ME)).toEqual(['sts:AssumeRole', 'sts:GetCallerIdentity'])
  expect(statements(scope, ME).find(({ Sid }) => Sid === 'AssumeRole')?.Resource).toEqual([
    `arn:aws:iam::${OTHER}:role/r`,
  ])
  expect(actions({ accounts: [OTHER, '111122223333'], role: 'r' }, ME)).toContain('iam:PutRolePolicy')
})

test('homePolicy enters the role of the guard when the scope names one', () => {
  const roleArn = 'arn:aws:iam::100000000001:role/guard'
  const found = statements({ accounts: ['self'], guard: { roleArn } })
  expect(found.find(({ Sid }) => Sid === 'AssumeRole')?.Resource).toEqual([roleArn])
})

test('homePolicy stays within a policy of IAM when the scope names hundreds of accounts', () => {
  const accounts = Array.from({ length: 500 }, (_, index) => String(200_000_000_000 + index))
  expect(JSON.stringify(homePolicy([], { accounts, role: 'r' })).length).toBeLessThan(6_144)
})

test('memberRole trusts one identity of the home account, with the external id', () => {
  const scope = { accounts: ['organization'], role: 'r', externalId: 'ir-2291' }
  expect(memberRole(scope, { principal: ME })).toEqual({
    role: 'r',
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Interdict',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111122223333:root' },
          Action: 'sts:AssumeRole',
          Condition: { ArnEquals: { 'aws:PrincipalArn': ME }, StringEquals: { 'sts:ExternalId': 'ir-2291' } },
        },
      ],
    },
  })
  expect(JSON.stringify(memberRole(scope))).toContain('arn:aws:iam::HOME_ACCOUNT:role/RESPONDER')
})

test('both refuse a session for a principal, and other accounts without a role', () => {
  const session = 'arn:aws:sts::111122223333:assumed-role/responder/mara'
  expect(() => memberRole({ accounts: [OTHER], role: 'r' }, { principal: session })).toThrow(
    'not the ARN of a role or a user',
  )
  expect(() => homePolicy([], { accounts: [OTHER] })).toThrow('no role is named')
})
