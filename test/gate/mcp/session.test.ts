import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Session } from '../../../src/gate/mcp/session.ts'
import { gateOf } from '../../../src/wiring/gate.ts'
import { GateProgram } from '../gate-program.ts'

// biome-ignore lint/suspicious/noExplicitAny: shapes are what the tests assert
type Message = any

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
  program.policy('version: 1\nrules: [{ effect: allow, tools: ["test/*"] }]\n')
})
afterEach(() => program.close())

/** A session whose server is the test: what reaches it stands in `server`, what reaches the client in `client`. */
async function open(listingMs?: number) {
  const server: Message[] = []
  const client: Message[] = []
  const [state, config] = [join(program.folder, 'state'), join(program.folder, 'config')]
  const session = new Session(
    await gateOf({ state, config }),
    { name: 'test', agent: 'a' },
    {
      toServer: async line => void server.push(JSON.parse(line)),
      toClient: async line => void client.push(JSON.parse(line)),
    },
    listingMs,
  )
  const from = (message: object) => session.fromServer(JSON.stringify(message))
  return {
    session,
    server,
    client,
    say: (message: object) => session.fromClient(JSON.stringify(message)),
    from,
    /** Waits for the request of ours that has this number, and answers it. */
    async answer(nth: number, result: object) {
      const asked = () => server.filter(({ method }) => method === 'tools/list')
      await expect.poll(() => asked().length, { timeout: 10_000 }).toBeGreaterThan(nth)
      expect(await from({ jsonrpc: '2.0', id: asked()[nth].id, result })).toBeUndefined()
      return asked()[nth]
    },
    methods: () => server.map(({ method, id }) => (method === 'tools/list' ? method : (id ?? method))),
  }
}

const call = (id: number, name = 'echo', more: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, ...more },
})
const tool = (name: string, description = 'a tool') => ({ name, description })
const CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }

test('calls wait for the listing in their order, and all else goes by', async () => {
  const { session, say, answer, methods, client } = await open()
  await say(call(1))
  await say(call(2, 'other'))
  await say({ jsonrpc: '2.0', id: 'p', method: 'ping' })
  await say({ jsonrpc: '2.0', id: 7, result: { roots: [] } })
  await say(call(3))
  expect(methods()).toEqual(['tools/list', 'p', 7])
  await answer(0, { tools: [tool('echo'), tool('other')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'p', 7, 1, 2, 3])
  // Known now: nothing is asked again.
  await say(call(4))
  expect(methods().slice(6)).toEqual([4])
  expect(client).toEqual([])
})

test('all pages are asked for, and in the protocol of the call', async () => {
  const { session, say, answer, methods } = await open()
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', progressToken: 5 }
  await say(call(1, 'second', { _meta }))
  const first = await answer(0, { tools: [tool('first')], nextCursor: 'c1' })
  const second = await answer(1, { tools: [tool('second')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list', 1])
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  expect([first.params, second.params]).toEqual([{ _meta: meta }, { cursor: 'c1', _meta: meta }])
})

test('a change that is told while we ask is asked for again', async () => {
  const { session, say, answer, from, methods, client } = await open()
  await say(call(1))
  expect(await from(CHANGED)).toBe(JSON.stringify(CHANGED))
  await answer(0, { tools: [tool('echo', 'old')] })
  await answer(1, { tools: [tool('echo', 'new')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list'])
  expect(client).toMatchObject([{ id: 1, result: { isError: true } }])
  expect(client[0].result.content[0].text).toContain('has changed')
})

test('what was listed before a change says nothing of after', async () => {
  const { session, say, answer, from, methods } = await open()
  await say({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  await from(CHANGED)
  expect(await from({ jsonrpc: '2.0', id: 1, result: { tools: [tool('echo')] } })).toContain('echo')
  await say(call(2))
  await answer(1, { tools: [tool('echo')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list', 2])
})

test('a server that changes with every answer is refused', async () => {
  const { session, say, answer, from, client, methods } = await open()
  await say(call(1))
  for (let nth = 0; nth < 3; nth += 1) {
    await from(CHANGED)
    await answer(nth, { tools: [tool('echo')] })
  }
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list', 'tools/list'])
  expect(client[0].result.content[0].text).toBe('Refused: it could not be decided.')
  expect(program.decisions()).toMatchObject([{ effect: 'deny', because: 'error' }])
})

test.each([
  ['does not answer', undefined],
  ['answers with an error', { error: { code: -32601, message: 'no such method' } }],
  ['answers with something else', { result: { tools: 'all' } }],
  ['answers with too much', { result: { tools: Array.from({ length: 120_000 }, () => 0) } }],
  ['lists pages without end', 'pages'],
])('a server that %s: the call is refused, and the next is asked for anew', async (_, answer) => {
  const { session, say, from, server, client } = await open(answer === undefined ? 20 : undefined)
  const asked = () => server.filter(({ method }) => method === 'tools/list')
  await say(call(1))
  if (answer === 'pages') {
    for (let page = 0; page < 100; page += 1) {
      await expect.poll(() => asked().length, { timeout: 10_000, interval: 1 }).toBe(page + 1)
      await from({ jsonrpc: '2.0', id: asked()[page].id, result: { tools: [], nextCursor: `${page}` } })
    }
  } else if (answer !== undefined) await from({ jsonrpc: '2.0', id: asked()[0].id, ...(answer as object) })
  await session.settled()
  expect(client[0].result).toMatchObject({ isError: true })
  const before = asked().length
  // An answer that comes late is nobody's.
  if (answer === undefined)
    expect(
      await from({ jsonrpc: '2.0', id: asked()[0].id, result: { tools: [tool('echo')] } }),
    ).toBeUndefined()
  await say(call(2))
  expect(asked()).toHaveLength(before + 1)
  if (answer === undefined) return
  await from({ jsonrpc: '2.0', id: asked()[before].id, result: { tools: [tool('echo')] } })
  await session.settled()
  expect(server.at(-1)).toMatchObject({ id: 2, method: 'tools/call' })
})

test('a call that is cancelled while it waits does not reach the server afterwards', async () => {
  const { session, say, answer, methods } = await open()
  await say(call(1))
  await say(call(2))
  await say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
  await answer(0, { tools: [tool('echo')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'notifications/cancelled', 2])
})

test('more calls than a few hundred do not wait', async () => {
  const { session, say, answer, client, methods } = await open()
  for (let id = 1; id <= 260; id += 1) await say(call(id))
  expect(client.map(({ id }) => id)).toEqual([257, 258, 259, 260])
  expect(client[0].error.message).toBe('too many calls are waiting')
  await answer(0, { tools: [tool('echo')] })
  await session.settled()
  expect(methods()).toHaveLength(257)
})

test('what the policy refuses is refused without asking the server', async () => {
  program.policy('version: 1\nrules: []\n')
  const { say, client, server } = await open()
  await say(call(1))
  expect(server).toEqual([])
  expect(client[0].result.content[0].text).toBe('Refused by policy.')
})
