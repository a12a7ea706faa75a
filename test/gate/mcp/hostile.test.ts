import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Town } from '../../engine/town.ts'
import { playbook, ToyCloud } from '../../engine/toy-cloud.ts'
import { GateProgram } from '../gate-program.ts'
import { LineClient } from './line-client.ts'

let gate: GateProgram
let client: LineClient
beforeEach(() => {
  gate = new GateProgram()
  gate.policy(`
version: 1
rules:
  - { effect: allow, tools: [test/echo, "*/slow", mcp:flood, mcp:huge] }
  - { effect: ask, tools: [test/risky] }
  - { effect: allow, tools: [resources/read, "test/resources/read"], when: 'args.uri.startsWith("file:///srv/")' }
`)
})
afterEach(async () => {
  client.child.kill()
  gate.close()
})

const call = (id: number | string, name: string, args: object = {}, more: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args, ...more },
})
const refused = (id: number | string, text: string) => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text }], isError: true },
})
const list = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/list' })

test('a refused request does not reach the server, and the refusal names its kind only', async () => {
  client = LineClient.hostile(gate)
  expect(await client.ask(call(1, 'echo', { a: 1 }))).toMatchObject({
    id: 1,
    result: { echo: { name: 'echo' } },
  })
  expect(await client.ask(call('two', 'danger'))).toEqual(refused('two', 'Refused by policy.'))
  expect(await client.ask(call(3, 'no-such-tool'))).toEqual(refused(3, 'Refused by policy.'))
  expect(await client.ask(call(4, 'risky'))).toEqual(refused(4, 'Refused: a person has to approve this.'))
  expect(await client.end()).toBe(0)
  expect(client.stderr).toContain('"echo"')
  expect(client.stderr).not.toMatch(/danger|risky|no-such-tool/)
  expect(gate.decisions().map(({ tool, effect }) => [tool, effect])).toEqual([
    ['test/echo', 'allow'],
    ['test/danger', 'deny'],
    ['test/no-such-tool', 'deny'],
    ['test/risky', 'ask'],
  ])
  expect(gate.refusals()).toHaveLength(2)
})

test('the stateless protocol gets a complete result', async () => {
  client = LineClient.hostile(gate)
  const meta = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }
  expect((await client.ask(call(1, 'danger', {}, meta))).result).toMatchObject({
    isError: true,
    resultType: 'complete',
  })
})

test('resources and prompts are judged; what opens a session passes', async () => {
  client = LineClient.hostile(gate)
  const read = (id: number, uri: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'resources/read',
    params: { uri },
  })
  expect((await client.ask(read(1, 'file:///srv/a'))).result).toBeDefined()
  expect((await client.ask(read(2, 'file:///etc/passwd'))).error).toEqual({
    code: -32001,
    message: 'Refused by policy.',
  })
  expect(
    (await client.ask({ jsonrpc: '2.0', id: 3, method: 'prompts/get', params: { name: 'x' } })).error.code,
  ).toBe(-32001)
  expect(
    (await client.ask({ jsonrpc: '2.0', id: 4, method: 'server/discover', params: { x: 1 } })).result.echo,
  ).toEqual({ x: 1 })
  expect((await client.ask({ jsonrpc: '2.0', id: 5, method: 'tools/batch', params: {} })).error.code).toBe(
    -32001,
  )
  client.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  await client.end()
  expect(client.stderr).toContain('notifications/initialized')
})

test('a listing shows only what could be called', async () => {
  client = LineClient.hostile(gate)
  expect((await client.ask(list(1))).result.tools.map((each: { name: string }) => each.name)).toEqual([
    'echo',
  ])
})

test.each([
  ['noise', ['echo']],
  ['odd', ['echo']],
  ['twice', ['echo']],
])('a listing of a hostile server: %s', async (mode, names) => {
  client = LineClient.hostile(gate, mode)
  expect((await client.ask(list(1))).result.tools.map((each: { name: string }) => each.name)).toEqual(names)
})

test('a listing that is nested too deeply is an error, and the stream goes on', async () => {
  client = LineClient.hostile(gate, 'deep')
  expect((await client.ask(list(1))).error.message).toContain('nested deeper')
  expect((await client.ask(call(2, 'echo'))).result).toBeDefined()
})

/** The kind of each line, the line, and the id and the code of its answer. */
const REFUSED_LINES: readonly [string, string, number | null, number][] = [
  ['not JSON', '{"jsonrpc":', null, -32700],
  ['not a message', '5', null, -32700],
  ['an empty batch', '[]', null, -32700],
  [
    'deep',
    `{"jsonrpc":"2.0","id":9,"method":"x","params":{"a":${'['.repeat(90_000)}${']'.repeat(90_000)}}}`,
    9,
    -32600,
  ],
  ['too long', JSON.stringify(call(9, 'echo', { a: 'x'.repeat(5_000_000) })), 9, -32600],
  [
    'too long, id last',
    JSON.stringify({
      method: 'tools/call',
      params: { name: 'echo', arguments: { a: 'x'.repeat(5_000_000) } },
      jsonrpc: '2.0',
      id: 9,
    }),
    9,
    -32600,
  ],
  [
    'Method for method',
    '{"jsonrpc":"2.0","id":9,"method":"ping","Method":"tools/call","params":{"name":"danger"}}',
    9,
    -32600,
  ],
  [
    'Name for name',
    '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"echo","Name":"danger"}}',
    9,
    -32600,
  ],
]

test('the gate answers each line that it refuses, and the stream goes on', async () => {
  client = LineClient.hostile(gate)
  for (const [name, line, id, code] of REFUSED_LINES) {
    expect(await client.ask(line), name).toMatchObject({ id, error: { code } })
    expect((await client.ask(call(2, 'echo'))).result, name).toBeDefined()
  }
  await client.end()
  expect(client.stderr).not.toContain('danger')
})

test('a duplicate member reaches the server once, as it was judged; numbers keep their spelling', async () => {
  client = LineClient.hostile(gate)
  await client.ask(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger","name":"echo","arguments":{"n":1.0,"big":12345678901234567890}}}',
  )
  await client.end()
  expect(client.stderr).toContain('{"name":"echo","arguments":{"n":1.0,"big":12345678901234567890}}')
  expect(client.stderr).not.toContain('danger')
})

test('of a batch, what is refused is answered and the rest goes on', async () => {
  client = LineClient.hostile(gate)
  client.send([call(1, 'danger'), call(2, 'echo'), { jsonrpc: '2.0', method: 'notifications/x' }])
  expect(await client.next()).toEqual(refused(1, 'Refused by policy.'))
  expect(await client.next()).toMatchObject({ id: 2, result: {} })
  await client.end()
  expect(client.stderr).not.toContain('danger')
})

test('a call as a notification is not let through unjudged', async () => {
  client = LineClient.hostile(gate)
  client.send({ jsonrpc: '2.0', method: 'tools/call', params: { name: 'echo', arguments: {} } })
  client.send({ jsonrpc: '2.0', method: 'tools/call', params: { name: 'danger', arguments: {} } })
  await client.end()
  expect(client.stderr).not.toMatch(/echo|danger/)
})

test('a tool whose definition changed is hidden and refused until somebody looked', async () => {
  client = LineClient.hostile(gate, 'plain')
  await client.ask(list(1))
  await client.end()
  const pins = join(gate.folder, 'state', 'gate', 'pins')
  expect(readdirSync(pins)).toHaveLength(1)
  client = LineClient.hostile(gate, 'changed')
  await client.ask(list(1))
  expect((await client.ask(call(2, 'echo'))).result.isError).toBe(true)
  expect((await client.ask(list(3))).result.tools).toEqual([])
  expect(await client.ask(call(4, 'echo'))).toEqual(
    refused(
      4,
      'Refused: the definition of test/echo has changed since it was first seen, and a person has to look at it: interdict-gate pins --server test.',
    ),
  )
  await client.end()
  rmSync(pins, { recursive: true })
  client = LineClient.hostile(gate, 'changed')
  expect((await client.ask(list(1))).result.tools).toHaveLength(1)
  expect((await client.ask(call(2, 'echo'))).result.isError).toBeUndefined()
})

test('the exit code of the server is passed on; a server that cannot start is an error', async () => {
  client = LineClient.hostile(gate, 'exit')
  client.send(call(1, 'echo'))
  expect(await client.end()).toBe(7)
  client = new LineClient(gate, ['/nowhere/server'])
  expect(await client.end()).toBe(2)
})

test('a flood of answers arrives whole, in order, and memory stays flat', async () => {
  client = LineClient.hostile(gate)
  client.send({ jsonrpc: '2.0', id: 1, method: 'flood', params: { count: 20_000 } })
  let messages = 0
  for (;;) {
    const message = await client.next()
    if (message.id === 1) break
    expect(message.params.n).toBe(messages)
    messages += 1
  }
  expect(messages).toBe(20_000)
  if (process.platform !== 'linux') return
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${client.child.pid}/status`, 'utf8')) ?? []
  expect(Number(peak)).toBeLessThan(160_000)
})

test('an answer that is too long, and does not say whom it answers, ends the session', async () => {
  client = LineClient.hostile(gate)
  client.send({ jsonrpc: '2.0', id: 1, method: 'huge' })
  expect(await client.next()).toBeUndefined()
  await client.end()
})

test('an agent that is held is refused, with the run, and works again without a restart', async () => {
  const town = new Town(gate.folder)
  const cloud = new ToyCloud()
  cloud.add('refunds')
  gate.policy(
    'version: 1\nagents: { mcp: { identity: toy:town:door/refunds } }\nrules: [{ effect: allow }]\n',
  )
  client = LineClient.hostile(gate)
  expect((await client.ask(call(1, 'echo'))).result.isError).toBeUndefined()
  await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
  expect(await client.ask(call(2, 'echo'))).toEqual(
    refused(2, "Refused: agent 'mcp' is held by run aaaa: test"),
  )
  await town.restore(cloud.world(), 'aaaa')
  expect((await client.ask(call(3, 'echo'))).result.isError).toBeUndefined()
})
