import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { NEVER_JUDGED, OPEN, request, TOOLS } from './client-methods.ts'
import { open as openSession } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
})
afterEach(() => program.close())

const open = () => openSession(program)
const policy = (...rules: string[]) => program.policy(`version: 1\nrules: [${rules.join(', ')}]\n`)

describe('requests of the client', () => {
  const passes = async (method: string, params?: object) => {
    const { say, asked, client } = await open()
    await say(request(1, method, params))
    expect(asked(method).length + client.length).toBe(1)
    return asked(method).length === 1
  }

  test.each(NEVER_JUDGED)('%s passes without a policy', async method => {
    expect(await passes(method)).toBe(true)
    expect(program.decisions()).toEqual([])
  })

  test.each(OPEN)('%s passes unless a rule refuses it', async method => {
    policy()
    expect(await passes(method)).toBe(true)
    policy(`{ effect: deny, tools: ["mcp:${method}"] }`)
    expect(await passes(method)).toBe(false)
    policy(`{ effect: ask, tools: ["mcp:${method}"] }`)
    expect(await passes(method)).toBe(false)
    expect(program.decisions().map(({ tool, effect }) => [tool, effect])).toEqual([
      [`mcp:${method}`, 'allow'],
      [`mcp:${method}`, 'deny'],
      [`mcp:${method}`, 'ask'],
    ])
  })

  test.each(OPEN)('%s is refused where there is no policy', async method => {
    expect(await passes(method)).toBe(false)
  })

  test.each(TOOLS)('%s needs a rule that allows it', async method => {
    policy()
    expect(await passes(method)).toBe(false)
    policy(`{ effect: allow, tools: ["test/${method}"] }`)
    expect(await passes(method)).toBe(true)
  })

  test('a method that the protocol does not have needs a rule that names it', async () => {
    policy('{ effect: allow, tools: ["test/*"] }')
    expect(await passes('x/y')).toBe(false)
    expect(await passes('mcp:x/y')).toBe(false)
    policy('{ effect: allow, tools: ["mcp:x/y"] }')
    expect(await passes('x/y')).toBe(true)
  })

  test.each([
    'Tools/Call',
    ' tools/call',
    'tools/call ',
    'tools/call\u0000',
    'tools/cal\u200bl',
    'tools//call',
    'tools.call',
    'ｔools/call',
    'toolſ/call',
    'tools_call',
    'TOOLS/LIST',
    'tools/batch',
    'toolS/x',
    'Resources/Read',
    'Notifications/Initialized',
    'sampling/createMessage',
  ])('%j is refused whatever the policy says', async method => {
    policy('{ effect: allow }')
    expect(await passes(method, { name: 'x', arguments: {} })).toBe(false)
  })

  test.each([
    'tools/call',
    'Notifications/Cancelled',
    'x',
    'Notifications/x',
    'notifications/tools/List_Changed',
  ])('a notification %j is dropped', async method => {
    policy('{ effect: allow }')
    const { say, server, client } = await open()
    await say({ jsonrpc: '2.0', method, params: { name: 'x', arguments: {} } })
    expect([server, client]).toEqual([[], []])
  })

  test('subscribing to resources by subscriptions/listen is judged as subscribing', async () => {
    policy(
      '{ effect: allow, tools: ["test/resources/subscribe"], when: args.uri.startsWith("file:///srv/") }',
    )
    const listen = (...uris: string[]) => ({
      notifications: { toolsListChanged: true, resourceSubscriptions: uris },
    })
    expect(await passes('subscriptions/listen', listen())).toBe(true)
    expect(await passes('subscriptions/listen', listen('file:///srv/a'))).toBe(true)
    expect(await passes('subscriptions/listen', listen('file:///srv/a', 'file:///etc/passwd'))).toBe(false)
  })

  test('a notification of a subscription reaches the client under its own id', async () => {
    policy()
    const { say, from, asked, client } = await open()
    await say(request(7, 'subscriptions/listen', { notifications: {} }))
    const [{ id }] = asked('subscriptions/listen')
    const note = (subscription: unknown) => ({
      jsonrpc: '2.0',
      method: 'notifications/resources/list_changed',
      params: { _meta: { 'io.modelcontextprotocol/subscriptionId': subscription } },
    })
    for (const each of [id, 7, `${id}`]) await from(note(each))
    expect(client).toEqual([note(7)])
    const end = (subscription: unknown) => ({
      _meta: note(subscription).params._meta,
      resultType: 'complete',
    })
    await from({ jsonrpc: '2.0', id, result: end(id) })
    expect(client[1]).toEqual({ jsonrpc: '2.0', id: 7, result: end(7) })
  })
})
