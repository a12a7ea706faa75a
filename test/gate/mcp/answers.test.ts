import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { call, list, type Message, ONE_HIDDEN, open as openSession, POISON, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
  program.policy(ONE_HIDDEN)
})
afterEach(() => program.close())

const open = () => openSession(program)
const honest = [tool('read_file'), tool('delete_all')]
const poisoned = [tool('read_file', POISON), tool('delete_all')]

/** Neither a changed definition nor a tool that the policy hides reached the client. */
function expectClean(client: Message[]) {
  expect(JSON.stringify(client)).not.toMatch(/IGNORE ALL|delete_all/)
}

describe('answers that are not a pending request’s', () => {
  const forms: [string, (id: number) => unknown][] = [
    ['its text', id => `${id}`],
    ['its text with a blank', id => ` ${id}`],
    ['its text with a fraction', id => `${id}.0`],
    ['hexadecimal', id => `0x${id.toString(16)}`],
    ['an exponent', id => `${id}e0`],
    ['digits divided by _', id => `${id}`.replace(/^(.)/, '$1_')],
    ['digits of another script', id => `${id}`.replace(/\d/g, digit => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] ?? '')],
    ['a list', id => [id]],
    ['an object', id => ({ id })],
    ['null', () => null],
    ['true', () => true],
    ['nothing', () => undefined],
    ['the empty text', () => ''],
    ['the next number', id => id + 1],
    ["the client's own", () => 1],
    ["the client's own as a text", () => '1'],
    ["the client's own as a fraction", () => 1.0000001],
  ]
  test.each(forms)('an answer under %s is never shown as the listing', async (_, form) => {
    const { say, from, client, asked } = await open()
    await say(list(1))
    const [{ id }] = asked('tools/list')
    await from({ jsonrpc: '2.0', id: form(id), result: { tools: poisoned } })
    expectClean(client)
    await from({ jsonrpc: '2.0', id, result: { tools: honest } })
    expectClean(client)
    expect(client).toHaveLength(1)
    expect(client[0].id).toBe(1)
  })

  test('the client’s id comes back as it was, whatever it is', async () => {
    const { say, from, client, server } = await open()
    const ids = [0, 1, '1', '', ' 1', 'é', -5, 2 ** 53 - 1]
    for (const id of ids) await say({ jsonrpc: '2.0', id, method: 'ping' })
    for (const { id } of server.toReversed()) await from({ jsonrpc: '2.0', id, result: {} })
    expect(client.map(({ id }) => id)).toEqual(ids.toReversed())
  })

  test('a second answer is dropped', async () => {
    const { say, from, client, asked } = await open()
    await say(list(1))
    const [{ id }] = asked('tools/list')
    for (const tools of [honest, poisoned, poisoned]) await from({ jsonrpc: '2.0', id, result: { tools } })
    expect(client).toHaveLength(1)
    expectClean(client)
  })

  test('an answer that comes after the cancellation is dropped', async () => {
    const { say, from, client, asked, server } = await open()
    await say(list(1))
    await say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
    const [{ id }] = asked('tools/list')
    expect(server[1].params).toEqual({ requestId: id })
    await from({ jsonrpc: '2.0', id, result: { tools: poisoned } })
    expect(client).toEqual([])
  })

  test.each<[string, (id: number) => string]>([
    [
      'a result and an error',
      id => `{"jsonrpc":"2.0","id":${id},"result":{"tools":[]},"error":{"code":1,"message":""}}`,
    ],
    ['a result and a method', id => `{"jsonrpc":"2.0","id":${id},"method":"x","result":{"tools":[]}}`],
    ['Result beside result', id => `{"jsonrpc":"2.0","id":${id},"result":{},"Result":{"tools":[]}}`],
    ['reſult beside result', id => `{"jsonrpc":"2.0","id":${id},"result":{},"re\u017fult":{"tools":[]}}`],
    ['a list as the result', id => `{"jsonrpc":"2.0","id":${id},"result":[]}`],
    ['another version', id => `{"jsonrpc":"1.0","id":${id},"result":{}}`],
    [
      'nesting that cannot be written',
      id => `{"jsonrpc":"2.0","id":${id},"result":{"a":${'['.repeat(50_000)}1.0${']'.repeat(50_000)}}}`,
    ],
  ])('an answer with %s ends the request with an error', async (_, answer) => {
    const { say, from, client, server } = await open()
    await say({ jsonrpc: '2.0', id: 1, method: 'ping' })
    await from(answer(server[0].id))
    expect(client).toMatchObject([{ id: 1, error: { code: -32001 } }])
  })
})

describe('a result with tools', () => {
  test.each([
    'initialize',
    'ping',
    'server/discover',
    'resources/list',
    'resources/read',
    'prompts/get',
    'completion/complete',
    'tasks/get',
    'tasks/result',
    'subscriptions/listen',
    'x/y',
  ])('is filtered in an answer to %s, too', async method => {
    const { say, from, answer, client, server } = await open()
    await say(list(1))
    await answer(0, { tools: honest })
    await say({ jsonrpc: '2.0', id: 2, method, params: {} })
    await from({
      jsonrpc: '2.0',
      id: server.at(-1).id,
      result: { tools: poisoned, Tools: poisoned, more: 1 },
    })
    expect(client).toHaveLength(2)
    expect(client[1].result).toEqual({ tools: [], more: 1 })
    expectClean(client)
  })

  test('is filtered in an answer to a call', async () => {
    const { session, say, from, answer, client, asked } = await open()
    await say(call(1, 'read_file'))
    await answer(0, { tools: honest })
    await session.settled()
    await from({ jsonrpc: '2.0', id: asked('tools/call')[0].id, result: { tools: honest, content: [] } })
    expect(client).toEqual([{ jsonrpc: '2.0', id: 1, result: { tools: [tool('read_file')], content: [] } }])
  })

  test('is filtered on each page, and nothing but a listing passes in one', async () => {
    const { say, answer, client, asked } = await open()
    await say(list(1))
    await answer(0, {
      tools: honest,
      nextCursor: 'a',
      pages: [{ tools: poisoned }],
      _meta: { tools: poisoned },
    })
    await say(list(2, { cursor: 'a', _meta: { progressToken: 7 }, tools: 1 }))
    expect(asked('tools/list')[1].params).toEqual({ cursor: 'a' })
    await answer(1, { tools: poisoned, nextCursor: { tools: poisoned }, toolS: poisoned })
    expect(client.map(({ result }) => result)).toEqual([
      { tools: [tool('read_file')], nextCursor: 'a' },
      { tools: [] },
    ])
  })

  test('is filtered in a batch, and does not pass in a notification or beside a method', async () => {
    const { say, from, client, asked } = await open()
    await say([list(1), list(2)])
    const [first, second] = asked('tools/list')
    await from([
      { jsonrpc: '2.0', id: first.id, result: { tools: honest } },
      { jsonrpc: '2.0', id: second.id, result: { tools: poisoned } },
      { jsonrpc: '2.0', id: 1, result: { tools: poisoned } },
      { jsonrpc: '2.0', method: 'tools/list', params: { tools: poisoned } },
    ])
    await from([[{ jsonrpc: '2.0', id: second.id, result: { tools: poisoned } }]]).catch(() => undefined)
    expect(client.map(({ id, result }) => [id, result.tools])).toEqual([
      [1, [tool('read_file')]],
      [2, []],
    ])
  })
})
