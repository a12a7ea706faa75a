import { describe, expect, test } from 'vitest'
import { type DiscoveryDocument, discoveryJudge } from './discovery.ts'
import type { WireExchange } from './exchange.ts'

const VAULTS: DiscoveryDocument = {
  name: 'vaults',
  version: 'v1',
  servicePath: '',
  parameters: { alt: { location: 'query', type: 'string', enum: ['json', 'media'] } },
  schemas: {
    Vault: {
      type: 'object',
      properties: {
        name: { type: 'string', readOnly: true },
        etag: { type: 'string', format: 'byte' },
        size: { type: 'string', format: 'int64' },
        doors: { type: 'integer', format: 'int32' },
        open: { type: 'boolean' },
        opened: { type: 'string', format: 'google-datetime' },
        state: { type: 'string', enum: ['SHUT', 'OPEN'] },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        locks: { type: 'array', items: { $ref: 'Lock' } },
      },
    },
    Lock: { type: 'object', properties: { maker: { type: 'string' } } },
    Empty: { type: 'object', properties: {} },
  },
  resources: {
    vaults: {
      methods: {
        get: {
          id: 'vaults.vaults.get',
          httpMethod: 'GET',
          path: 'v1/{+name}',
          flatPath: 'v1/projects/{projectsId}/vaults/{vaultsId}',
          parameters: {
            name: { location: 'path', required: true, pattern: '^projects/[^/]+/vaults/[^/]+$' },
            view: { location: 'query', type: 'string', enum: ['FULL', 'BASIC'] },
            deep: { location: 'query', type: 'boolean' },
            parts: { location: 'query', type: 'string', repeated: true },
          },
          response: { $ref: 'Vault' },
        },
        patch: {
          id: 'vaults.vaults.patch',
          httpMethod: 'PATCH',
          path: 'v1/{+name}',
          flatPath: 'v1/projects/{projectsId}/vaults/{vaultsId}',
          parameters: { updateMask: { location: 'query', required: true, format: 'google-fieldmask' } },
          request: { $ref: 'Vault' },
          response: { $ref: 'Vault' },
        },
        open: {
          id: 'vaults.vaults.open',
          httpMethod: 'POST',
          path: 'v1/{+name}:open',
          flatPath: 'v1/projects/{projectsId}/vaults/{vaultsId}:open',
          request: { $ref: 'Empty' },
          response: { $ref: 'Empty' },
        },
      },
    },
  },
}

const { judge } = discoveryJudge([VAULTS])

const exchange = (changes: Partial<WireExchange>): WireExchange => ({
  method: 'GET',
  url: '/v1/projects/p/vaults/v',
  requestHeaders: { 'content-type': 'application/json' },
  requestBody: '',
  status: 200,
  responseHeaders: {},
  responseBody: '{}',
  ...changes,
})

const answer = (body: unknown) => judge(exchange({ responseBody: JSON.stringify(body) })).problems
const patch = (body: unknown) =>
  judge(
    exchange({
      method: 'PATCH',
      url: '/v1/projects/p/vaults/v?updateMask=open',
      requestBody: JSON.stringify(body),
    }),
  ).problems

describe('which operation it is', () => {
  test('by method and path, ids encoded or not', () => {
    expect(judge(exchange({ url: '/v1/projects/p/vaults/a%2Fb' })).operation).toBe('vaults.vaults.get')
    expect(judge(exchange({ url: '/v1/projects/p/vaults/a@b.example?view=FULL' })).operation).toBe(
      'vaults.vaults.get',
    )
  })

  test('a custom verb is not part of the id', () => {
    expect(judge(exchange({ method: 'POST', url: '/v1/projects/p/vaults/v:open' })).operation).toBe(
      'vaults.vaults.open',
    )
    expect(judge(exchange({ method: 'POST', url: '/v1/projects/p/vaults/v:shut' })).operation).toBeUndefined()
  })

  test('a request that no document has is a problem', () => {
    expect(judge(exchange({ url: '/v1/projects/p/vaults' }))).toEqual({
      operation: undefined,
      problems: ['GET /v1/projects/p/vaults: no document has this request'],
    })
    expect(judge(exchange({ method: 'DELETE' })).problems).toHaveLength(1)
  })
})

describe('the query', () => {
  const problems = (query: string) => judge(exchange({ url: `/v1/projects/p/vaults/v?${query}` })).problems

  test('parameters of the method and of the document', () => {
    expect(problems('view=FULL&deep=true&parts=a&parts=b&alt=json')).toEqual([])
  })

  test.each([
    ['vieww=FULL', 'query.vieww: unknown parameter'],
    ['name=x', 'query.name: unknown parameter'],
    ['view=HALF', 'query.view: "HALF" is not one of FULL, BASIC'],
    ['deep=yes', 'query.deep: yes is not a boolean'],
    ['view=FULL&view=BASIC', 'query.view: given 2 times'],
  ])('%s', (query, problem) => expect(problems(query)).toEqual([problem]))

  test('a missing required member is a problem', () => {
    expect(judge(exchange({ method: 'PATCH', requestBody: '{}' })).problems).toEqual([
      'query.updateMask: required, and missing',
    ])
  })
})

describe('bodies', () => {
  test('right ones', () => {
    expect(
      answer({
        name: 'projects/p/vaults/v',
        etag: 'BwXhqDw=',
        size: '12',
        doors: 3,
        open: true,
        opened: '2026-01-02T03:04:05.678Z',
        state: 'OPEN',
        labels: { any: 'thing' },
        locks: [{ maker: 'x' }, {}],
      }),
    ).toEqual([])
    expect(patch({ open: false })).toEqual([])
  })

  test.each([
    [{ colour: 'red' }, 'answer.colour: unknown member'],
    [{ toString: 'x' }, 'answer.toString: unknown member'],
    [{ locks: [{ marker: 'x' }] }, 'answer.locks[].marker: unknown member'],
    [{ size: 12 }, 'answer.size: 12 is not a string'],
    [{ size: 'twelve' }, 'answer.size: "twelve" is not int64'],
    [{ doors: '3' }, 'answer.doors: "3" is not an integer'],
    [{ doors: 2 ** 31 }, 'answer.doors: 2147483648 is not an integer'],
    [{ open: 'true' }, 'answer.open: "true" is not a boolean'],
    [{ opened: '2026-01-02' }, 'answer.opened: "2026-01-02" is not google-datetime'],
    [{ opened: '2026-13-02T03:04:05Z' }, 'answer.opened: "2026-13-02T03:04:05Z" is not google-datetime'],
    [{ etag: '?' }, 'answer.etag: "?" is not byte'],
    [{ state: 'AJAR' }, 'answer.state: "AJAR" is not one of SHUT, OPEN'],
    [{ labels: { any: 1 } }, 'answer.labels.any: 1 is not a string'],
    [{ locks: {} }, 'answer.locks: is not a list'],
    [{ name: null }, 'answer.name: is null'],
    [[], 'answer: is not an object'],
  ])('%j', (body, problem) => expect(answer(body)).toEqual([problem]))

  test('of requests', () => {
    expect(patch({ name: 'x' })).toEqual(['request.name: only the server sets this'])
    expect(judge(exchange({ requestBody: '{"a":1}' })).problems).toEqual([
      'request: has a body, and none is expected',
    ])
    const form = exchange({
      method: 'POST',
      url: '/v1/projects/p/vaults/v:open',
      requestBody: 'a=b',
      requestHeaders: {},
    })
    expect(judge(form).problems).toEqual(['request: content type "" is not JSON', 'request: is not JSON'])
  })
})

describe('errors', () => {
  const error = (status: number, body: unknown) =>
    judge(exchange({ status, responseBody: JSON.stringify(body) })).problems
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'X' }]

  test('google.rpc.Status', () => {
    expect(error(404, { error: { code: 404, message: 'none', status: 'NOT_FOUND', details } })).toEqual([])
  })

  test.each([
    [404, { code: 404, message: 'none' }, 'error.status: missing'],
    [404, { code: 404, status: 'NOT_FOUND' }, 'error.message: missing'],
    [404, { code: 403, message: '', status: 'NOT_FOUND' }, 'error.code: 403 came with HTTP status 404'],
    [
      409,
      { code: 409, message: '', status: 'NOT_FOUND' },
      'error.status: NOT_FOUND comes with HTTP status 404, not 409',
    ],
    [
      429,
      { code: 429, message: '', status: 'RESOURCE_EXHAUSTED', details: [{}] },
      'error.details: has no @type',
    ],
    [429, { code: 429, message: '', status: 'RESOURCE_EXHAUSTED', retry: 1 }, 'error.retry: unknown member'],
  ])('%i %j', (status, body, problem) => expect(error(status, { error: body })).toEqual([problem]))
})

test('tokens may be asked for with a form', () => {
  const sts = discoveryJudge([
    {
      name: 'sts',
      version: 'v1',
      servicePath: '',
      schemas: { Ask: { type: 'object', properties: { subjectToken: { type: 'string' } } } },
      resources: {
        v1: {
          methods: {
            token: { id: 'sts.token', httpMethod: 'POST', path: 'v1/token', request: { $ref: 'Ask' } },
          },
        },
      },
    },
  ])
  const ask = (requestBody: string) =>
    sts.judge(
      exchange({
        method: 'POST',
        url: '/v1/token',
        requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' },
        requestBody,
        responseBody: '',
      }),
    )
  expect(ask('subject_token=x')).toEqual({ operation: 'sts.token', problems: [] })
  expect(ask('subject_tokem=x').problems).toEqual(['request.subjectTokem: unknown member'])
})
