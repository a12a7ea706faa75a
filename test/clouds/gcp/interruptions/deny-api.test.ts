import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { GcpClient } from '../../../../src/clouds/gcp/client.ts'
import { DenyApi } from '../../../../src/clouds/gcp/deny/api.ts'
import { DenyEditor } from '../../../../src/clouds/gcp/deny/editor.ts'
import { Quota, secondsFor } from '../../../../src/clouds/gcp/deny/quota.ts'
import { REAL } from '../../../../src/model/timing.ts'

interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: { [member: string]: unknown }
}

type Answer = [status: number, body: object]

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

/** A server that answers from a script, and a client that talks to it. */
async function scripted(answers: Answer[], signal?: AbortSignal) {
  const asked: Asked[] = []
  const counted: string[] = []
  const opened = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers, body: body === '' ? {} : JSON.parse(body) })
    const [status, answer] = answers.shift() ?? [501, { error: { code: 501, status: 'UNIMPLEMENTED' } }]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  server = opened
  await new Promise<void>(resolve => opened.listen(0, '127.0.0.1', resolve))
  const { port } = opened.address() as AddressInfo
  const client = {
    project: 'town',
    projectNumber: '111122223333',
    ancestors: [],
    calls: {},
    timing: REAL,
    ...(signal ? { signal } : {}),
    count: (operation: string) => counted.push(operation),
    wrote: () => undefined,
    denyEndpoint: async () => ({
      authClient: { getRequestHeaders: async () => new Headers({ authorization: 'Bearer token' }) },
      apiEndpoint: '127.0.0.1',
      port,
      protocol: 'http',
      quotaProject: 'payer',
      callTimeout: 10_000,
    }),
  } as never as GcpClient
  return { api: new DenyApi(client), editor: DenyEditor.of(client), asked, counted }
}

const AT = 'projects/111122223333'
const failure = (code: number, status: string, message = 'no', details: object[] = []): Answer => [
  code,
  { error: { code, status, message, details } },
]
const running: Answer = [200, { name: 'policies/x%2Fy/denypolicies/i/operations/o', done: false }]
const ended: Answer = [200, { name: 'policies/x%2Fy/denypolicies/i/operations/o', done: true }]
const policy = (rules: object[], annotations: object = { 'interdict-run': 'r' }): Answer => [
  200,
  { name: 'policies/x%2Fy/denypolicies/i', kind: 'DenyPolicy', etag: 'one', annotations, rules },
]
const rule = (...deniedPrincipals: string[]) => ({
  denyRule: { deniedPrincipals, deniedPermissions: ['storage.googleapis.com/objects.get'] },
})
const RULES = [{ permissions: ['storage.googleapis.com/objects.get'] }]
const OWN = { at: AT, id: 'interdict-r', run: 'r' }

describe('on the wire', () => {
  it('an attachment point is encoded once, and the calls are counted against the quota project', async () => {
    const { api, asked, counted } = await scripted([policy([rule('principal://a')])])
    expect(await api.get(AT, 'interdict-r')).toEqual({
      etag: 'one',
      annotations: { 'interdict-run': 'r' },
      rules: [{ principals: ['principal://a'], permissions: ['storage.googleapis.com/objects.get'] }],
    })
    expect(asked[0]?.url).toMatch(
      /^\/v2\/policies\/cloudresourcemanager\.googleapis\.com%2Fprojects%2F111122223333\/denypolicies\/interdict-r\b/,
    )
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer token', 'x-goog-user-project': 'payer' })
    expect(counted).toEqual(['iam.policies.get'])
  })

  it('a read without an answer is tried again, and a write is not', async () => {
    const { api, asked } = await scripted([
      failure(503, 'UNAVAILABLE'),
      policy([]),
      failure(503, 'UNAVAILABLE'),
    ])
    await api.get(AT, 'interdict-r')
    expect(asked).toHaveLength(2)
    await expect(api.create({ at: AT, id: 'interdict-r' }, {}, [])).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(asked).toHaveLength(3)
  })

  it('what was throttled is tried again when the server says', async () => {
    const { api, asked } = await scripted([failure(429, 'RESOURCE_EXHAUSTED'), policy([])])
    await api.get(AT, 'interdict-r')
    expect(asked).toHaveLength(2)
  })

  it('an operation is looked at until it is done; its error is ours', async () => {
    const { api, asked, counted } = await scripted([
      running,
      running,
      [200, { name: 'o', done: true, error: { code: 3, message: 'not deniable' } }],
    ])
    await expect(
      api.create({ at: AT, id: 'interdict-r' }, {}, [{ ...RULES[0]!, principals: ['principal://a'] }]),
    ).rejects.toMatchObject({ code: 'rejected', message: expect.stringMatching(/not deniable/) })
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
    expect(counted).toEqual([
      'iam.policies.createPolicy',
      'iam.policies.operations.get',
      'iam.policies.operations.get',
    ])
  })

  it.each([
    [404, 'NOT_FOUND', undefined],
    [403, 'PERMISSION_DENIED', 'denied'],
    [401, 'UNAUTHENTICATED', 'not-authenticated'],
    [501, 'UNIMPLEMENTED', 'unsupported'],
  ])('%d %s', async (code, status, fault) => {
    const { api } = await scripted([failure(code, status)])
    if (fault === undefined) expect(await api.get(AT, 'i')).toBeUndefined()
    else await expect(api.get(AT, 'i')).rejects.toMatchObject({ code: fault })
  })

  it('a redirect is not followed with our token', async () => {
    const { api, asked } = await scripted([[302, {}]])
    await expect(api.get(AT, 'i')).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })
})

describe('a policy of ours', () => {
  it('that is there already, since the answer to its creation was lost, is taken for made', async () => {
    const { editor, asked } = await scripted([
      failure(404, 'NOT_FOUND'),
      failure(409, 'ALREADY_EXISTS'),
      policy([rule('principal://a')]),
    ])
    await editor.edit(OWN, 'principal://a', [], RULES)
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET'])
  })

  it('under a name that somebody else uses is not touched', async () => {
    const { editor, asked } = await scripted([
      failure(404, 'NOT_FOUND'),
      failure(409, 'ALREADY_EXISTS'),
      policy([rule('principal://b')], { owner: 'platform' }),
    ])
    await expect(editor.edit(OWN, 'principal://a', [], RULES)).rejects.toMatchObject({
      message: expect.stringMatching(/is not ours/),
    })
    expect(asked).toHaveLength(3)
  })

  it('that somebody changed between our reading and our writing is read again, and written with the new etag', async () => {
    const { editor, asked } = await scripted([
      policy([rule('principal://b')]),
      failure(409, 'ABORTED'),
      [
        200,
        {
          etag: 'two',
          annotations: { 'interdict-run': 'r' },
          rules: [rule('principal://b', 'principal://c')],
        },
      ],
      ended,
    ])
    await editor.edit(OWN, 'principal://a', [], RULES)
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'PUT'])
    expect(asked[3]?.body).toMatchObject({
      etag: 'two',
      rules: [{ denyRule: { deniedPrincipals: ['principal://a', 'principal://b', 'principal://c'] } }],
    })
  })

  it('is deleted with the last identity, with its etag', async () => {
    const { editor, asked } = await scripted([policy([rule('principal://a')]), ended])
    await editor.edit(OWN, 'principal://a', RULES, [])
    expect(asked[1]).toMatchObject({ method: 'DELETE', url: expect.stringMatching(/[?&]etag=one/) })
  })

  it('is read once for all who ask', async () => {
    const { editor, asked } = await scripted([policy([rule('principal://a')])])
    const found = await Promise.all([editor.read(OWN, 'principal://a'), editor.read(OWN, 'principal://b')])
    expect(found).toEqual([RULES, []])
    expect(asked).toHaveLength(1)
  })
})

const FULL: Answer = failure(429, 'RESOURCE_EXHAUSTED', "of consumer 'project_number:7788'.", [
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '41s' },
])
const hasty = { ...OWN, patient: false }

describe('without patience', () => {
  it('a policy is made with no reading before it, and a look that the quota refuses leaves it begun', async () => {
    const { editor, asked } = await scripted([running, FULL])
    await editor.edit(hasty, 'principal://a', [], RULES)
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('a write that the quota refuses fails at once, with whose quota it is and when to come back', async () => {
    const { editor, asked } = await scripted([FULL])
    await expect(editor.edit(hasty, 'principal://a', [], RULES)).rejects.toMatchObject({
      code: 'throttled',
      message: 'the deny quota of project 7788 (5 a minute) is used up by others',
      retryAfter: 42_000,
    })
    expect(asked).toHaveLength(1)
  })

  it('a reading that the quota refuses fails at once', async () => {
    const { editor, asked } = await scripted([FULL])
    await expect(editor.read(hasty, 'principal://a')).rejects.toMatchObject({ retryAfter: 42_000 })
    expect(asked).toHaveLength(1)
  })
})

describe('permissions that Google does not deny', () => {
  const BOTH = [
    { permissions: ['iam.googleapis.com/serviceAccountKeys.enable', ...(RULES[0]?.permissions ?? [])] },
  ]
  it.each([
    'Permission iam.googleapis.com/serviceAccountKeys.enable is not supported in deny policies.',
    'iam.serviceAccountKeys.enable cannot be denied',
    // Nothing is named: what is not known to be deniable goes.
    'One of the permissions is not deniable.',
  ])('are said to be what the same policy may do without: %s', async message => {
    const { editor } = await scripted([failure(400, 'INVALID_ARGUMENT', message)])
    await expect(editor.edit(hasty, 'principal://a', [], BOTH)).rejects.toMatchObject({
      code: 'rejected',
      without: ['iam.googleapis.com/serviceAccountKeys.enable'],
    })
  })

  it('are not looked for in a refusal of something else', async () => {
    const { editor } = await scripted([failure(400, 'INVALID_ARGUMENT', 'Invalid policy id.')])
    const refused = await editor.edit(hasty, 'principal://a', [], BOTH).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'rejected', without: undefined })
  })
})

describe('the quota', () => {
  it('says how long a call that comes now would wait', async () => {
    const quota = new Quota(REAL)
    for (let at = 0; at < 5; at++) {
      expect(quota.waits()).toBe(0)
      await quota.take()
    }
    expect(quota.waits()).toBeGreaterThan(50_000)
  })

  it('lets five through in a minute, and the sixth gives up when it is told to', async () => {
    const stop = new AbortController()
    const quota = new Quota(REAL)
    for (let at = 0; at < 5; at++) await quota.take(stop.signal)
    const sixth = quota.take(stop.signal)
    stop.abort()
    await expect(sixth).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('costs nothing for one policy, and hours for hundreds', () => {
    expect(secondsFor(1)).toBe(0)
    expect(secondsFor(2)).toBeGreaterThan(0)
    expect(secondsFor(500)).toBeGreaterThan(4 * 3600)
  })
})
