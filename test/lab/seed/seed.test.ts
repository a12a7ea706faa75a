import { describe, expect, it } from 'vitest'
import { statementsOf } from '../../../src/lab/aws/evaluate/document.ts'
import { evaluate, type Policy } from '../../../src/lab/aws/evaluate/evaluate.ts'
import {
  ACCOUNT,
  LEAKED_KEY,
  largeEstate,
  SEED_PAGE_SIZE,
  seedEstate,
  VENDOR_ACCOUNT,
} from '../../../src/lab/aws/seed/index.ts'
import type { Role, User } from '../../../src/lab/aws/store.ts'

const NOW = '2026-11-23T10:16:00.123Z'
const DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
const estate = seedEstate(NOW)
const account = estate.accounts[0]!
const user = (name: string): User => account.users.find(each => each.name === name)!
const role = (name: string): Role => account.roles.find(each => each.name === name)!
const inlineSize = ({ inline }: User | Role) => Object.values(inline).join('').replace(/\s/g, '').length

describe('the seeded estate', () => {
  it('is the same every time, and moves with now only in its times', () => {
    expect(seedEstate(NOW)).toEqual(estate)
    const later = JSON.stringify(seedEstate('2027-01-01T00:00:00Z'))
    const times = /"\d{4}-\d\d-\d\dT[^"]*"/g
    expect(later.replace(times, '')).toBe(JSON.stringify(estate).replace(times, ''))
    expect(JSON.stringify(estate)).not.toMatch(/"\d{4}-\d\d-\d\dT[^"]*\.\d+Z"/)
  })

  it('uses no id twice', () => {
    const ids = estate.accounts.flatMap(
      ({ users, roles, groups, policies, instanceProfiles, associations }) => [
        ...[...users, ...roles, ...groups, ...policies, ...instanceProfiles, ...associations].map(
          ({ id }) => id,
        ),
        ...users.flatMap(each =>
          [...each.accessKeys, ...each.serviceCredentials, ...each.certificates, ...each.sshKeys].map(
            ({ id }) => id,
          ),
        ),
      ],
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter(id => /^A[A-Z]{3}[A-Z2-7]{16}$/.test(id)).length).toBeGreaterThan(90)
  })

  it('has a second page of everything that comes in pages', () => {
    const { users, roles, groups, policies, associations, secrets } = account
    const credentials = users.flatMap(each => each.serviceCredentials)
    for (const list of [users, roles, groups, policies, associations, secrets, credentials]) {
      expect(list.length).toBeGreaterThan(SEED_PAGE_SIZE)
    }
  })

  it('refers to nothing that is not there', () => {
    const arns = new Set([...estate.managedPolicies, ...account.policies].map(({ arn }) => arn))
    const groups = new Set(account.groups.map(({ name }) => name))
    for (const each of [...account.users, ...account.roles]) {
      for (const arn of [...each.attached, ...(each.boundary ? [each.boundary] : [])])
        expect(arns).toContain(arn)
    }
    for (const each of account.users) for (const group of each.groups) expect(groups).toContain(group)
    for (const each of account.roles) expect(statementsOf(each.trust).length).toBeGreaterThan(0)
    for (const each of [...estate.managedPolicies, ...account.policies]) {
      expect(each.versions.map(({ id }) => id)).toContain(each.defaultVersion)
    }
  })

  it('stays within the quotas, and leaves no room where it should', () => {
    for (const each of account.users) {
      expect(inlineSize(each), each.name).toBeLessThanOrEqual(2048)
      expect(each.attached.length).toBeLessThanOrEqual(10)
      expect(each.accessKeys.length).toBeLessThanOrEqual(2)
    }
    for (const each of account.roles) expect(inlineSize(each), each.name).toBeLessThanOrEqual(10_240)
    expect(inlineSize(user('report-printer'))).toBeGreaterThan(2048 - DENY_ALL.length)
    expect(user('report-printer').attached.length).toBeLessThan(10)
    expect(inlineSize(user('legacy-etl'))).toBeGreaterThan(2048 - DENY_ALL.length)
    expect(user('legacy-etl').attached).toHaveLength(10)
    expect(user('legacy-etl').boundary).toBeUndefined()
    expect(inlineSize(role('vendor-legacy'))).toBeGreaterThan(10_240 - DENY_ALL.length)
  })

  it('has the leaked key, the vendor and the responder', () => {
    expect(user('ci-deploy').accessKeys.map(({ status }) => status)).toEqual(['Active', 'Active'])
    expect(user('ci-deploy').accessKeys[0]!.id).toBe(LEAKED_KEY)
    expect(account.id).toBe(ACCOUNT)
    expect(estate.accounts.map(({ id }) => id)).toContain(VENDOR_ACCOUNT)
    const [session] = estate.sessions
    expect(session).toMatchObject({
      accessKeyId: estate.responder.accessKeyId,
      token: estate.responder.sessionToken,
      principal: { kind: 'role', name: 'incident-responder', id: role('incident-responder').id },
    })
  })

  it('lets the leaked key read what the thief is after, until a deny is put on top', () => {
    const { inline } = user('ci-deploy')
    const policies: Policy[] = Object.entries(inline).map(([name, document]) => ({
      name,
      type: 'user',
      document,
    }))
    const ask = (identityPolicies: Policy[]) =>
      evaluate({
        action: 'secretsmanager:GetSecretValue',
        resource: account.secrets.find(({ name }) => name === 'prod/payments/stripe')!.arn,
        context: {},
        identityPolicies,
      }).decision
    expect(ask(policies)).toBe('allowed')
    expect(ask([...policies, { name: 'deny', type: 'user', document: DENY_ALL }])).toBe('explicitDeny')
  })
})

describe('a large estate', () => {
  it('has as many identities more as were asked for, each with ids of its own', () => {
    const large = largeEstate(1001, NOW).accounts[0]!
    const roles = large.roles.slice(account.roles.length)
    const users = large.users.slice(account.users.length)
    const ids = [...roles, ...users].map(({ id }) => id).concat(users.map(each => each.accessKeys[0]!.id))
    expect(new Set(ids).size).toBe(1001)
    expect(largeEstate(1001, NOW)).toEqual(largeEstate(1001, NOW))
  })
})
