import { describe, expect, it } from 'vitest'
import { interruptions } from '../../../src/clouds/aws/interruptions/index.ts'
import { guardPolicyDocument, policyDocument } from '../../../src/clouds/aws/policy.ts'

type Document = { Statement: { Sid: string; Action: string[]; Resource: string[]; Condition?: unknown }[] }
const document = (permissions: string[]) => policyDocument(permissions) as Document

describe('policyDocument', () => {
  it('holds every permission once, and none on more than it must be', () => {
    const all = interruptions.flatMap(({ permissions: { read, cut, restore } }) => [
      ...read,
      ...cut,
      ...restore,
    ])
    const statements = document(all).Statement
    const guard = guardPolicyDocument(all) as Document
    const [asked] = guard.Statement.splice(2)
    expect(asked?.Action).toEqual(['iam:GetRole', 'iam:SimulatePrincipalPolicy'])
    expect([...statements, ...guard.Statement].flatMap(each => each.Action).sort()).toEqual(
      [...new Set(all)].sort(),
    )
    expect(statements.map(each => each.Sid)).not.toContain('Other')
    for (const { Sid, Resource } of statements) if (Resource.includes('*')) expect(Sid).toBe('ReadOnly')
  })

  it('asks for nothing on roles when only users are stopped', () => {
    expect(document(['iam:PutUserPolicy', 'iam:GetUser']).Statement).toEqual([
      {
        Sid: 'PowerfulInlinePolicies',
        Effect: 'Allow',
        Action: ['iam:PutUserPolicy'],
        Resource: ['arn:aws:iam::*:user/*'],
      },
      { Sid: 'ReadOnly', Effect: 'Allow', Action: ['iam:GetUser'], Resource: ['*'] },
    ])
  })

  it('keeps what is done from the organization apart, since another identity does it', () => {
    expect(document(['iam:GetUser', 'organizations:UpdatePolicy']).Statement).toMatchObject([
      { Action: ['iam:GetUser'] },
    ])
    expect(guardPolicyDocument(['iam:GetUser'])).toBeUndefined()
    expect(guardPolicyDocument(['organizations:UpdatePolicy', 'organizations:ListRoots'])).toMatchObject({
      Statement: [
        {
          Action: ['organizations:UpdatePolicy'],
          Condition: { StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } },
        },
        { Action: ['organizations:ListRoots'] },
        { Sid: 'OwnRights' },
      ],
    })
  })

  it('passes roles to EC2 only', () => {
    expect(document(['iam:PassRole']).Statement[0]?.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com'] },
    })
  })
})
