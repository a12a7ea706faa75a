import { afterEach, expect, it } from 'vitest'
import type { Json } from '../../../../src/model/json.ts'
import { contextOf, identity, interruption, type Scripted, scripted } from './scripted-azure.ts'

/** Scopes in a Graph token of a person who ran `az login`: the Azure CLI asks for these and no others. */
const AZ_LOGIN = {
  scp: 'AuditLog.Read.All Directory.AccessAsUser.All email Group.ReadWrite.All openid profile User.ReadWrite.All',
  upn: 'mara@example.com',
}
const CLOUD_APPLICATION_ADMINISTRATOR = '158c047a-c907-4556-b7ef-446551a6b5f7'
const SP = identity('service-principal', '33333333-3333-4333-8333-333333333333', { type: 'application' })

let cloud: Scripted | undefined
afterEach(() => cloud?.close())

interface Asked {
  id?: string
  params?: Json
  owners?: string[]
  labels?: { [entry: string]: Json }
}

/** Why it could not be put back; `doubt: …` where nobody can tell. */
async function oneWay(
  claims: { [claim: string]: Json },
  { id = 'azure.service-principal.disable', params = {}, owners, labels = {} }: Asked = {},
): Promise<string | undefined> {
  cloud = await scripted(() => ({ status: 200, body: { value: [] } }), claims)
  const subject = interruption(id)
  const of = owners ? { ...SP, facts: { ...SP.facts, owners } } : SP
  const context = contextOf(of, subject.params.parse(params) as Json, { labels })
  try {
    return await subject.oneWay?.(cloud.client, context)
  } catch (error) {
    return `doubt: ${(error as Error).message}`
  }
}

it('a person who signed in with az login may or may not: a doubt, and no lack', async () => {
  expect(await oneWay(AZ_LOGIN)).toMatch(
    /^doubt: .*Directory\.AccessAsUser\.All: everything that the signed-in person may do/,
  )
})

it('a person with a directory role for applications may write them', async () => {
  expect(await oneWay({ ...AZ_LOGIN, wids: [CLOUD_APPLICATION_ADMINISTRATOR] })).toBeUndefined()
})

it('a person’s directory role for applications says nothing of conditional access', async () => {
  const claims = { ...AZ_LOGIN, wids: [CLOUD_APPLICATION_ADMINISTRATOR] }
  expect(await oneWay(claims, { id: 'azure.service-principal.gate' })).toMatch(/^doubt: /)
})

it.each<[string, { [claim: string]: Json }, string[] | undefined, RegExp]>([
  ['the permission itself', { roles: ['Application.ReadWrite.All'] }, undefined, /^undefined$/],
  ['reading alone', { roles: ['Application.Read.All'] }, undefined, /asks for Application\.ReadWrite\.All$/],
  ['no permission in the token', {}, undefined, /^doubt: the Graph token lists no permissions/],
  [
    'that of what we own, of what we own',
    { roles: ['Application.ReadWrite.OwnedBy'] },
    ['US'],
    /^undefined$/,
  ],
  [
    'that of what we own, of what others own',
    { roles: ['Application.ReadWrite.OwnedBy'] },
    ['them'],
    /^doubt: Application\.ReadWrite\.All: only what it owns/,
  ],
  [
    'that of what we own, with hidden owners',
    { roles: ['Application.ReadWrite.OwnedBy'] },
    undefined,
    /^doubt/,
  ],
])('%s', async (_, claims, owners, expected) => {
  expect(String(await oneWay(claims, owners ? { owners } : {}))).toMatch(expected)
})

it('in Azure, who may not ask what he may do has a doubt, and no lack', async () => {
  cloud = await scripted(() => ({
    status: 403,
    body: { error: { code: 'AuthorizationFailed', message: 'no' } },
  }))
  const subject = interruption('azure.service-principal.quarantine')
  const scope = '/subscriptions/99999999-9999-4999-8999-999999999999'
  const asked = subject.oneWay?.(cloud.client, contextOf(SP, {}, { deniable: [scope] }))
  await expect(asked).rejects.toMatchObject({ code: 'denied' })
})

it('a detach asks for what gives back what it takes, and for nothing else', async () => {
  const id = 'azure.service-principal.detach'
  const claims = { roles: ['AppRoleAssignment.ReadWrite.All'] }
  const appRole = { 'app-role/r/a': ['a', 'r', 'Microsoft Graph'] }
  const group = { 'group/g': ['g', 'ops'] }
  expect(await oneWay(claims, { id, labels: appRole })).toBeUndefined()
  expect(await oneWay(claims, { id, labels: { ...appRole, ...group } })).toMatch(
    /GroupMember\.ReadWrite\.All/,
  )
  const only = { only: ['Microsoft*'] }
  expect(await oneWay(claims, { id, params: only, labels: { ...appRole, ...group } })).toBeUndefined()
})
