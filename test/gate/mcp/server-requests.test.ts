import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { call, open as openSession, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
})
afterEach(() => program.close())

const open = () => openSession(program)
const policy = (...rules: string[]) => program.policy(`version: 1\nrules: [${rules.join(', ')}]\n`)
const request = (id: number, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params })

const OF_SERVERS = ['sampling/createMessage', 'elicitation/create']

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
