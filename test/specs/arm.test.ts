import { describe, expect, test } from 'vitest'
import { armJudge } from './arm.ts'
import { armOperations } from './arm-clients.ts'
import { looseVerdict } from './arm-loose.ts'
import type { WireExchange } from './exchange.ts'

const SUBSCRIPTION = '/subscriptions/0a1b2c3d-0000-4000-8000-000000000000'
const ASSIGNMENTS = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments`
const NAME = '0a1b2c3d-0000-4000-8000-00000000000a'
const VERSION = 'api-version=2022-04-01'
const { judge } = armJudge(armOperations())

const exchange = (changes: Partial<WireExchange>): WireExchange => ({
  method: 'GET',
  url: `${ASSIGNMENTS}/${NAME}?${VERSION}`,
  requestHeaders: { 'content-type': 'application/json' },
  requestBody: '',
  status: 200,
  responseHeaders: {},
  responseBody: JSON.stringify(ASSIGNMENT),
  ...changes,
})
const ASSIGNMENT = {
  id: `${ASSIGNMENTS}/${NAME}`,
  name: NAME,
  type: 'Microsoft.Authorization/roleAssignments',
  properties: {
    roleDefinitionId: `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/x`,
    principalId: NAME,
    principalType: 'ServicePrincipal',
    scope: `${SUBSCRIPTION}/resourceGroups/rg`,
    condition: null,
    createdOn: '2026-01-02T03:04:05.1234567Z',
  },
}
const problems = (changes: Partial<WireExchange>) => judge(exchange(changes)).problems
const put = (properties: unknown) =>
  problems({
    method: 'PUT',
    status: 201,
    requestBody: JSON.stringify({ properties }),
  })

describe('which operation it is', () => {
  test.each([
    [`${SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/${NAME}`],
    [`/providers/Microsoft.Authorization/roleAssignments/${NAME}`],
    [`${ASSIGNMENTS}/${NAME}`.toUpperCase()],
  ])('%s', path => {
    expect(judge(exchange({ url: `${path}?${VERSION}` })).operation).toBe(
      'GET /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}',
    )
  })

  test('an operation that no client has is a problem', () => {
    const url = `${SUBSCRIPTION}/providers/Microsoft.Authorization/wishes?${VERSION}`
    expect(judge(exchange({ url })).operation).toBeUndefined()
    expect(problems({ url })).toHaveLength(1)
    expect(problems({ method: 'PATCH' })).toHaveLength(1)
  })
})

describe('requests', () => {
  const right = { roleDefinitionId: 'x', principalId: NAME, principalType: 'ServicePrincipal' }

  test('a right one', () => expect(put(right)).toEqual([]))

  test.each([
    [{ ...right, colour: 'red' }, 'request.properties.colour: unknown member'],
    [{ roleDefinitionId: 'x' }, 'request.properties.principalId: required, and missing'],
    [
      { ...right, createdOn: '2026-01-02T03:04:05Z' },
      'request.properties.createdOn: only the server sets this',
    ],
    [{ ...right, principalId: 5 }, 'request.properties.principalId: 5 is not String'],
    [undefined, 'request.properties: required, and missing'],
  ])('%j', (properties, problem) => expect(put(properties)).toContain(problem))

  test('the query', () => {
    const query = (text: string) => problems({ url: `${ASSIGNMENTS}/${NAME}?${text}` })
    expect(query('')).toEqual(['query.api-version: required, and missing'])
    expect(query('api-version=latest')).toEqual(['query.api-version: latest is no version'])
    expect(query(`${VERSION}&$select=id`)).toEqual(['query.$select: unknown parameter'])
  })

  test('a body where none is expected, and none where one is', () => {
    expect(problems({ requestBody: '{}' })).toEqual(['request: has a body, and none is expected'])
    expect(problems({ method: 'PUT', status: 201 })).toEqual(['request: is not JSON'])
  })
})

describe('answers', () => {
  const answer = (body: unknown) => problems({ responseBody: JSON.stringify(body) })

  test('a right one', () => expect(answer(ASSIGNMENT)).toEqual([]))

  test.each([
    [{ ...ASSIGNMENT, etag: 'x' }, 'answer.etag: unknown member'],
    [{ ...ASSIGNMENT, properties: { colour: 'red' } }, 'answer.properties.colour: unknown member'],
    [{ ...ASSIGNMENT, properties: [] }, 'answer.properties: is not an object'],
    [
      { ...ASSIGNMENT, properties: { createdOn: 'soon' } },
      'answer.properties.createdOn: "soon" is not DateTime',
    ],
    [[], 'answer: is not an object'],
  ])('%j', (body, problem) => expect(answer(body)).toEqual([problem]))

  test('statuses and errors', () => {
    expect(problems({ status: 201 })[0]).toContain('status 201 is not one of 200')
    const error = (body: unknown) => problems({ status: 404, responseBody: JSON.stringify(body) })
    expect(error({ error: { code: 'RoleAssignmentNotFound', message: 'x' } })).toEqual([])
    expect(error({ code: 'x', message: 'y' })).toEqual(['error: is not in an object'])
    expect(error({ error: { code: 1, message: 'y' } })).toEqual(['error.code: is not a string'])
  })

  test('rows of Resource Graph', () => {
    const rows = (data: unknown) =>
      problems({
        method: 'POST',
        url: '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01',
        requestBody: JSON.stringify({ query: 'resources', options: { resultFormat: 'objectArray' } }),
        responseBody: JSON.stringify({ totalRecords: 1, count: 1, resultTruncated: 'false', data }),
      })
    expect(rows([{ id: 'x', any: { thing: 1 } }])).toEqual([])
    expect(rows({ columns: [] })).toEqual(['answer.data: is not a list'])
  })
})

test('a storage account has its property where it belongs', () => {
  const url = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/s?api-version=2024-01-01`
  const patch = (body: unknown) =>
    looseVerdict(
      exchange({
        method: 'PATCH',
        url,
        requestBody: JSON.stringify(body),
        responseBody: '{"properties":{}}',
      }),
    )
  expect(patch({ properties: { allowSharedKeyAccess: false } })).toEqual({
    operation: 'PATCH storageAccounts',
    problems: [],
  })
  expect(patch({ allowSharedKeyAccess: false })?.problems).toEqual(['request.properties: is not an object'])
  expect(patch({ properties: { allowSharedKeyAccess: 'no' } })?.problems).toHaveLength(1)
  expect(looseVerdict(exchange({}))).toBeUndefined()
})
