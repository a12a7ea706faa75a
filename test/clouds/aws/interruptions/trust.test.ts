import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roleDisable } from '../../../../src/clouds/aws/interruptions/role-disable.ts'
import {
  findStatement,
  missingClaims,
  orphansOf,
  trustDenial,
  withStatement,
} from '../../../../src/clouds/aws/settings/trust.ts'
import type { Json } from '../../../../src/model/json.ts'
import { contextFor } from './subjects.ts'

const GITHUB = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
const federated = (Condition: Json) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: GITHUB },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition,
  },
})
const SUB = 'token.actions.githubusercontent.com:sub'
const room = { size: 300, quota: 2048, orphans: [], missing: [] }

describe('trust policy', () => {
  it('gives back the document when our statement goes', () => {
    const statement = fc.record({ Sid: fc.string(), Effect: fc.constant('Allow'), Action: fc.string() })
    fc.assert(
      fc.property(fc.array(statement), statements => {
        const document = { Version: '2012-10-17', Id: 'kept', Statement: statements }
        const with_ = withStatement(document, 'Interdict7f3k', trustDenial('Interdict7f3k'))
        expect(findStatement(with_, 'Interdict7f3k')).toEqual(trustDenial('Interdict7f3k'))
        expect(withStatement(with_, 'Interdict7f3k', undefined)).toEqual(document)
      }),
    )
  })

  it('knows our statement in the form that IAM may store it in', () => {
    const stored = {
      Statement: {
        Action: ['sts:AssumeRoleWithWebIdentity', 'sts:AssumeRole', 'sts:AssumeRoleWithSAML'],
        Sid: 'InterdictX',
        Principal: { AWS: '*' },
        Effect: 'Deny',
      },
    }
    expect(findStatement(stored, 'InterdictX')).toEqual(trustDenial('InterdictX'))
    const edited = { Statement: [{ ...stored.Statement, Effect: 'Allow' }] }
    expect(findStatement(edited, 'InterdictX')).toEqual(edited.Statement[0])
  })

  it('finds deleted principals', () => {
    const document = {
      Statement: [
        { Effect: 'Allow', Principal: { AWS: ['AROAEXAMPLE', 'arn:aws:iam::1:root'] } },
        { Effect: 'Allow', Principal: '*' },
      ],
    }
    expect(orphansOf(document)).toEqual(['AROAEXAMPLE'])
  })

  it.each([
    [{ StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } }, [SUB]],
    [{ StringLike: { [SUB]: '*' } }, [SUB]],
    [{ StringLike: { [SUB]: 'repo:acme/*' } }, []],
    [
      { StringEquals: { 'Token.Actions.GithubUserContent.com:Sub': ['repo:acme/app:ref:refs/heads/main'] } },
      [],
    ],
  ])('finds the claim that IAM would ask for: %j', (condition, missing) => {
    expect(missingClaims(federated(condition))).toEqual(missing)
  })
})

describe('aws.role.disable', () => {
  const refuse = (seen: Json) => roleDisable.refuse?.({}, contextFor('role', { seen }))

  it('refuses what could not be written or put back', () => {
    expect(refuse(room)).toBeUndefined()
    expect(refuse({ ...room, orphans: ['AIDAEXAMPLE'] })).toMatch(/deleted principal \(AIDAEXAMPLE\)/)
    expect(refuse({ ...room, missing: [SUB] })).toMatch(/does not check token.actions/)
    expect(refuse({ ...room, size: 1950 })).toMatch(/no room/)
  })

  it('adds one statement, named after the run', () => {
    expect(roleDisable.cut({}, contextFor('role'))).toEqual({
      'trust/Interdict7f3k': trustDenial('Interdict7f3k'),
    })
  })

  it('does not refuse what is cut already', () => {
    const cut = roleDisable.cut({}, contextFor('role'))
    expect(roleDisable.refuse?.(cut, contextFor('role', { seen: { ...room, size: 2048 } }))).toBeUndefined()
  })

  it.each([
    ['in NotPrincipal', { NotPrincipal: { AWS: 'AIDAEXAMPLE' } }, ['AIDAEXAMPLE']],
    [
      'in a list of NotPrincipal',
      { NotPrincipal: { AWS: ['arn:aws:iam::1:root', 'AROAEXAMPLE'] } },
      ['AROAEXAMPLE'],
    ],
    ['in both', { Principal: { AWS: 'AIDAONE' }, NotPrincipal: { AWS: 'AIDATWO' } }, ['AIDAONE', 'AIDATWO']],
    ['nowhere', { NotPrincipal: { AWS: 'arn:aws:iam::1:role/AROAEXAMPLE', Service: 'AIDA.example' } }, []],
    ['nowhere, for everybody', { Principal: '*', NotPrincipal: '*' }, []],
  ])('names a deleted principal %s', (_, statement, orphans) => {
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', ...statement }] }
    expect(orphansOf(document)).toEqual(orphans)
  })
})
