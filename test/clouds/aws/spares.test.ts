import { expect, it } from 'vitest'
import { sparesFor } from '../../../src/clouds/aws/inventory/spares.ts'
import type { Facts } from '../../../src/model/identity.ts'

const spareOf = sparesFor({
  uids: ['AROAME', 'AIDAME'],
  users: ['aws:111122223333:user/me'],
  roles: ['responder'],
  issuers: ['token.actions.githubusercontent.com'],
})

const of = (kind: string, name: string, facts: Facts = {}, more: { uid?: string; owner?: string } = {}) =>
  spareOf({
    id: `aws:111122223333:${kind}/${name}`,
    uid: `uid of ${name}`,
    cloud: 'aws',
    account: '111122223333',
    kind,
    name,
    facts,
    ...more,
  })?.because

it('never touches us, what is ours, or what lets us in', () => {
  expect(of('role', 'renamed', {}, { uid: 'AROAME' })).toBe('that is you')
  expect(of('user', 'me', {}, { uid: 'AIDAME' })).toBe('that is you')
  expect(of('access-key', 'AKIAME', {}, { owner: 'aws:111122223333:user/me' })).toBe('that is yours')
  expect(of('oidc-provider', 'token.actions.githubusercontent.com')).toMatch(/signed in/)
  expect(of('instance-profile-association', 'i-1', { role: 'responder' })).toMatch(/your own role/)
})

it.each([
  'OrganizationAccountAccessRole',
  'AWSControlTowerExecution',
  'AWSCloudFormationStackSetExecutionRole',
  'stacksets-exec-0123',
  'AWSSecurityIncidentResponseTriage',
])('never touches %s', name => {
  expect(of('role', name)).toMatch(/organization/)
  expect(of('user', name)).toBeUndefined()
})

it('never touches what only AWS changes, or what is tagged', () => {
  expect(of('role', 'a', { reserved: 'service-linked' })).toMatch(/service-linked/)
  expect(of('role', 'a', { reserved: 'sso' })).toMatch(/permission set/)
  expect(of('role', 'a', { tags: { 'interdict:protected': 'true' } })).toMatch(/tagged/)
  expect(of('role', 'a', { tags: { 'nhi-contain:protected': 'true' } })).toMatch(/tagged/)
})

it('touches the others', () => {
  expect(of('role', 'a', { reserved: '', tags: { 'interdict:protected': 'false' } })).toBeUndefined()
  expect(of('role', 'my-stacksets-exec-1')).toBeUndefined()
  expect(of('user', 'you', {}, { uid: 'AIDAYOU' })).toBeUndefined()
  expect(of('access-key', 'AKIA', {}, { owner: 'aws:444455556666:user/me' })).toBeUndefined()
  expect(of('instance-profile-association', 'i-1', { role: 'other' })).toBeUndefined()
})

it('spares an instance whose role could not be read, and a provider when ours is not known', () => {
  expect(of('instance-profile-association', 'i-1')).toMatch(/may be on that instance/)
  const unknown = sparesFor({
    uids: [],
    users: [],
    roles: [],
    issuers: [],
    issuersUnknown: 'iam:GetRole: no',
  })
  const spare = unknown({
    id: 'aws:1:oidc-provider/x',
    uid: 'x',
    cloud: 'aws',
    account: '1',
    kind: 'oidc-provider',
    name: 'x',
    facts: {},
  })
  expect(spare).toMatchObject({ class: 'administrator', because: expect.stringContaining('iam:GetRole: no') })
})

it('compares names and tag keys as IAM does, without regard to case', () => {
  expect(of('role', 'organizationaccountaccessrole')).toMatch(/organization/)
  expect(of('user', 'a', { tags: { 'Interdict:Protected': 'True' } })).toMatch(/tagged/)
})
