import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Town } from '../../engine/town.ts'
import { playbook, ToyCloud } from '../../engine/toy-cloud.ts'
import { GateProgram } from '../gate-program.ts'
import { call, list, open as openSession, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
})
afterEach(() => program.close())

const open = () => openSession(program)
const policy = (...rules: string[]) => program.policy(`version: 1\nrules: [${rules.join(', ')}]\n`)
const request = (id: number, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params })

const OPEN = [
  'resources/list',
  'resources/templates/list',
  'resources/unsubscribe',
  'prompts/list',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/cancel',
]
const NEVER_JUDGED = ['initialize', 'ping', 'server/discover', 'tools/list']
const TOOLS = ['resources/read', 'resources/subscribe', 'prompts/get']
const OF_SERVERS = ['sampling/createMessage', 'elicitation/create']

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

describe('requests of the server', () => {
  const reaches = async (method: string, params?: object) => {
    const { from, server, client } = await open()
    await from(request(9, method, params))
    expect(server.length + client.length).toBe(1)
    if (server.length > 0) expect(server[0]).toMatchObject({ id: 9, error: { code: -32001 } })
    return client.length === 1
  }

  test.each([...OF_SERVERS, 'x/y'])('%s needs a rule that names it', async method => {
    policy('{ effect: allow, tools: ["test/*"] }')
    expect(await reaches(method)).toBe(false)
    policy(`{ effect: allow, tools: ["mcp:${method}"] }`)
    expect(await reaches(method)).toBe(true)
  })

  test('a rule sees the server and what it asks for', async () => {
    policy(
      "{ effect: allow, when: \"server == 'test' && tool.startsWith('mcp:elic') && args.mode == 'form'\" }",
    )
    expect(await reaches('elicitation/create', { mode: 'form' })).toBe(true)
    expect(await reaches('elicitation/create', { mode: 'url' })).toBe(false)
  })

  test('roots/list passes unless a rule refuses it, and ping always', async () => {
    policy()
    expect(await reaches('roots/list')).toBe(true)
    policy('{ effect: deny }')
    expect(await reaches('roots/list')).toBe(false)
    expect(await reaches('ping')).toBe(true)
  })

  test.each(['Sampling/createMessage', 'sampling/create_message', 'tools/call', 'initialize'])(
    '%j is refused whatever the policy says',
    async method => {
      policy('{ effect: allow }')
      expect(await reaches(method)).toBe(false)
    },
  )

  test('refusals of a server’s requests do not count against the agent', async () => {
    policy('{ effect: deny, tools: ["mcp:*"] }')
    for (const method of OF_SERVERS) await reaches(method)
    expect(program.decisions()).toHaveLength(2)
    expect(program.refusals()).toEqual([])
  })

  test('a refusal of a client’s method counts where a rule names it', async () => {
    policy('{ effect: deny, tools: ["mcp:resources/list"] }')
    const { say } = await open()
    await say(request(1, 'x/y'))
    await say(request(2, 'resources/list'))
    expect(program.refusals()).toMatchObject([{ action: 'mcp:resources/list' }])
  })

  test('only what was asked for is answered, and once', async () => {
    policy()
    const { say, from, server } = await open()
    await from(request(1, 'roots/list'))
    for (const id of ['1', 2, 1, 1]) await say({ jsonrpc: '2.0', id, result: { roots: [] } })
    expect(server).toEqual([{ jsonrpc: '2.0', id: 1, result: { roots: [] } }])
  })

  test.each([
    [{ a: { method: 'sampling/createMessage', params: {} } }, false],
    [{ a: { method: 'roots/list' } }, true],
    [{ a: { method: 'roots/list' }, b: { method: 'elicitation/create', params: {} } }, false],
    [[{ method: 'roots/list' }], false],
    [{ a: 'sampling/createMessage' }, false],
    [{ a: { Method: 'sampling/createMessage' } }, false],
  ])('a result that asks the client for input is judged: %j', async (inputRequests, passed) => {
    policy('{ effect: allow, tools: ["test/*"] }')
    const { session, say, from, answer, asked, client } = await open()
    const stateless = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }
    await say(call(1, 'echo', stateless))
    await answer(0, { tools: [tool('echo')] })
    await session.settled()
    const result = { resultType: 'input_required', inputRequests }
    await from({ jsonrpc: '2.0', id: asked('tools/call')[0].id, result })
    if (passed) expect(client).toEqual([{ jsonrpc: '2.0', id: 1, result }])
    else expect(client).toMatchObject([{ id: 1, result: { isError: true, resultType: 'complete' } }])
  })

  test('an error that sends the user to a page is judged as elicitation', async () => {
    const error = {
      code: -32042,
      message: 'sign in',
      data: { elicitations: [{ mode: 'url', url: 'https://evil.example/' }] },
    }
    const shown = async () => {
      const { say, from, server, client } = await open()
      await say(request(1, 'ping'))
      await from({ jsonrpc: '2.0', id: server[0].id, error })
      return client[0].error
    }
    policy('{ effect: allow, tools: ["test/*"] }')
    expect(await shown()).toEqual({ code: -32001, message: 'Refused by policy.' })
    policy('{ effect: allow, tools: ["mcp:elicitation/create"] }')
    expect(await shown()).toEqual(error)
  })
})

describe('an agent that is held', () => {
  const held = async () => {
    program.policy(
      'version: 1\nagents: { a: { identity: toy:town:door/refunds } }\nrules: [{ effect: allow }]\n',
    )
    const town = new Town(program.folder)
    const cloud = new ToyCloud()
    cloud.add('refunds')
    const session = await open()
    const contain = () => town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    return { ...session, contain, restore: () => town.restore(cloud.world(), 'aaaa') }
  }
  const REFUSED = { code: -32001, message: "Refused: agent 'a' is held by run aaaa: test" }

  test('is refused every method but those of the session, and works again once it is restored', async () => {
    const { say, contain, restore, client, server } = await held()
    await contain()
    const methods = [...OPEN, ...TOOLS, 'x/y']
    for (const [id, method] of methods.entries()) await say(request(id, method, { uri: 'file:///srv/a' }))
    expect(client.map(({ error }) => error)).toEqual(methods.map(() => REFUSED))
    expect(server).toEqual([])
    for (const method of NEVER_JUDGED) await say(request(1, method))
    expect(server.map(({ method }) => method)).toEqual(NEVER_JUDGED)
    await restore()
    for (const method of methods) await say(request(2, method))
    expect(server.map(({ method }) => method)).toEqual([...NEVER_JUDGED, ...methods])
  })

  test('is not asked by a server, and does not answer what it was asked before', async () => {
    const { say, from, contain, client, server } = await held()
    await from(request(1, 'sampling/createMessage'))
    await from(request(2, 'ping'))
    expect(client).toHaveLength(2)
    await contain()
    await say({ jsonrpc: '2.0', id: 1, result: { content: 'secret' } })
    await say({ jsonrpc: '2.0', id: 2, result: {} })
    for (const [nth, method] of [...OF_SERVERS, 'roots/list', 'x/y'].entries())
      await from(request(10 + nth, method))
    expect(client).toHaveLength(2)
    const answers = server.map(({ id, error }) => [id, error ?? 'answered'])
    expect(answers).toEqual([[1, REFUSED], [2, 'answered'], ...[10, 11, 12, 13].map(id => [id, REFUSED])])
  })

  test('sends no notifications of its own, and those that keep the session in order', async () => {
    const { say, contain, server } = await held()
    await contain()
    for (const method of ['notifications/x', 'notifications/initialized', 'notifications/roots/list_changed'])
      await say({ jsonrpc: '2.0', method, params: { data: 'secret' } })
    expect(server.map(({ method }) => method)).toEqual([
      'notifications/initialized',
      'notifications/roots/list_changed',
    ])
  })

  test('still sees which tools there are', async () => {
    const { say, answer, contain, client } = await held()
    await contain()
    await say(list(1))
    await answer(0, { tools: [tool('echo')] })
    expect(client[0].result.tools).toEqual([tool('echo')])
  })
})
