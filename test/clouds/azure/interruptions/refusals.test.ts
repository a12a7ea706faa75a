import { describe, expect, it } from 'vitest'
import type { Facet } from '../../../../src/model/facet.ts'
import type { Json } from '../../../../src/model/json.ts'
import { contextOf, identity, interruption, TENANT } from './scripted-azure.ts'

const HOME = {
  type: 'Application',
  name: 'ci',
  ownerTenant: TENANT,
  audience: 'AzureADMyOrg',
  tenant: TENANT,
}
const SP = identity('service-principal', '33333333-3333-4333-8333-333333333333', { type: 'application' })

function refused(
  id: string,
  facet: Facet,
  seen: Json,
  { params = {}, of = SP }: { params?: Json; of?: typeof SP } = {},
) {
  const subject = interruption(id)
  return subject.refuse?.(facet, contextOf(of, subject.params.parse(params) as Json, seen))
}

describe('whom nobody may stop', () => {
  it.each([
    [
      'Microsoft’s own',
      { ownerTenant: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' },
      /application of Microsoft itself/,
    ],
    [
      'Microsoft’s own, of the other tenant',
      { ownerTenant: '72F988BF-86F1-41AF-91AB-2D7CD011DB47' },
      /Microsoft itself/,
    ],
    [
      'the directory synchronisation',
      { name: 'ConnectSyncProvisioning_dc1_8f2a' },
      /directory synchronisation/,
    ],
    ['a type that is new', { type: 'SomethingNew' }, /not known here \(SomethingNew\)/],
  ])('%s', (_, seen, message) => {
    const all = {
      ...HOME,
      ...seen,
      scopes: ['/subscriptions/s'],
      deniable: ['/subscriptions/s'],
      licensed: true,
    }
    for (const verb of ['quarantine', 'disable', 'gate', 'detach']) {
      expect(refused(`azure.service-principal.${verb}`, { enabled: true }, all)).toMatch(message)
    }
  })

  it('what is off already is nobody’s to refuse', () => {
    const seen = { ...HOME, ownerTenant: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' }
    expect(refused('azure.service-principal.disable', { enabled: false }, seen)).toBeUndefined()
  })
})

describe('an application that others use', () => {
  const of = identity('application', 'a')
  it.each(['AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount'])('%s', audience => {
    const id = 'azure.application.disable'
    expect(refused(id, { enabled: true }, { audience }, { of })).toMatch(/stop in all of them/)
    expect(refused(id, { enabled: false }, { audience }, { of })).toBeUndefined()
    expect(refused(id, { enabled: true }, { audience }, { of, params: { allTenants: true } })).toBeUndefined()
    expect(refused(id, { enabled: true }, { audience: 'AzureADMyOrg' }, { of })).toBeUndefined()
  })
})

describe('Conditional Access', () => {
  it.each([
    ['a managed identity', { type: 'ManagedIdentity' }, /reaches applications alone/],
    ['another tenant’s', { ownerTenant: '22222222-2222-4222-8222-222222222222' }, /it is of another/],
    ['one that others use', { audience: 'AzureADMultipleOrgs' }, /other tenants use it/],
    ['no licence', { licensed: false }, /Workload Identities Premium/],
    ['one that it reaches', {}, /^$/],
  ])('%s', (_, seen, message) => {
    const because = refused('azure.service-principal.gate', {}, { ...HOME, licensed: true, ...seen })
    expect(because ?? '').toMatch(message)
  })
})

describe('a certificate', () => {
  const facet = (more: { [name: string]: Json } = {}): Facet => ({
    certificate: {
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
      displayName: 'CN=ci',
      startDateTime: '2026-01-01T00:00:00Z',
      endDateTime: '2027-01-01T00:00:00Z',
      customKeyIdentifier: 'AA',
      key: 'MIIB',
      ...more,
    },
  })
  const on = (kind: string) =>
    identity('certificate', 'k', { on: kind, objectId: 'o', resource: '/subscriptions/s' })
  it.each<[string, Facet, Json, string, RegExp]>([
    ['whose public part is not shown', facet({ key: null }), {}, 'application', /could not be put back/],
    [
      'that is a key and no certificate',
      facet({ type: 'Symmetric' }),
      {},
      'application',
      /could not be put back/,
    ],
    [
      'that signs SAML answers',
      facet({ usage: 'Sign' }),
      {},
      'service-principal',
      /single sign-on would stop/,
    ],
    ['that has expired', facet({ endDateTime: '2026-11-23T11:59:59Z' }), {}, 'application', /has expired/],
    ['that tokens are encrypted with', facet(), { encrypts: true }, 'application', /encrypted with it/],
    ['of a managed identity', facet(), {}, 'managed-identity', /keeps and renews/],
    ['that can be put back', facet(), { encrypts: false }, 'application', /^$/],
    ['that is gone', {}, {}, 'application', /^$/],
  ])('%s', (_, given, seen, kind, message) => {
    expect(refused('azure.certificate.disable', given, seen, { of: on(kind) }) ?? '').toMatch(message)
  })
})

describe('a quarantine', () => {
  const scope = '/subscriptions/99999999-9999-4999-8999-999999999999'
  const role = { 'azure-role/g': { scope: `${scope}/resourceGroups/rg`, roleDefinitionId: 'r' } }
  const subject = interruption('azure.service-principal.quarantine')
  const cut = (seen: Json, exhausted: string[] = []) => subject.cut(role, contextOf(SP, {}, seen, exhausted))
  const own = `deny/interdict-c0de${scope}`

  it('without anywhere to deny is refused', () => {
    expect(refused(subject.id, {}, { ...HOME, scopes: [] })).toMatch(/no subscription is looked at/)
  })

  it('adds a deny of ours where the cloud has them', () => {
    const after = cut({ ...HOME, scopes: [scope], deniable: [scope] })
    expect(after).toEqual({
      ...role,
      [own]: { effect: 'enforced', principal: SP.name, actions: ['*/action', '*/delete', '*/write'] },
    })
  })

  it('takes the roles where it has none, or has refused one', () => {
    expect(cut({ ...HOME, scopes: [scope], deniable: [] })).toEqual({})
    expect(cut({ ...HOME, scopes: [scope], deniable: [scope] }, [own])).toEqual({})
  })

  it('with roles from above only is refused where it cannot deny', () => {
    const seen = { ...HOME, scopes: [scope], deniable: [], left: ['a role that comes from /'] }
    expect(refused(subject.id, {}, seen)).toMatch(/a role that comes from \//)
    expect(refused(subject.id, role, seen)).toBeUndefined()
    expect(refused(subject.id, {}, { ...seen, deniable: [scope] })).toBeUndefined()
  })

  it.each(['/subscriptions/nonsense', '/', '/subscriptions/99999999-9999-4999-8999-999999999999/../x'])(
    'takes no scope %s',
    bad => {
      expect(() => subject.params.parse({ scopes: [bad] })).toThrow(/a management group/)
    },
  )
})

describe('a detach', () => {
  it('of what has nothing that is ours to take says why', () => {
    const seen = { ...HOME, left: ['group staff, whose members a rule decides'] }
    expect(refused('azure.service-principal.detach', {}, seen)).toMatch(/whose members a rule decides/)
    expect(refused('azure.service-principal.detach', { 'group/g': true }, seen)).toBeUndefined()
  })

  it('takes only what is asked for, by id, name or scope', () => {
    const subject = interruption('azure.service-principal.detach')
    const facet = { 'app-role/r/a': true, 'app-role/r/b': true, 'group/g': true }
    const seen = {
      ...HOME,
      left: [],
      labels: {
        'app-role/r/a': ['a', 'r', 'Microsoft Graph'],
        'app-role/r/b': ['b', 'r', 'Payroll API'],
        'group/g': ['g', 'ops'],
      },
    }
    const cut = (only: string[]) =>
      subject.cut(facet, contextOf(SP, subject.params.parse({ only }) as Json, seen))
    expect(Object.keys(cut(['microsoft *']))).toEqual(['app-role/r/b', 'group/g'])
    expect(Object.keys(cut(['OPS']))).toEqual(['app-role/r/a', 'app-role/r/b'])
    expect(Object.keys(cut(['*']))).toEqual([])
    expect(Object.keys(cut(['nothing']))).toEqual(Object.keys(facet))
  })
})
