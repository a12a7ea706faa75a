import { expect, test } from 'vitest'
import { advise, manual } from '../../../src/clouds/azure/advice.ts'
import { azure } from '../../../src/clouds/azure/provider.ts'
import type { Identity } from '../../../src/model/identity.ts'

const of = (kind: string, facts: Identity['facts'] = {}): Identity => ({
  id: `azure:t:${kind}/x`,
  uid: 'x',
  cloud: 'azure',
  account: 't',
  kind,
  name: 'x',
  facts,
})

const roles = [{ role: 'Owner', scope: '/', id: 'a', conditional: false }]

test.each([
  ['service-principal', { roles }, ['azure.service-principal.disable'], /Key Vault.*60 to 90 minutes/],
  ['service-principal', {}, ['azure.service-principal.disable'], /Key Vault/],
  ['managed-identity', { roles }, ['azure.managed-identity.disable'], /24 hours/],
  ['service-principal', { roles: [] }, ['azure.service-principal.disable'], undefined],
  [
    'service-principal',
    { roles },
    ['azure.service-principal.disable', 'azure.service-principal.quarantine'],
    undefined,
  ],
  ['service-principal', { roles }, ['azure.service-principal.gate'], /quarantine/],
  [
    'service-principal',
    { roles, groups: [{ id: 'g', name: 'G' }] },
    ['azure.service-principal.detach'],
    /its group.*deny assignment/,
  ],
  [
    'service-principal',
    { roles: [], type: 'agent-identity' },
    ['azure.service-principal.disable'],
    /blueprint/,
  ],
  ['client-secret', {}, [], /cannot be put back.*service principal/],
  ['federated-credential', {}, ['azure.federated-credential.disable'], /keeps that token/],
  ['application', {}, ['azure.application.disable'], /service principal/],
  ['application', {}, [], undefined],
] as const)('%s %j after %j', (kind, facts, interruptions, expected) => {
  const advice = advise(of(kind, facts as unknown as Identity['facts']), [...interruptions])
  if (expected === undefined) expect(advice).toEqual([])
  else expect(advice.join('\n')).toMatch(expected)
})

test('the interruptions that it speaks of are there', () => {
  const ids = azure.interruptions.map(({ id }) => id)
  for (const kind of ['service-principal', 'managed-identity']) {
    expect(ids).toContain(`azure.${kind}.quarantine`)
    expect(ids).toContain(`azure.${kind}.detach`)
  }
  const kinds = azure.kinds.map(({ name }) => name)
  expect(azure.interruptions.flatMap(({ on }) => on).filter(each => !kinds.includes(each))).toEqual([])
})

test('what is left to people', () => {
  expect(manual(of('client-secret'))).toEqual([expect.stringContaining('new secret')])
  expect(manual(of('storage-account'))).toEqual([expect.stringContaining('SAS tokens cannot be listed')])
  expect(manual(of('certificate', { usage: 'Sign' }))).toHaveLength(1)
  expect(manual(of('service-principal', { secrets: ['a'] }))).toHaveLength(1)
  expect(manual(of('service-principal', { secrets: [] }))).toEqual([])
})
