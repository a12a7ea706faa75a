import { afterEach, describe, expect, it } from 'vitest'
import { gcpClient } from '../../../src/clouds/gcp/client.ts'
import { googleStatus } from '../../../src/clouds/gcp/http/faults.ts'
import { hostsOf } from '../../../src/clouds/gcp/http/hosts.ts'
import type { GcpCall, Transport } from '../../../src/clouds/gcp/http/transport.ts'
import { REAL } from '../../../src/model/timing.ts'
import { type Asked, refusal, type Said, serve, transportTo } from './loopback.ts'

const GET: GcpCall = {
  operation: 'iam.projects.serviceAccounts.get',
  service: 'iam',
  method: 'GET',
  path: '/v1/projects/p/serviceAccounts/1',
}
const POST: GcpCall = { ...GET, operation: 'iam.projects.serviceAccounts.setIamPolicy', method: 'POST' }

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
})

async function against(answer: (asked: Asked, nth: number) => Said | undefined) {
  const server = await serve(answer)
  closing.push(server.close)
  return server
}

function call(transport: Transport, what: GcpCall) {
  return transport.call(what, 'acme', () => undefined)
}

describe('retries', () => {
  const once = (said: Said | undefined) => (_: Asked, nth: number) =>
    nth === 1 ? said : { body: { ok: true } }

  it.each<[string, GcpCall, Said | undefined]>([
    ['a read that was throttled', GET, refusal(429, 'RESOURCE_EXHAUSTED')],
    ['a read of a server that is not well', GET, refusal(503, 'UNAVAILABLE')],
    ['a read whose connection broke', GET, undefined],
    ['a write that was throttled', POST, refusal(429, 'RESOURCE_EXHAUSTED')],
    [
      'a write that has to wait as told',
      POST,
      refusal(429, 'RESOURCE_EXHAUSTED', 'slow down', [
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.01s' },
      ]),
    ],
    [
      'a storage read with its older word for throttling',
      GET,
      {
        status: 403,
        body: { error: { code: 403, message: 'slow', errors: [{ reason: 'rateLimitExceeded' }] } },
      },
    ],
    [
      'a policy that is read with POST',
      { ...POST, operation: 'iam.projects.serviceAccounts.getIamPolicy' },
      refusal(500, 'INTERNAL'),
    ],
  ])('%s is tried again', async (_, what, said) => {
    const server = await against(once(said))
    expect(await call(transportTo(server.endpoint), what)).toEqual({ ok: true })
    expect(server.asked).toHaveLength(2)
  })

  it.each<[string, GcpCall, Said | undefined, string]>([
    ['a write of unknown outcome', POST, refusal(503, 'UNAVAILABLE'), 'unavailable'],
    ['a write whose connection broke', POST, undefined, 'unavailable'],
    ['a refused token', GET, refusal(401, 'UNAUTHENTICATED'), 'not-authenticated'],
    ['a lacking permission', GET, refusal(403, 'PERMISSION_DENIED'), 'denied'],
    ['a thing that is gone', GET, refusal(404, 'NOT_FOUND'), 'gone'],
    ['an etag that is old', POST, refusal(409, 'ABORTED'), 'conflict'],
    ['a thing that is there', POST, refusal(409, 'ALREADY_EXISTS'), 'rejected'],
    [
      'a quota that asks for an hour',
      GET,
      { ...refusal(429, 'RESOURCE_EXHAUSTED'), headers: { 'retry-after': '3600' } },
      'throttled',
    ],
    [
      'a policy that is full',
      POST,
      refusal(
        400,
        'INVALID_ARGUMENT',
        'The number of members (1,501) is larger than the maximum allowed size 1,500',
      ),
      'quota',
    ],
    ['a page of HTML', GET, { body: '<html></html>' }, 'unsupported'],
  ])('%s is not tried again', async (_, what, said, code) => {
    const server = await against(() => said)
    await expect(call(transportTo(server.endpoint), what)).rejects.toMatchObject({ code })
    expect(server.asked).toHaveLength(1)
  })

  it('gives up on a read after six tries', async () => {
    const server = await against(() => ({ ...refusal(503, 'UNAVAILABLE'), headers: { 'retry-after': '0' } }))
    await expect(call(transportTo(server.endpoint), GET)).rejects.toMatchObject({ code: 'unavailable' })
    expect(server.asked).toHaveLength(6)
  })
})

describe('what a call carries', () => {
  it('says which run it belongs to, and whom it is counted against', async () => {
    const server = await against(() => ({}))
    const transport = transportTo(server.endpoint, { run: '7f3k', quotaProject: 'acme-quota' })
    await call(transport, { ...GET, query: { a: ['1', '2'], b: undefined } })
    const [asked] = server.asked
    expect(asked?.url).toBe('/v1/projects/p/serviceAccounts/1?a=1&a=2')
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer a-token',
      'x-goog-request-reason': 'interdict-7f3k',
      'x-goog-user-project': 'acme-quota',
    })
    expect(asked?.headers['user-agent']).toMatch(/^interdict\/\S+ run\/7f3k$/)
  })

  it('says which API is switched off, and how to switch it on', async () => {
    const info = {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'SERVICE_DISABLED',
      metadata: { service: 'apikeys.googleapis.com', consumer: 'projects/123' },
    }
    const server = await against(() => refusal(403, 'PERMISSION_DENIED', 'not used before', [info]))
    await expect(call(transportTo(server.endpoint), GET)).rejects.toMatchObject({
      code: 'denied',
      next: 'gcloud services enable apikeys.googleapis.com --project 123',
      where: 'iam.projects.serviceAccounts.get in acme',
    })
  })

  it('keeps the word of Google behind the fault', async () => {
    const server = await against(() => refusal(409, 'ALREADY_EXISTS'))
    const error = await call(transportTo(server.endpoint), POST).catch((each: unknown) => each)
    expect(googleStatus(error)).toBe('ALREADY_EXISTS')
  })
})

describe('a token goes to the configured hosts only', () => {
  it('does not follow a redirect', async () => {
    const elsewhere = await against(() => ({}))
    const server = await against(() => ({ status: 307, headers: { location: `${elsewhere.endpoint}/v1` } }))
    await expect(call(transportTo(server.endpoint), GET)).rejects.toMatchObject({ code: 'rejected' })
    expect(elsewhere.asked).toEqual([])
  })

  it('does not take a path for a host', async () => {
    const server = await against(() => ({}))
    for (const path of ['@127.0.0.2/v1', '.evil.example/v1', ':1/v1']) {
      await expect(call(transportTo(server.endpoint), { ...GET, path })).rejects.toMatchObject({
        name: expect.stringMatching(/Fault/),
      })
    }
    expect(server.asked).toEqual([])
  })

  it('knows where each service is', () => {
    expect(hostsOf().origin('cloudresourcemanager')).toBe('https://cloudresourcemanager.googleapis.com')
    expect(hostsOf('s3nsapis.fr').origin('iam')).toBe('https://iam.s3nsapis.fr')
    expect(hostsOf(undefined, 'http://127.0.0.1:8080').origin('iam')).toBe('http://127.0.0.1:8080')
  })

  it.each(['http://example.com', 'https://user@host', 'https://host/path', 'file:///etc', 'nonsense'])(
    'refuses %s as an endpoint',
    endpoint => {
      expect(() => hostsOf(undefined, endpoint)).toThrow(/not an endpoint/)
    },
  )

  it('refuses a universe that is no domain', () => {
    expect(() => hostsOf('evil.example/x')).toThrow(/not a universe domain/)
  })
})

describe('answers', () => {
  it('stops at one that is too large', async () => {
    const large = `"${'x'.repeat(33 * 1024 * 1024)}"`
    const server = await against(() => ({ body: large }))
    await expect(call(transportTo(server.endpoint), GET)).rejects.toMatchObject({ code: 'rejected' })
  })

  it('stops when the signal says so', async () => {
    const abort = new AbortController()
    const server = await against(() => {
      abort.abort()
      return refusal(503, 'UNAVAILABLE')
    })
    const transport = transportTo(server.endpoint, { signal: abort.signal })
    await expect(call(transport, GET)).rejects.toMatchObject({ code: 'interrupted' })
    expect(server.asked).toHaveLength(1)
  })
})

describe('pages and operations', () => {
  const clientTo = (endpoint: string) =>
    gcpClient({
      timing: REAL,
      project: 'acme',
      projectNumber: '1',
      ancestors: [],
      transport: transportTo(endpoint),
      authClient: {} as never,
    })
  const list: GcpCall = {
    ...GET,
    operation: 'iam.projects.serviceAccounts.list',
    path: '/v1/projects/p/serviceAccounts',
  }
  const all = async (items: AsyncIterable<unknown>) => {
    const found = []
    for await (const each of items) found.push(each)
    return found
  }

  it('follows pages, an empty one too, and counts them', async () => {
    const answers = [
      { accounts: [1, 2], nextPageToken: 'b' },
      { nextPageToken: 'c' },
      { accounts: [3], unreachable: ['x'] },
    ]
    const server = await against((_, nth) => ({ body: answers[nth - 1] }))
    const client = clientTo(server.endpoint)
    expect(await all(client.pages(list))).toEqual([1, 2, 3])
    expect(server.asked.map(({ url }) => url.split('?')[1])).toEqual([
      undefined,
      'pageToken=b',
      'pageToken=c',
    ])
    expect(client.tally.operations).toEqual({ [list.operation]: 3 })
  })

  it('does not read the same page for ever', async () => {
    const server = await against(() => ({ body: { accounts: [1], nextPageToken: 'again' } }))
    await expect(all(clientTo(server.endpoint).pages(list))).rejects.toThrow('the pages do not end')
    expect(server.asked).toHaveLength(2)
  })

  it('looks at an operation until it is done', async () => {
    const name = 'projects/1/locations/global/workloadIdentityPools/ci/operations/op1'
    const server = await against((_, nth) => ({
      body: nth < 2 ? { name } : { name, done: true, response: { a: 1 } },
    }))
    const client = clientTo(server.endpoint)
    expect(await client.wait({ name }, 'iam', 'v1')).toEqual({ a: 1 })
    expect(server.asked.map(({ url }) => url)).toEqual([`/v1/${name}`, `/v1/${name}`])
    expect(client.tally.operations).toEqual({
      'iam.projects.locations.workloadIdentityPools.operations.get': 2,
    })
  })

  it('throws what an operation failed with', async () => {
    const server = await against(() => ({}))
    const failed = { name: 'operations/x', done: true, error: { code: 9, message: 'no' } }
    await expect(clientTo(server.endpoint).wait(failed, 'apikeys', 'v2')).rejects.toMatchObject({
      code: 'rejected',
      where: 'apikeys.operations.get in acme',
    })
    expect(server.asked).toEqual([])
  })
})
