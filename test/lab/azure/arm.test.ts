import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../src/lab/azure/arm/query.ts'
import {
  BACKUP_IDENTITY,
  BACKUP_MACHINE,
  guid,
  ORDERS_SITE,
  objectId,
  RUNNER_IDENTITY,
  SUBSCRIPTIONS,
} from '../../../src/lab/azure/seed/index.ts'
import { ARM, type Town, town } from './town.ts'

const NOW = '?api-version=2022-04-01'
const MSI = '?api-version=2024-11-30'
const QUERY = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01'

const list = async (here: Town, path: string) =>
  (await here.call('GET', path, await here.responder(ARM))).body.value

describe('Resource Manager', () => {
  test('shows the subscriptions in which the caller has a role', async () => {
    const here = await town()
    expect(await list(here, '/subscriptions?api-version=2022-12-01')).toHaveLength(3)
    const other = await here.token('dr-operator', 'dr-operator/drill', ARM)
    const { body } = await here.call('GET', '/subscriptions?api-version=2022-12-01', other)
    expect(body.value).toMatchObject([{ displayName: 'acme-production' }])
  })

  test('lists role assignments by principal, through groups, and above a scope', async () => {
    const here = await town()
    const at = `/subscriptions/${SUBSCRIPTIONS.production}/providers/Microsoft.Authorization/roleAssignments${NOW}`
    const by = (filter: string) => list(here, `${at}&$filter=${encodeURIComponent(filter)}`)
    const id = objectId('mail-insights')
    expect(await by(`principalId eq '${id}'`)).toHaveLength(2)
    expect(await by(`assignedTo('${id}')`)).toHaveLength(3)
    expect(await by(`atScope() and assignedTo('${id}')`)).toHaveLength(1)
  })

  test('says what a time-bound assignment is', async () => {
    const here = await town()
    const at = `/subscriptions/${SUBSCRIPTIONS.production}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances`
    const filter = encodeURIComponent(`principalId eq '${objectId('dr-operator')}'`)
    const found = await list(here, `${at}?api-version=2020-10-01&$filter=${filter}`)
    expect(found).toMatchObject([
      { properties: { assignmentType: 'Activated', endDateTime: expect.any(String) } },
    ])
  })

  test('wants a version, and one that it knows', async () => {
    const here = await town()
    const arm = await here.responder(ARM)
    const code = async (path: string) => (await here.call('GET', path, arm)).body.error.code
    expect(await code('/subscriptions')).toBe('MissingApiVersionParameter')
    const denies = `/subscriptions/${SUBSCRIPTIONS.shared}/providers/Microsoft.Authorization/denyAssignments`
    expect(await code(`${denies}?api-version=1999-01-01`)).toBe('InvalidApiVersionParameter')
  })

  test('leaves Azure’s own deny assignment alone', async () => {
    const here = await town()
    const path = `/subscriptions/${SUBSCRIPTIONS.shared}/resourceGroups/rg-managed-app/providers/Microsoft.Authorization/denyAssignments/${guid('deny managed application')}`
    const refused = await here.call(
      'DELETE',
      `${path}?api-version=2024-07-01-preview`,
      await here.responder(ARM),
    )
    expect(refused.status).toBe(403)
  })

  test('a federated credential of an identity comes back as it was', async () => {
    const here = await town()
    const arm = await here.responder(ARM)
    const before = here.lab.snapshot()
    const path = `${RUNNER_IDENTITY}/federatedIdentityCredentials/runners-main${MSI}`
    const { properties } = (await here.call('GET', path, arm)).body
    expect((await here.call('DELETE', path, arm)).status).toBe(200)
    expect((await here.call('GET', path, arm)).status).toBe(404)
    expect((await here.call('PUT', path, arm, { properties })).status).toBe(201)
    expect((await here.call('PUT', path, arm, { properties })).status).toBe(200)
    expect(here.lab.snapshot()).toEqual(before)
  })

  test('an identity is taken off a machine and put back, however its id is written', async () => {
    const here = await town()
    const token = await here.token('iac-pipeline', 'iac-pipeline/terraform', ARM)
    const before = here.lab.snapshot()
    const path = `${BACKUP_MACHINE}?api-version=2024-07-01`
    const patch = (type: string, value: object | null) =>
      here.call('PATCH', path, token, {
        identity: { type, userAssignedIdentities: { [BACKUP_IDENTITY.toLowerCase()]: value } },
      })
    expect((await patch('UserAssigned', null)).body.identity).toBeUndefined()
    expect((await patch('UserAssigned', {})).status).toBe(200)
    expect(here.lab.snapshot()).toEqual(before)
    const system = await here.call('PATCH', `${ORDERS_SITE}?api-version=2024-04-01`, token, {
      identity: { type: 'None' },
    })
    expect(system.status).toBe(501)
  })
})

describe('Resource Graph', () => {
  test('answers late, in pages, and only what the caller may read', async () => {
    const here = await town(undefined, 60_000)
    const arm = await here.responder(ARM)
    const query =
      "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id,name"
    const ask = async (token: string, options = {}) =>
      (await here.call('POST', QUERY, token, { query, options })).body
    const first = await ask(arm)
    expect(first.count).toBe(15)
    const second = await ask(arm, { $skipToken: first.$skipToken })
    expect(second.$skipToken).toBeUndefined()
    expect(first.count + second.count).toBe(first.totalRecords)
    expect((await here.call('DELETE', `${first.data[0].id}${NOW}`, arm)).status).toBe(200)
    expect((await ask(arm)).totalRecords).toBe(first.totalRecords)
    here.lab.clock.advance(61)
    expect((await ask(arm)).totalRecords).toBe(first.totalRecords - 1)
    const stranger = await here.token('reports-api', 'reports-api/vault', ARM, {})
    expect((await ask(stranger)).totalRecords).toBeLessThan(first.totalRecords)
  })

  test('says where an identity is used, in whatever case', async () => {
    const here = await town()
    const query = `resources | where tostring(identity.userAssignedIdentities) contains tolower('${BACKUP_IDENTITY}') | project id, type`
    const { body } = await here.call('POST', QUERY, await here.responder(ARM), { query })
    expect(body.data).toHaveLength(2)
  })

  test.each([
    ["t | where a =~ 'X' and (b == 2 or c in~ ('p','q'))", 1],
    ['t | where isnotempty(d.e) | project f = d.e', 1],
    ["t | where a !~ 'x' | limit 1", 1],
    ['t | order by b desc | take 2', 2],
  ])('understands %s', (query, expected) => {
    const rows = [
      { a: 'x', b: 1, c: 'Q', d: { e: 'deep' } },
      { a: 'y', b: 2, c: 'r' },
      { a: 'z', b: 3, c: 's' },
    ]
    expect(parseQuery(query).run(rows)).toHaveLength(expected)
  })

  test('does not guess at a language that it does not know', () => {
    expect(() => parseQuery('t | summarize count() by a').run([])).toThrow('does not know the query stage')
  })
})
