import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Budget } from '../../../src/gate/budget.ts'
import { withEngine } from '../../../src/gate/engine/engine.ts'
import { opaEngine } from '../../../src/gate/engine/opa.ts'
import { callOf } from '../judging.ts'
import { type Asked, json, OpaServer } from './opa-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-opa-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const servers: OpaServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()))
})

async function serving(say: (asked: Asked, response: ServerResponse) => void, where?: string) {
  const server = new OpaServer(say)
  servers.push(server)
  return { server, base: await server.listen(where) }
}

const PATH = '/v1/data/gate/decision'
const question = (args = {}) => ({
  call: callOf('payments/refund', args, { server: 'payments', cwd: '/w', agentType: '', agent: 'refunds' }),
  identities: ['aws:111122223333:role/refunds'],
  time: new Date('2026-11-30T10:00:00Z'),
})
const ask = (url: string, seconds = 60, more = {}) =>
  opaEngine({ url, ...more }).decide(question({ amount: 7 }), new Budget(seconds))

test.each([
  [true, { effect: 'allow', reason: '' }],
  [false, { effect: 'deny', reason: '' }],
  [{ effect: 'allow' }, { effect: 'allow', reason: '' }],
  [
    { effect: 'ask', reason: 'large' },
    { effect: 'ask', reason: 'large' },
  ],
  [
    { effect: 'deny', reason: 'night' },
    { effect: 'deny', reason: 'night' },
  ],
  [{ allow: true }, { effect: 'allow', reason: '' }],
  [
    { allow: false, reason: 'no' },
    { effect: 'deny', reason: 'no' },
  ],
])('OPA answers %j', async (result, expected) => {
  const { server, base } = await serving(json({ result, decision_id: 'd' }))
  expect(await ask(base + PATH)).toEqual({ ...expected, rule: `opa ${PATH}` })
  expect(server.asked).toHaveLength(1)
})

test('OPA is asked with the documented input', async () => {
  const { server, base } = await serving(json({ result: true }))
  writeFileSync(join(folder, 'token'), 'secret-token\n')
  await ask(base + PATH, 60, { token: join(folder, 'token') })
  const [asked] = server.asked
  expect(asked).toMatchObject({ method: 'POST', url: PATH })
  expect(asked?.headers).toMatchObject({
    'content-type': 'application/json',
    authorization: 'Bearer secret-token',
  })
  expect(asked?.body).toEqual({
    input: {
      harness: 'claude',
      agent: 'refunds',
      identities: ['aws:111122223333:role/refunds'],
      session: 's',
      tool: 'payments/refund',
      server: 'payments',
      cwd: '/w',
      agentType: '',
      args: { amount: 7 },
      time: '2026-11-30T10:00:00.000Z',
    },
  })
})

test('OPA is asked through a socket', async () => {
  const { base } = await serving(json({ result: { effect: 'ask', reason: 'x' } }), join(folder, 'opa.sock'))
  expect(await ask(base + PATH)).toMatchObject({ effect: 'ask', reason: 'x' })
})

const NO_ANSWER = 'did not answer with allow, ask or deny'
test.each<[string, (asked: Asked, response: ServerResponse) => void, string]>([
  ['undefined', json({}), 'its result is undefined'],
  ['undefined, with an id', json({ decision_id: 'd' }), 'its result is undefined'],
  ['null', json({ result: null }), NO_ANSWER],
  ['a text', json({ result: 'allow' }), NO_ANSWER],
  ['a number', json({ result: 1 }), NO_ANSWER],
  ['a list', json({ result: [true] }), NO_ANSWER],
  ['an empty object', json({ result: {} }), NO_ANSWER],
  ['another effect', json({ result: { effect: 'permit' } }), NO_ANSWER],
  ['allow as text', json({ result: { allow: 'true' } }), NO_ANSWER],
  ['both words', json({ result: { allow: true, effect: 'deny' } }), NO_ANSWER],
  ['obligations that nobody meets', json({ result: { effect: 'allow', obligations: ['log'] } }), NO_ANSWER],
  ['a reason that is none', json({ result: { effect: 'allow', reason: 1 } }), NO_ANSWER],
  ['a result that stands twice', json('{"result":false,"result":true}'), 'is not JSON'],
  ['no JSON', json('allow'), 'is not JSON'],
  ['nothing', json(''), 'is not JSON'],
  ['a list around it', json([{ result: true }]), 'its result is undefined'],
  ['201', json({ result: true }, 201), 'it answered with 201'],
  ['204', json('', 204), 'it answered with 204'],
  ['400', json({ result: true }, 400), 'it answered with 400'],
  ['401', json({ code: 'unauthorized' }, 401), 'it answered with 401'],
  ['500', json({ result: true }, 500), 'it answered with 500'],
  ['too much', json(`{"result":true,"x":"${'x'.repeat(1_100_000)}"}`), 'its answer is too large'],
  ['a connection that breaks', (_, response) => void response.destroy(), 'cannot be asked: ECONNRESET'],
  [
    'half an answer',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"result":true', () => response.destroy())
    },
    'its answer ended too early',
  ],
])('OPA is not believed: %s', async (_, say, reason) => {
  const { base } = await serving(say)
  await expect(ask(base + PATH)).rejects.toThrow(reason)
})

test('a redirect is not followed', async () => {
  const other = await serving(json({ result: true }))
  const { base } = await serving((_, response) => {
    response.writeHead(307, { location: other.base + PATH })
    response.end()
  })
  await expect(ask(base + PATH)).rejects.toThrow('it answered with 307')
  expect(other.server.asked).toEqual([])
})

test('no answer within the budget is a refusal: nothing said, and a server that drips', async () => {
  const silent = await serving(() => undefined)
  await expect(ask(silent.base + PATH, 0.2)).rejects.toThrow('no decision within 0.2 s')
  const drip = await serving((_, response) => {
    response.writeHead(200)
    const more = () => {
      if (response.writable) response.write(' ', () => setImmediate(more))
    }
    more()
  })
  await expect(ask(drip.base + PATH, 0.3)).rejects.toThrow(/no decision within 0.3 s|too large/)
})

test('a server that is not there is a refusal', async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  await expect(ask(`http://127.0.0.1:${port}${PATH}`)).rejects.toThrow('cannot be asked: ECONNREFUSED')
  await expect(ask(`unix:${folder}/none.sock:${PATH}`)).rejects.toThrow('cannot be asked: ENOENT')
  await expect(ask(`http://127.0.0.1:${port}${PATH}`, 60, { token: `${folder}/none` })).rejects.toThrow(
    'which is missing',
  )
})

test.each([
  ['http://opa.example/v1/data/x', 'on this machine only'],
  ['http://0.0.0.0/v1/data/x', 'on this machine only'],
  ['http://127.0.0.1.example/v1/data/x', 'on this machine only'],
  ['http://127.0.0.1@opa.example/v1/data/x', 'without a user'],
  ['https://u:p@opa.example/v1/data/x', 'without a user'],
  ['https://opa.example/v1/data/x?metrics', 'a query'],
  ['https://opa.example/v1/policies/x', 'has to be /v1/data/'],
  ['https://opa.example/v1/data', 'has to be /v1/data/'],
  ['unix:/run/opa.sock:/v1/query', 'has to be /v1/data/'],
  ['unix:opa.sock:/v1/data/x', 'https or unix:SOCKET'],
  ['file:///v1/data/x', 'https or unix:SOCKET'],
  ['opa', 'https or unix:SOCKET'],
])('OPA is not asked at %s', (url, reason) => {
  expect(() => opaEngine({ url })).toThrow(reason)
})

const allowed = { effect: 'allow', because: 'policy', rule: 'own', reason: 'r' } as const
const asks = { effect: 'ask', because: 'policy', rule: 'own', reason: 'a person' } as const
const denied = { effect: 'deny', because: 'policy', rule: 'own', reason: 'no' } as const
const unmatched = { effect: 'deny', because: 'policy', reason: 'no rule allows it' } as const
const failed = { effect: 'deny', because: 'error', reason: 'broken' } as const

test.each([
  ['allow', allowed, 'allow'],
  ['allow', asks, 'ask'],
  ['allow', denied, 'deny'],
  ['allow', unmatched, 'allow'],
  ['allow', failed, 'deny'],
  ['ask', allowed, 'ask'],
  ['ask', unmatched, 'ask'],
  ['deny', allowed, 'deny'],
  ['deny', asks, 'deny'],
  ['deny', unmatched, 'deny'],
] as const)('the engine says %s, our rules %j: %s', async (said, own, expected) => {
  const engine = { decide: async () => ({ effect: said, reason: 'why\n\u202ereally', rule: 'opa x' }) }
  const decision = await withEngine(engine, question(), own, new Budget(60))
  expect(decision.effect).toBe(expected)
  expect(decision.reason).not.toMatch(/\n|\u202e/)
})

test.each([
  [{ path: 'a', Path: 'b' }, 'two arguments could be taken for one another'],
  [{ deep: [{ x: 1, X: 2 }] }, 'two arguments could be taken for one another'],
  [{ n: 2 ** 60 }, 'cannot be passed to the policy engine exactly'],
])('an engine is not asked about %j', async (args, reason) => {
  const engine = {
    decide: () => {
      throw new Error('it was asked')
    },
  }
  expect(await withEngine(engine, question(args), unmatched, new Budget(60))).toMatchObject({
    effect: 'deny',
    reason: expect.stringContaining(reason),
  })
})
