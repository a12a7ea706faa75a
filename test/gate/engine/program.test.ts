import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { LineClient } from '../mcp/line-client.ts'
import { json, OpaServer } from './opa-server.ts'

const PATH = '/v1/data/gate/decision'
let gate: GateProgram
beforeEach(() => {
  gate = new GateProgram()
  gate.policy(`
version: 1
agents: { refunds: { identity: "aws:111122223333:role/refunds" } }
rules: [{ name: no wiping, effect: deny, when: 'has(args.command) && args.command.contains("rm -rf")' }]
`)
})
afterEach(() => gate.close())

const call = (tool_input: object, more: object = {}) => ({
  session_id: 's',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input,
  ...more,
})
const said = (permissionDecision: string, permissionDecisionReason: string) => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
})

test('the hook asks OPA after its own rules, and puts the answer on record', async () => {
  const server = new OpaServer((asked, response) => {
    const args = asked.body.input['args'] as { command?: string }
    const effect = args.command === 'ls' ? 'allow' : args.command === 'make' ? 'ask' : 'deny'
    json({ result: { effect, reason: `opa says ${effect}` } })(asked, response)
  })
  const engine = ['--agent', 'refunds', '--policy-engine', `opa=${await server.listen()}${PATH}`]
  const answers = []
  for (const command of ['ls', 'make', 'curl x', 'rm -rf /'])
    answers.push((await gate.hook('claude', call({ command }), ...engine)).answer)
  expect(answers).toEqual([
    {},
    said('ask', 'opa says ask'),
    said('deny', 'opa says deny'),
    said('deny', "denied by rule 'no wiping'"),
  ])
  // The last one was not asked about.
  expect(server.asked.map(({ body }) => body.input['identities'])).toEqual([
    ['aws:111122223333:role/refunds'],
    ['aws:111122223333:role/refunds'],
    ['aws:111122223333:role/refunds'],
  ])
  expect(gate.decisions().map(({ effect, rule }) => [effect, rule])).toEqual([
    ['allow', `opa ${PATH}`],
    ['ask', `opa ${PATH}`],
    ['deny', `opa ${PATH}`],
    ['deny', 'no wiping'],
  ])
  expect(gate.refusals()).toHaveLength(2)
  await server.close()
  const gone = await gate.hook('claude', call({ command: 'ls' }), ...engine)
  expect(gone).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('ECONNREFUSED') })
})

test('the hook ends with its time when OPA says nothing', async () => {
  const server = new OpaServer(() => undefined)
  gate.env['INTERDICT_GATE_SECONDS'] = '1'
  const engine = `opa=${await server.listen()}${PATH}`
  const { exit, stderr } = await gate.hook(
    'claude',
    call({}),
    '--agent',
    'refunds',
    '--policy-engine',
    engine,
  )
  expect(exit).toBe(2)
  expect(stderr).toContain('no decision within 1 s')
  await server.close()
})

test('the hook asks Cedar', async () => {
  writeFileSync(
    join(gate.folder, 'gate.cedar'),
    '@id("listing") permit (principal in Identity::"aws:111122223333:role/refunds", action, resource == Tool::"Bash") when { context.args.command == "ls" };',
  )
  const engine = ['--agent', 'refunds', '--policy-engine', 'cedar=gate.cedar']
  expect((await gate.hook('claude', call({ command: 'ls' }), ...engine)).answer).toEqual({})
  expect((await gate.hook('claude', call({ command: 'id' }), ...engine)).answer).toEqual(
    said('deny', 'no Cedar policy permits it'),
  )
  expect(await gate.hook('claude', call({}), ...engine)).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('policy listing: record does not have the attribute'),
  })
  expect(gate.decisions().map(({ rule }) => rule)).toEqual(['cedar listing', 'cedar', undefined])
})

test.each([
  ['opa=http://opa.example/v1/data/x', 'on this machine only'],
  ['rego=x', 'has to be opa=URL or cedar=FILE'],
  ['cedar=none.cedar', 'none.cedar is missing'],
])('an engine that cannot be asked blocks every call: %s', async (engine, reason) => {
  expect(await gate.hook('claude', call({}), '--agent', 'refunds', '--policy-engine', engine)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining(reason),
  })
})

test('the proxy lists what an engine may allow, and asks it for each call', async () => {
  gate.policy('version: 1\nrules: [{ effect: deny, tools: ["test/danger"] }]\n')
  writeFileSync(
    join(gate.folder, 'gate.cedar'),
    'permit (principal, action, resource in Server::"test") when { context.args has n };',
  )
  const client = LineClient.hostile(gate, 'plain', '--policy-engine', 'cedar=gate.cedar')
  const ask = (id: number, method: string, params: object) =>
    client.ask(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  const { tools } = (await ask(1, 'tools/list', {})).result
  const names = tools.map(({ name }: { name: string }) => name)
  expect(names).toContain('echo')
  expect(names).not.toContain('danger')
  expect((await ask(2, 'tools/call', { name: 'echo', arguments: { n: 1 } })).result.isError).toBeUndefined()
  expect((await ask(3, 'tools/call', { name: 'echo', arguments: {} })).result.isError).toBe(true)
  await client.end()
})
