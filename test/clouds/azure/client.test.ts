import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AzureCall } from '../../../src/clouds/azure/client.ts'
import { parentOf } from '../../../src/clouds/azure/http/lane.ts'
import { Fault } from '../../../src/model/fault.ts'
import { bearer, ScriptedAzure, ScriptedHost } from './scripted-azure.ts'

let azure: ScriptedAzure

beforeEach(async () => {
  azure = await new ScriptedAzure().start()
})

afterEach(async () => {
  await azure.stop()
})

const read: AzureCall = {
  service: 'graph',
  method: 'GET',
  path: '/v1.0/applications',
  operation: 'GET /v1.0/applications',
}
const one: AzureCall = { ...read, path: '/v1.0/applications/a', operation: 'GET /v1.0/applications/{id}' }
const arm: AzureCall = {
  service: 'arm',
  method: 'GET',
  path: '/subscriptions',
  query: { 'api-version': '2022-12-01' },
  operation: 'Microsoft.Resources/subscriptions/read',
}
const patch: AzureCall = { ...one, method: 'PATCH', body: { isDisabled: true } }

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Fault)
  return error as Fault
}

describe('tokens', () => {
  test('each service gets a token of its own audience, asked for once', async () => {
    const client = await azure.client()
    azure.arm.script = () => ({ body: { value: [] } })
    await Promise.all([client.call(one), client.call(one), client.call(arm), client.call(arm)])
    expect(azure.graph.received.map(bearer).map(({ aud }) => aud)).toEqual(
      Array(2).fill('https://graph.microsoft.com'),
    )
    expect(azure.arm.received.map(bearer).map(({ aud }) => aud)).toEqual(
      Array(2).fill('https://management.azure.com'),
    )
    expect(azure.login.received).toHaveLength(2)
  })

  test.each([
    ['a path of the other service', { ...arm, path: '/v1.0/applications' }],
    ['a path of the other service', { ...read, path: '/subscriptions' }],
    ['another host', { ...read, path: '@evil.example/v1.0/x' }],
    ['another host', { ...read, path: '.evil.example/v1.0/x' }],
    ['another host', { ...arm, path: '//evil.example/subscriptions' }],
    ['dots', { ...read, path: '/v1.0/../subscriptions' }],
    ['dots', { ...read, path: '/v1.0/%2E%2e/subscriptions' }],
  ] as [string, AzureCall][])('never leaves for %s', async (_, call) => {
    const client = await azure.client()
    expect((await faultOf(client.call(call))).code).toBe('bug')
    expect([...azure.graph.received, ...azure.arm.received, ...azure.login.received]).toEqual([])
  })

  test('says who we are', async () => {
    const client = await azure.client()
    expect(await client.claims()).toEqual({
      oid: 'me',
      appid: 'my-app',
      tid: '11111111-1111-4111-8111-111111111111',
      roles: ['Application.Read.All'],
      scopes: [],
      directoryRoles: [],
    })
  })

  test('a claims challenge is answered with one new token that has the claims', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
    azure.graph.script = (_, nth) =>
      nth === 1 ? { status: 401, headers: { 'www-authenticate': challenge } } : { body: { id: 'a' } }
    const client = await azure.client()
    expect(await client.call(one)).toEqual({ id: 'a' })
    expect(azure.login.received.map(({ text }) => new URLSearchParams(text).get('claims'))).toEqual([
      null,
      claims,
    ])
    expect(azure.graph.received.map(bearer).map(({ nth }) => nth)).toEqual([1, 2])
  })

  test('what stays refused is not asked for ever', async () => {
    azure.graph.script = () => ({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationToken', message: 'Lifetime validation failed.' } },
    })
    const client = await azure.client()
    expect((await faultOf(client.call(one))).code).toBe('not-authenticated')
    expect(azure.graph.received).toHaveLength(2)
  })

  test('a token endpoint that is busy is asked again', async () => {
    const { script } = azure.login
    azure.login.script = (received, nth) =>
      nth === 1 ? { broken: true } : nth === 2 ? { status: 503 } : script(received, nth)
    azure.graph.script = () => ({ body: {} })
    await (await azure.client()).call(one)
    expect(azure.login.received).toHaveLength(3)
  })

  test('calls that are refused at once share the new token', async () => {
    azure.graph.script = received => (bearer(received).nth === 1 ? { status: 401 } : { body: {} })
    const client = await azure.client()
    await Promise.all([client.call(one), client.call(one), client.call(one), client.call(one)])
    expect(azure.login.received).toHaveLength(2)
  })

  test('a refused sign-in is a fault without the secret', async () => {
    azure.login.script = () => ({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: 'AADSTS7000112: Application is disabled.\r\nTrace ID: 1',
        error_codes: [7000112],
      },
    })
    const fault = await faultOf((await azure.client()).call(one))
    expect(fault.code).toBe('not-authenticated')
    expect(fault.message).toContain('AADSTS7000112')
    expect(JSON.stringify([fault.record(), String(fault.cause)])).not.toContain('s3cr3t-t3xt')
  })
})

describe('pages', () => {
  const items = async (listed: AsyncIterable<unknown>) => {
    const found: unknown[] = []
    for await (const each of listed) found.push(each)
    return found
  }

  test('the link is followed as it is', async () => {
    azure.graph.script = ({ url }) =>
      url.includes('skiptoken')
        ? { body: { value: [3] } }
        : {
            body: {
              value: [1, 2],
              '@odata.nextLink': `${azure.graph.origin}/v1.0/applications?$skiptoken=a%2Bb&x=%27y%27`,
            },
          }
    const client = await azure.client()
    expect(await items(client.pages({ ...read, query: { $top: '2' } }))).toEqual([1, 2, 3])
    expect(azure.graph.received.map(({ url }) => url)).toEqual([
      '/v1.0/applications?$top=2',
      '/v1.0/applications?$skiptoken=a%2Bb&x=%27y%27',
    ])
    expect(client.tally.operations).toEqual({ 'GET /v1.0/applications': 2 })
    expect(client.requests()).toBe(2)
  })

  test('a link to another host gets neither a request nor the token', async () => {
    const evil = await new ScriptedHost(() => ({ body: { value: ['evil'] } })).start()
    const own = new URL(azure.graph.origin)
    const links = [
      `${evil.origin}/v1.0/applications?$skiptoken=1`,
      `${azure.arm.origin}/v1.0/applications`,
      `https://${own.host}/v1.0/applications`,
      `http://user:password@${own.host}/v1.0/applications?$skiptoken=1`,
      `http://${own.host}.evil.example/v1.0/applications`,
      `//evil.example/v1.0/applications`,
      `${azure.graph.origin}/subscriptions`,
      `file:///etc/passwd`,
      'no link',
      42,
    ]
    try {
      const client = await azure.client()
      for (const link of links) {
        azure.graph.received = []
        azure.graph.script = () => ({ body: { value: [1], '@odata.nextLink': link } })
        const fault = await faultOf(items(client.pages(read)))
        expect(fault.code, String(link)).toBe('rejected')
        expect(fault.message).toContain('not followed')
        expect(azure.graph.received, String(link)).toHaveLength(1)
      }
      expect([...evil.received, ...azure.arm.received]).toEqual([])
    } finally {
      await evil.stop()
    }
  })

  test('a circle is noticed', async () => {
    azure.graph.script = () => ({
      body: { value: [1], '@odata.nextLink': `${azure.graph.origin}/v1.0/applications?$skiptoken=1` },
    })
    const client = await azure.client()
    expect((await faultOf(items(client.pages(read)))).message).toContain('circle')
    expect(azure.graph.received).toHaveLength(2)
  })

  test('a redirect is not followed', async () => {
    azure.graph.script = () => ({ status: 302, headers: { location: `${azure.arm.origin}/v1.0/x` } })
    const client = await azure.client()
    expect((await faultOf(client.call(one))).message).toContain('redirect')
    expect(azure.arm.received).toEqual([])
  })

  test('what is not a page is said', async () => {
    azure.graph.script = () => ({ body: { items: [] } })
    expect((await faultOf(items((await azure.client()).pages(read)))).code).toBe('rejected')
  })
})

describe('tries', () => {
  const graphError = (code: string) => ({ error: { code, message: 'no' } })

  test.each([
    ['throttled with a time', { status: 429, headers: { 'retry-after': '0' } }, one, 6],
    ['throttled without', { status: 429 }, one, 6],
    ['throttled, and a write', { status: 429 }, patch, 6],
    ['a lost race', { status: 409, body: graphError('Directory_ConcurrencyViolation') }, patch, 6],
    ['a read that failed', { status: 503 }, one, 6],
    ['a read without an answer', { broken: true }, one, 6],
    ['a PUT of unknown outcome', { status: 504 }, { ...patch, method: 'PUT' }, 6],
    ['a PATCH of unknown outcome', { status: 503 }, patch, 1],
    ['a POST of unknown outcome', { broken: true }, { ...patch, method: 'POST' }, 1],
    ['a POST that may be done twice', { status: 503 }, { ...patch, method: 'POST', repeatable: true }, 6],
    ['a precondition of the service’s own', { status: 412 }, patch, 6],
    ['a precondition of ours', { status: 412 }, { ...patch, headers: { 'If-Match': '1' } }, 1],
    ['another conflict', { status: 409, body: graphError('RoleAssignmentExists') }, patch, 1],
    ['a quota', { status: 403, body: graphError('Directory_QuotaExceeded') }, patch, 1],
    ['a denial', { status: 403, body: graphError('Authorization_RequestDenied') }, patch, 1],
    ['what is not there', { status: 501 }, one, 1],
    ['too long a wait', { status: 429, headers: { 'retry-after': '3600' } }, one, 1],
  ] as const)('%s', async (_, answer, call, tries) => {
    azure.graph.script = () => answer
    const client = await azure.client()
    await faultOf(client.call(call as AzureCall))
    expect(azure.graph.received).toHaveLength(tries)
    expect(client.tally.operations[call.operation]).toBe(1)
    expect(client.requests()).toBe(tries)
  })

  test('a deletion that was done and not answered is done', async () => {
    azure.graph.script = (_, nth) =>
      nth === 1 ? { status: 503 } : { status: 404, body: graphError('Request_ResourceNotFound') }
    const client = await azure.client()
    expect(await client.call({ ...one, method: 'DELETE' })).toBeUndefined()
    expect((await faultOf(client.call({ ...one, method: 'DELETE' }))).code).toBe('gone')
  })

  test('every try has its own id and the run', async () => {
    azure.graph.script = (_, nth) =>
      nth < 3 ? { status: 429, headers: { 'retry-after': '0' } } : { body: {} }
    await (await azure.client({ run: '7f3k' })).call(one)
    const ids = azure.graph.received.map(({ headers }) => headers['client-request-id'])
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(azure.graph.received[0]?.headers['user-agent']).toMatch(/^interdict\/\d.* run\/7f3k$/)
  })

  test('interrupted while it waits', async () => {
    const stop = new AbortController()
    azure.graph.script = () => {
      queueMicrotask(() => stop.abort())
      return { status: 429, headers: { 'retry-after': '50' } }
    }
    const client = await azure.client({ signal: stop.signal })
    expect((await faultOf(client.call(one))).code).toBe('interrupted')
  })
})

describe('writes take turns', () => {
  test('under one object, not under several', async () => {
    const client = await azure.client()
    const seen: string[] = []
    const held = Promise.withResolvers<void>()
    azure.graph.script = async ({ url }) => {
      seen.push(url)
      if (url.endsWith('/a/x/1')) await held.promise
      return { status: 204 }
    }
    const write = (path: string) => client.call({ ...patch, path: `/v1.0/applications/${path}` })
    const first = [write('a/x/1'), write('a/x/2')]
    await Promise.all([write('b/x/1'), write('c/x/1')])
    expect(seen).toEqual(['/v1.0/applications/a/x/1', '/v1.0/applications/b/x/1', '/v1.0/applications/c/x/1'])
    held.resolve()
    await Promise.all(first)
    expect(seen.at(-1)).toBe('/v1.0/applications/a/x/2')
  })

  test.each([
    ['/v1.0/applications/A/federatedIdentityCredentials/1', '/applications/a'],
    ['/beta/applications/a', '/applications/a'],
    ['/v1.0/groups/g/members/m/$ref', '/groups/g'],
    ['/subscriptions/S/providers/Microsoft.Authorization/roleAssignments/r', '/subscriptions/s'],
    [
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i/federatedIdentityCredentials/f',
      '/subscriptions/s/resourcegroups/g/providers/microsoft.managedidentity/userassignedidentities/i',
    ],
    [
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a',
      '/subscriptions/s/resourcegroups/g/providers/microsoft.storage/storageaccounts/a',
    ],
  ])('%s is part of %s', (path, parent) => {
    expect(parentOf(path)).toBe(parent)
  })
})

describe('places', () => {
  test('of Graph that are all taken hold up no call of Azure Resource Manager', async () => {
    const client = await azure.client()
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    azure.graph.script = async () => {
      await held
      return { body: { value: [] } }
    }
    azure.arm.script = () => ({ body: { value: [] } })
    const waiting = Array.from({ length: 8 }, () => client.call(one))
    expect(await client.call(arm)).toEqual({ value: [] })
    release()
    expect(await Promise.all(waiting)).toHaveLength(8)
  })
})
