import { describe, expect, it } from 'vitest'
import { scopeSchema as aws } from '../../src/clouds/aws/connect.ts'
import { scopeSchema as azure } from '../../src/clouds/azure/scope.ts'
import { scopeSchema as gcp } from '../../src/clouds/gcp/scope.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Json } from '../../src/model/json.ts'
import { checkScopeFlags, mergeScope, refuseScopeFlags, scopeWords } from '../../src/toolkit/scope.ts'
import { SCOPE_FLAGS, type ScopeFlags } from '../../src/toolkit/scope-settings.ts'

const SCHEMAS = { aws, gcp, azure }
const SUBSCRIPTION = '0b1f6471-1bf0-4dda-aec3-cb9272f09590'

/** Values that a flag takes, and values that it does not. */
const VALUES: { [flag in keyof ScopeFlags]-?: { good: string[]; bad: string[] } } = {
  account: { good: ['111122223333', 'self', 'organization'], bad: ['', '1111', 'all', '1111222233334'] },
  role: { good: ['Responder', 'security/responder'], bad: ['', 'arn:aws:iam::111122223333:role/x', 'a b'] },
  'external-id': { good: ['ir-2291', 'a:b/c'], bad: ['', 'x', 'a b'] },
  region: { good: ['eu-west-1', 'us-gov-west-1'], bad: ['', 'Ireland', 'eu-west'] },
  project: {
    good: ['acme-prod', '123456789012', 'self', 'example.com:acme-prod'],
    bad: ['', 'x', 'projects/acme'],
  },
  folder: { good: ['100200300401'], bad: ['', 'folders/1', 'production'] },
  organization: { good: ['998877665544'], bad: ['', 'acme.example', 'organizations/1'] },
  tenant: { good: [SUBSCRIPTION, 'acme.onmicrosoft.com'], bad: ['', 'a/b'] },
  subscription: { good: [SUBSCRIPTION, SUBSCRIPTION.toUpperCase(), 'all'], bad: ['', 'production'] },
  'management-group': { good: ['acme-landing', 'a(1).b'], bad: ['', 'a/../b'] },
}

const SINGLE = new Set(['role', 'external-id', 'organization', 'tenant'])
const flagsOf = (flag: string, values: string[]): ScopeFlags =>
  SINGLE.has(flag) ? { [flag]: values[0] } : { [flag]: values }

function faultOf(work: () => unknown): Fault {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('scope flags', () => {
  for (const [flag, { good, bad }] of Object.entries(VALUES)) {
    const { cloud, member } = SCOPE_FLAGS[flag as keyof ScopeFlags]

    it(`--${flag} takes what scope.${cloud}.${member} takes, and names itself for anything else`, () => {
      const schema = SCHEMAS[cloud as keyof typeof SCHEMAS]
      for (const value of good) {
        const flags = flagsOf(flag, [value])
        checkScopeFlags(flags, { clouds: [cloud] })
        expect(schema.safeParse({ [member]: SINGLE.has(flag) ? value : [value] }).success, value).toBe(true)
      }
      for (const value of bad) {
        const fault = faultOf(() => checkScopeFlags(flagsOf(flag, [value]), { clouds: [cloud] }))
        expect([fault.code, fault.where, fault.exit], value).toEqual(['usage', `--${flag}`, 'usage'])
      }
    })
  }

  it('are refused for a cloud that the playbook or --cloud leaves out, and for a saved plan', () => {
    const flags = { project: ['acme-prod'] }
    const of = { name: 'leaked-access-key', clouds: ['aws'] }
    expect(faultOf(() => checkScopeFlags(flags, of)).message).toBe(
      'leaked-access-key does nothing in Google Cloud',
    )
    const asked = { clouds: ['aws', 'gcp'], asked: ['aws'] }
    expect(faultOf(() => checkScopeFlags(flags, asked)).message).toContain('which --cloud leaves out')
    expect(faultOf(() => refuseScopeFlags(flags))).toMatchObject({ code: 'usage', where: '--project' })
    refuseScopeFlags({})
  })

  it('are words of a command again, lists joined by commas', () => {
    expect(scopeWords({ account: ['111122223333', 'self'], role: 'r', folder: ['1', '2'] })).toEqual([
      ...['--account', '111122223333,self'],
      ...['--role', 'r'],
      ...['--folder', '1,2'],
    ])
  })
})

describe('a scope with flags in it', () => {
  const cases: [string, { [cloud: string]: Json }, ScopeFlags, Json][] = [
    ['keeps what no flag names', { aws: { accounts: ['self'] } }, {}, { aws: { accounts: ['self'] } }],
    [
      'replaces the accounts and keeps role and guard',
      { aws: { accounts: ['self'], role: 'old', guard: { profile: 'security' } } },
      { account: ['111122223333', '111122223333', '444455556666'] },
      { aws: { accounts: ['111122223333', '444455556666'], role: 'old', guard: { profile: 'security' } } },
    ],
    [
      'leaves other clouds alone',
      { aws: { accounts: ['self'] }, azure: {} },
      { subscription: ['all'] },
      { aws: { accounts: ['self'] }, azure: { subscriptions: ['all'] } },
    ],
    [
      'has projects in place of all places that the playbook names',
      {
        gcp: {
          projects: ['self'],
          folders: ['1'],
          labels: { env: 'prod' },
          organization: '9',
          quotaProject: 'q-project',
        },
      },
      { project: ['acme-prod'] },
      { gcp: { projects: ['acme-prod'], organization: '9', quotaProject: 'q-project' } },
    ],
    [
      'goes on filtering folders by the labels',
      { gcp: { projects: ['self'], labels: { env: 'prod' } } },
      { folder: ['1'] },
      { gcp: { folders: ['1'], labels: { env: 'prod' } } },
    ],
    [
      'has the organization in place of projects and folders',
      { gcp: { projects: ['self'], folders: ['1'] } },
      { organization: '9' },
      { gcp: { organization: '9' } },
    ],
    [
      'has a management group in place of subscriptions',
      { azure: { subscriptions: ['all'], tenant: 'acme.example' } },
      { 'management-group': ['acme-landing'] },
      { azure: { managementGroups: ['acme-landing'], tenant: 'acme.example' } },
    ],
    [
      'has another tenant and the same subscriptions',
      { azure: { subscriptions: ['all'] } },
      { tenant: 'other.example' },
      { azure: { subscriptions: ['all'], tenant: 'other.example' } },
    ],
  ]
  for (const [what, scope, flags, wanted] of cases) {
    it(what, () => expect(mergeScope(scope, flags)).toEqual(wanted))
  }

  it('is refused when it names a role for no account, or other accounts without a role', () => {
    const own = { aws: { accounts: ['self'] } }
    for (const flags of [{ role: 'r' }, { 'external-id': 'ir-2291' }, { role: 'r', account: ['self'] }]) {
      expect(faultOf(() => mergeScope(own, flags))).toMatchObject({
        code: 'usage',
        next: 'add --account ID,… or --account organization',
      })
    }
    for (const account of [['organization'], ['111122223333', '444455556666']]) {
      expect(faultOf(() => mergeScope(own, { account })).next).toContain('--role NAME')
    }
    // It may be the caller's own.
    expect(mergeScope(own, { account: ['111122223333'] })).toEqual({ aws: { accounts: ['111122223333'] } })
  })
})
