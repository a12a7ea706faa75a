import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GateProgram, root } from '../gate-program.ts'
import { call, list, open as openSession } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
  program.policy('version: 1\nrules: [{ effect: allow, tools: ["test/*"] }]\n')
})
afterEach(() => program.close())

const open = (listingMs?: number) => openSession(program, listingMs)
const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' })

test('calls that wait for a server that does not list its tools are refused together', async () => {
  const { session, say, asked, client } = await open(50)
  for (let id = 1; id <= 100; id += 1) await say(call(id))
  await session.settled()
  expect(client.map(({ id, result }) => [id, result.isError])).toEqual(
    Array.from({ length: 100 }, (_, n) => [n + 1, true]),
  )
  expect(asked('tools/list')).toHaveLength(1)
})

test('numbers reach the client spelled as they were, in a listing and in an answer', async () => {
  const lines: string[] = []
  const raw = await openSession(program, undefined, line => lines.push(line))
  await raw.say(list(1))
  const schema = '{"type":"number","maximum":9223372036854775807,"multipleOf":1.0}'
  const [{ id }] = raw.asked('tools/list')
  await raw.from(`{"jsonrpc":"2.0","id":${id},"result":{"tools":[{"name":"echo","inputSchema":${schema}}]}}`)
  await raw.say(ping(2))
  await raw.from(
    `{"jsonrpc":"2.0","id":${raw.server.at(-1).id},"result":{"n":[1.0,1e3,-0,12345678901234567890]}}`,
  )
  expect(lines[0]).toContain(schema)
  expect(lines[1]).toBe('{"jsonrpc":"2.0","id":2,"result":{"n":[1.0,1e3,-0,12345678901234567890]}}')
})

test('requests beyond ten thousand without an answer are refused, and the next passes after an answer', async () => {
  const { say, from, server, client } = await open()
  for (let id = 0; id < 10_000; id += 1) await say(ping(id))
  expect(client).toEqual([])
  await say(ping(10_000))
  expect(client).toMatchObject([{ id: 10_000, error: { message: 'too many requests are waiting' } }])
  await from({ jsonrpc: '2.0', id: server[0].id, result: {} })
  await say(ping(10_001))
  expect(server).toHaveLength(10_001)
})

test('an answer that is too long ends its request where its id is found', async () => {
  const { session, say, client, server } = await open()
  await say(ping(1))
  expect(await session.unreadable(server[0].id + 1, 'too long')).toBe(false)
  expect(await session.unreadable(null, 'too long')).toBe(false)
  expect(await session.unreadable(server[0].id, 'too long')).toBe(true)
  expect(client).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32001, message: 'too long' } }])
})

test('requests of the server beyond a thousand without an answer are refused', async () => {
  const { from, server, client } = await open()
  for (let id = 0; id <= 1_000; id += 1) await from(ping(id))
  expect(client).toHaveLength(1_000)
  expect(server).toMatchObject([{ id: 1_000, error: { message: 'too many requests are waiting' } }])
})

test('the example of the documentation allows what it says', async () => {
  const docs = readFileSync(join(root, 'docs/gate.md'), 'utf8')
  const [, rule] = /```yaml\n( {2}- name: questions of the form kind\n[^`]+)```/.exec(docs) ?? []
  program.policy(`version: 1\nrules:\n${rule?.replaceAll('"files"', '"test"')}`)
  const { from, server, client } = await open()
  for (const [id, mode] of ['form', 'url'].entries())
    await from({ jsonrpc: '2.0', id, method: 'elicitation/create', params: { mode } })
  await from({ jsonrpc: '2.0', id: 2, method: 'elicitation/create', params: {} })
  await from({ jsonrpc: '2.0', id: 3, method: 'sampling/createMessage', params: { mode: 'form' } })
  expect(client.map(({ id }) => id)).toEqual([0])
  expect(server.map(({ id }) => id)).toEqual([1, 2, 3])
})
