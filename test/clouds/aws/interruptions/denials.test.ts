import { describe, expect, it } from 'vitest'
import { accessKeyDisable } from '../../../../src/clouds/aws/interruptions/access-key-disable.ts'
import { userConstrain } from '../../../../src/clouds/aws/interruptions/constrain.ts'
import { userDetach } from '../../../../src/clouds/aws/interruptions/detach.ts'
import { roleGate } from '../../../../src/clouds/aws/interruptions/gate.ts'
import { oidcProviderDisable } from '../../../../src/clouds/aws/interruptions/oidc-provider-disable.ts'
import { roleQuarantine, userQuarantine } from '../../../../src/clouds/aws/interruptions/quarantine.ts'
import {
  roleRevokeSessions,
  userRevokeSessions,
} from '../../../../src/clouds/aws/interruptions/revoke-sessions.ts'
import { serviceCredentialDisable } from '../../../../src/clouds/aws/interruptions/service-credential-disable.ts'
import { denyAll, denyIssuedBefore, sizeOf } from '../../../../src/clouds/aws/settings/denials.ts'
import { glob } from '../../../../src/model/expression/glob.ts'
import type { Json } from '../../../../src/model/json.ts'
import { contextFor, text } from './subjects.ts'

const DENY_ALL = 'arn:aws:iam::aws:policy/AWSDenyAll'
const OWN = 'inline/interdict-7f3k'
const used = (inlineUsed: number, attachedCount = 0) => ({
  seen: { inlineUsed, inlineQuota: 2048, attachedCount, attachedQuota: 10 },
})

describe('quarantine', () => {
  it('denies everything inline while there is room', () => {
    expect(userQuarantine.cut({}, contextFor('user', used(100)))).toEqual({ [OWN]: denyAll() })
  })

  it('goes to the managed policy, then to the boundary', () => {
    expect(userQuarantine.cut({}, contextFor('user', used(2048)))).toEqual({ [`attached/${DENY_ALL}`]: true })
    const before = { boundary: 'arn:aws:iam::111122223333:policy/limits' }
    expect(userQuarantine.cut(before, contextFor('user', used(2048, 10)))).toEqual({ boundary: DENY_ALL })
  })

  it('takes the cloud at its word when it refuses for quota', () => {
    const refused = contextFor('role', { exhausted: [OWN, `attached/${DENY_ALL}`] })
    expect(roleQuarantine.cut({}, refused)).toEqual({ boundary: DENY_ALL })
    const everything = contextFor('role', { exhausted: [OWN, `attached/${DENY_ALL}`, 'boundary'] })
    expect(roleQuarantine.refuse?.({}, everything)).toMatch(/no room/)
    expect(roleQuarantine.refuse?.({ boundary: DENY_ALL }, everything)).toBeUndefined()
  })

  it('names the policy of the partition that the role is in', () => {
    const context = contextFor('role', { exhausted: [OWN], seen: { partition: 'aws-cn' } })
    expect(roleQuarantine.cut({}, context)).toEqual({
      'attached/arn:aws-cn:iam::aws:policy/AWSDenyAll': true,
    })
  })

  it('steps down to what was issued before now, whatever the rung was', () => {
    const residue = denyIssuedBefore('2026-11-23T10:15:30Z')
    const before = { boundary: 'arn:aws:iam::111122223333:policy/limits' }
    expect(userQuarantine.stepDown?.(before, contextFor('user', used(100)))).toEqual({
      ...before,
      [OWN]: residue,
    })
  })

  it('does not step down without room, or where something else denies', () => {
    expect(userQuarantine.stepDown?.({}, contextFor('user', used(2048)))).toEqual({})
    const stopped = { [`attached/${DENY_ALL}`]: true }
    expect(userQuarantine.stepDown?.(stopped, contextFor('user'))).toEqual(stopped)
  })

  it('leaves room for the step-down when it takes the inline policy', () => {
    const room = 2048 - sizeOf(denyAll())
    expect(Object.keys(userQuarantine.cut({}, contextFor('user', used(room))))).toEqual([
      `attached/${DENY_ALL}`,
    ])
  })
})

describe('revoke-sessions', () => {
  it('reaches half a minute ahead, in seconds', () => {
    const cut = userRevokeSessions.cut({}, contextFor('user'))
    expect(text(cut['inline/interdict-7f3k-sessions']).Statement).toEqual([
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-23T10:16:00Z' } },
      },
    ])
  })

  it('refuses where no inline policy fits', () => {
    expect(userRevokeSessions.refuse?.({}, contextFor('user', used(2000)))).toMatch(/no room/)
  })

  it('looks as far ahead as sessions last', () => {
    const role = contextFor('role').identity
    expect(userRevokeSessions.horizon?.(role)).toBe(129_600)
    expect(roleRevokeSessions.horizon?.(role)).toBe(43_200)
    expect(roleRevokeSessions.horizon?.({ ...role, facts: { maxSession: 3600 } })).toBe(3600)
  })
})

describe('credentials', () => {
  it('switches off what is on, and nothing else', () => {
    const context = contextFor('access-key')
    expect(accessKeyDisable.cut({ enabled: true }, context)).toEqual({ enabled: false })
    expect(accessKeyDisable.cut({ enabled: false }, context)).toEqual({ enabled: false })
    expect(serviceCredentialDisable.cut({ enabled: 'expired' }, context)).toEqual({ enabled: 'expired' })
    expect(serviceCredentialDisable.refuse?.({ enabled: 'expired' }, context)).toMatch(/expired/)
    expect(serviceCredentialDisable.refuse?.({ enabled: true }, context)).toBeUndefined()
  })
})

describe('constrain', () => {
  it('keeps two constraints of one run apart', () => {
    const cut = (params: Json) => userConstrain.cut({}, contextFor('user', { params }))
    const names = [...Object.keys(cut({ deny: ['s3:*'] })), ...Object.keys(cut({ deny: ['iam:*'] }))]
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^inline\/interdict-7f3k-constrain-[0-9a-f]{8}$/)
  })

  it.each([
    { deny: [] },
    { deny: ['s3'] },
    { deny: ['s3:*', '"'] },
    { deny: ['s3:*'], resources: ['bucket'] },
    {},
  ])('does not take %j', params => expect(userConstrain.params.safeParse(params).success).toBe(false))
})

describe('gate', () => {
  it('asks for all conditions, each in a statement of its own', () => {
    const params = {
      sourceIps: ['203.0.113.0/24', '2001:db8::/32'],
      vpcs: ['vpc-0a1b2c3d'],
      orgId: 'o-a1b2c3d4e5',
      until: '2026-12-01T12:00:00+02:00',
    }
    const [policy] = Object.values(roleGate.cut({}, contextFor('role', { params })))
    const conditions = text(policy).Statement.map((each: { Condition: Json }) => each.Condition)
    expect(conditions).toEqual([
      {
        NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] },
        Bool: { 'aws:ViaAWSService': 'false' },
      },
      { StringNotEquals: { 'aws:SourceVpc': ['vpc-0a1b2c3d'] }, Bool: { 'aws:ViaAWSService': 'false' } },
      { StringNotEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } },
      { DateGreaterThan: { 'aws:CurrentTime': '2026-12-01T10:00:00Z' } },
    ])
  })

  it.each([{}, { sourceIps: ['203.0.113.0'] }, { vpcs: ['vpc'] }, { orgId: 'acme' }, { until: 'tomorrow' }])(
    'does not take %j',
    params => expect(roleGate.params.safeParse(params).success).toBe(false),
  )
})

describe('detach', () => {
  const before = {
    'inline/app': '{}',
    'attached/arn:aws:iam::111122223333:policy/team/deploy': true,
    'group/admins': true,
    boundary: 'arn:aws:iam::111122223333:policy/limits',
  }

  it('takes every grant away and leaves the boundary', () => {
    expect(userDetach.cut(before, contextFor('user'))).toEqual({ boundary: before.boundary })
  })

  it('takes only what was asked for', () => {
    const cut = (params: Json) => Object.keys(userDetach.cut(before, contextFor('user', { params })))
    expect(cut({ grants: ['groups'] })).not.toContain('group/admins')
    expect(cut({ grants: ['groups'] })).toContain('inline/app')
    expect(cut({ only: ['dep*'] })).toEqual(['inline/app', 'group/admins', 'boundary'])
  })
})

describe('oidc-provider.disable', () => {
  it('takes the audiences that were asked for', () => {
    const before = { 'audience/a': true, 'audience/b': true }
    const params = { audiences: ['a', 'absent'] }
    expect(oidcProviderDisable.cut(before, contextFor('oidc-provider', { params }))).toEqual({
      'audience/b': true,
    })
    expect(oidcProviderDisable.cut(before, contextFor('oidc-provider'))).toEqual({})
  })
})

it('matches globs without going back and forth', () => {
  expect(glob('abbbcd', 'a*c?')).toBe(true)
  expect(glob('abbbcd', 'a*c')).toBe(false)
  expect(glob('', '')).toBe(true)
  expect(glob('a'.repeat(2000), `${'*a'.repeat(60)}b`)).toBe(false)
})
