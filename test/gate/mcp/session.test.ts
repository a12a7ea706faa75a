import { afterEach, beforeEach, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { CHANGED, call, list, open as openSession, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
  program.policy('version: 1\nrules: [{ effect: allow, tools: ["test/*"] }]\n')
})
afterEach(() => program.close())

const open = (listingMs?: number) => openSession(program, listingMs)

test('calls wait for the listing in their order, and all else goes by', async () => {
  const { session, say, from, answer, methods, client } = await open()
  await say(call(1))
  await say(call(2, 'other'))
  await say({ jsonrpc: '2.0', id: 'p', method: 'ping' })
  await from({ jsonrpc: '2.0', id: 7, method: 'roots/list' })
  await say({ jsonrpc: '2.0', id: 7, result: { roots: [] } })
  await say(call(3, 'third'))
  expect(methods()).toEqual(['tools/list', 'ping', 7])
  await answer(0, { tools: [tool('echo'), tool('other'), tool('third')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'ping', 7, 'echo', 'other', 'third'])
  // Known now: nothing is asked again.
  await say(call(4))
  expect(methods().slice(6)).toEqual(['echo'])
  expect(client).toEqual([{ jsonrpc: '2.0', id: 7, method: 'roots/list' }])
})

test('all pages are asked for, and in the protocol of the call', async () => {
  const { session, say, answer, methods } = await open()
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', progressToken: 5 }
  await say(call(1, 'second', { _meta }))
  const first = await answer(0, { tools: [tool('first')], nextCursor: 'c1' })
  const second = await answer(1, { tools: [tool('second')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list', 'second'])
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  expect([first.params, second.params]).toEqual([{ _meta: meta }, { cursor: 'c1', _meta: meta }])
})

test('a change that is told while we ask is asked for again', async () => {
  const { session, say, answer, from, methods, client } = await open()
  await say(call(1))
  await from(CHANGED)
  expect(client).toEqual([CHANGED])
  await answer(0, { tools: [tool('echo', 'old')] })
  await answer(1, { tools: [tool('echo', 'new')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list'])
  expect(client).toMatchObject([CHANGED, { id: 1, result: { isError: true } }])
  expect(client[1].result.content[0].text).toContain('has changed')
})

test('a listing from before a change does not count after it', async () => {
  const { session, say, answer, from, methods, client } = await open()
  await say(list(1))
  await from(CHANGED)
  await answer(0, { tools: [tool('echo')] })
  expect(client).toEqual([CHANGED, { jsonrpc: '2.0', id: 1, result: { tools: [tool('echo')] } }])
  await say(call(2))
  await answer(1, { tools: [tool('echo')] })
  await session.settled()
  expect(methods()).toEqual(['tools/list', 'tools/list', 'echo'])
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
  expect(client.at(-1).result.content[0].text).toBe('Refused: it could not be decided.')
  expect(program.decisions()).toMatchObject([{ effect: 'deny', because: 'error' }])
})

test.each([
  ['does not answer', undefined],
  ['answers with an error', { error: { code: -32601, message: 'no such method' } }],
  ['answers with something else', { result: { tools: 'all' } }],
  ['answers with too much', { result: { tools: Array.from({ length: 120_000 }, () => 0) } }],
  ['lists pages without end', 'pages'],
])('a server that %s: the call is refused, and the next is asked for anew', async (_, answer) => {
  const { session, say, from, server, client, asked: all } = await open(answer === undefined ? 20 : undefined)
  const asked = () => all('tools/list')
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
  if (answer === undefined) {
    await from({ jsonrpc: '2.0', id: asked()[0].id, result: { tools: [tool('echo')] } })
    expect(client).toHaveLength(1)
  }
  await say(call(2))
  expect(asked()).toHaveLength(before + 1)
  if (answer === undefined) return
  await from({ jsonrpc: '2.0', id: asked()[before].id, result: { tools: [tool('echo')] } })
  await session.settled()
  expect(server.at(-1)).toMatchObject({ method: 'tools/call', params: { name: 'echo' } })
})

test('a call that is cancelled while it waits does not reach the server afterwards', async () => {
  const { session, say, answer, methods } = await open()
  await say(call(1))
  await say(call(2, 'other'))
  await say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
  await answer(0, { tools: [tool('echo'), tool('other')] })
  await session.settled()
  // The server never saw the call, so there is nothing to cancel there.
  expect(methods()).toEqual(['tools/list', 'other'])
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

test('the proxy refuses a request without asking the server when the policy refuses it', async () => {
  program.policy('version: 1\nrules: []\n')
  const { say, client, server } = await open()
  await say(call(1))
  expect(server).toEqual([])
  expect(client[0].result.content[0].text).toBe('Refused by policy.')
})
