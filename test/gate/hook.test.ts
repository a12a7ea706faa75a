import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Harness } from '../../src/gate/call.ts'
import { isWhole } from '../setup/whole.ts'
import { GateProgram } from './gate-program.ts'

const POLICY = `
version: 1
rules:
  - name: reading
    effect: allow
    tools: [Read, read_file, "files/*"]
  - name: shell
    effect: ask
    when: (tool == "Bash" || tool == "Shell" || tool == "run_shell_command")
  - name: no-wipe
    effect: deny
    when: has(args.command) && args.command.contains("rm -rf")
    message: nothing is wiped here
`

let gate: GateProgram
beforeEach(() => {
  gate = new GateProgram()
  gate.policy(POLICY)
})
afterEach(() => gate.close())

const claude = (tool_name: string, tool_input: unknown = {}) => ({
  session_id: 's-1',
  transcript_path: '/t',
  cwd: '/w',
  hook_event_name: 'PreToolUse',
  tool_name,
  tool_input,
  tool_use_id: 'u-1',
})
const cursor = (hook_event_name: string, more: object) => ({
  conversation_id: 'c-1',
  generation_id: 'g-1',
  cursor_version: '2.4',
  workspace_roots: ['/w'],
  hook_event_name,
  ...more,
})
const gemini = (tool_name: string, tool_input: unknown = {}, more: object = {}) => ({
  session_id: 's-1',
  cwd: '/w',
  hook_event_name: 'BeforeTool',
  timestamp: '2026-11-23T10:00:00Z',
  tool_name,
  tool_input,
  ...more,
})
const said = (permissionDecision: string, permissionDecisionReason: string) => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
})
const cursorSaid = (permission: string, reason: string) => ({
  permission,
  user_message: reason,
  agent_message: reason,
})
const cannotAsk = (harness: string) =>
  `needs a person by rule 'shell' (a person has to approve this, and ${harness} cannot ask from here)`

/** The first row of each harness starts the program; the others are answered in this process. */
const started = new Set<string>()

test.each<[Harness, string, unknown, object]>([
  ['claude', 'allow', claude('Read', { file_path: '/x' }), {}],
  ['claude', 'allow, MCP', claude('mcp__files__read', {}), {}],
  ['claude', 'ask', claude('Bash', { command: 'ls' }), said('ask', "needs a person by rule 'shell'")],
  ['claude', 'deny', claude('Bash', { command: 'rm -rf /' }), said('deny', 'nothing is wiped here')],
  ['claude', 'default', claude('Write', {}), said('deny', 'no rule allows it')],
  ['claude', 'a server posing as built-in', claude('mcp__evil__Read', {}), said('deny', 'no rule allows it')],
  ['claude', 'built-in posing as a server', claude('files/read', {}), said('deny', 'no rule allows it')],
  ['codex', 'allow', { ...claude('Read'), turn_id: 't' }, {}],
  ['codex', 'ask', { ...claude('Bash', { command: 'ls' }), turn_id: 't' }, said('deny', cannotAsk('codex'))],
  [
    'codex',
    'deny',
    { ...claude('apply_patch', { command: '*** Begin' }), turn_id: 't' },
    said('deny', 'no rule allows it'),
  ],
  ['cursor', 'allow', cursor('beforeReadFile', { file_path: '/x', content: 'y' }), { permission: 'allow' }],
  [
    'cursor',
    'ask',
    cursor('beforeShellExecution', { command: 'ls', cwd: '/w' }),
    cursorSaid('ask', "needs a person by rule 'shell'"),
  ],
  [
    'cursor',
    'ask where it cannot',
    cursor('preToolUse', { tool_name: 'Shell', tool_input: { command: 'ls' } }),
    cursorSaid('deny', cannotAsk('cursor')),
  ],
  [
    'cursor',
    'deny, arguments as text',
    cursor('beforeMCPExecution', { tool_name: 'MCP:files:read', tool_input: '{"command":"rm -rf /"}' }),
    cursorSaid('deny', 'nothing is wiped here'),
  ],
  [
    'cursor',
    'MCP, whose name looks like one of a server',
    cursor('beforeMCPExecution', { tool_name: 'MCP:files:read', tool_input: '{}' }),
    cursorSaid('deny', 'no rule allows it'),
  ],
  [
    'cursor',
    'MCP without a server',
    cursor('beforeMCPExecution', { tool_name: 'Read', tool_input: '{}' }),
    cursorSaid('deny', 'no rule allows it'),
  ],
  ['qwen', 'allow', claude('read_file', { file_path: '/x' }), {}],
  [
    'qwen',
    'deny',
    claude('run_shell_command', { command: 'rm -rf /' }),
    said('deny', 'nothing is wiped here'),
  ],
  [
    'qwen',
    'ask',
    claude('run_shell_command', { command: 'ls' }),
    said('ask', "needs a person by rule 'shell'"),
  ],
  ['gemini', 'allow', gemini('read_file', { path: '/x' }), { decision: 'allow' }],
  [
    'gemini',
    'allow, MCP',
    gemini('mcp_files_read', {}, { mcp_context: { server_name: 'files', tool_name: 'read' } }),
    { decision: 'allow' },
  ],
  [
    'gemini',
    'ask',
    gemini('run_shell_command', { command: 'ls' }),
    { decision: 'deny', reason: cannotAsk('gemini') },
  ],
  [
    'gemini',
    'deny',
    gemini('run_shell_command', { command: 'rm -rf /' }),
    { decision: 'deny', reason: 'nothing is wiped here' },
  ],
])('%s: %s', async (harness, _, input, expected) => {
  const isStarted = isWhole || !started.has(harness)
  started.add(harness)
  const { answer, exit, stderr } = await (isStarted ? gate.hook(harness, input) : gate.judged(harness, input))
  expect({ answer, exit, stderr }).toEqual({ answer: expected, exit: 0, stderr: '' })
})

test('codex is answered with exactly {} or the bare deny', async () => {
  expect((await gate.hook('codex', claude('Read'))).stdout).toBe('{}\n')
  const { answer } = await gate.hook('codex', claude('Write'))
  expect(Object.keys(answer as object)).toEqual(['hookSpecificOutput'])
})

test('a policy may grant: then Claude Code does not ask on its own', async () => {
  gate.policy(`grant: true\n${POLICY}`)
  expect((await gate.hook('claude', claude('Read'))).answer).toEqual(
    said('allow', "allowed by rule 'reading'"),
  )
})

const HARNESSES = ['claude', 'codex', 'cursor', 'gemini', 'qwen']
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
test.each([
  ['nothing', ''],
  ['half an object', '{"hook_event_name":'],
  ['another value', '[]'],
  ['another event', JSON.stringify({ ...claude('Read'), hook_event_name: 'PostToolUse' })],
  ['no tool', JSON.stringify({ ...claude('Read'), tool_name: undefined })],
  ['a tool that is no text', JSON.stringify({ ...claude('Read'), tool_name: ['Read'] })],
  ['arguments that are none', JSON.stringify(claude('Read', 'x'))],
  ['deep nesting', JSON.stringify(claude('Read', { a: 1 })).replace('"a":1', `"a":${deep}`)],
  ['too much', JSON.stringify(claude('Read', { a: 'x'.repeat(2_000_000) }))],
])('blocked with exit 2 in every harness: %s', async (what, input) => {
  for (const harness of isWhole || what === 'nothing'
    ? HARNESSES
    : [HARNESSES[what.length % HARNESSES.length] ?? '']) {
    const { exit, stdout, stderr } = await gate.hook(harness, input)
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(stderr).toMatch(/^interdict-gate refused: .+\n$/)
  }
})

test('input that does not end is blocked after two seconds', async () => {
  delete gate.env['INTERDICT_GATE_SECONDS']
  const { exit, stderr } = await gate.run(['hook', '--harness', 'claude'], 'never')
  expect(exit).toBe(2)
  expect(stderr).toContain('no decision within 2 s')
})

test.each([
  ['no harness', ['hook']],
  ['an unknown harness', ['hook', '--harness', 'other']],
  ['an unknown flag', ['hook', '--harness', 'claude', '--polcy', 'x']],
  ['a flag without its value', ['hook', '--harness']],
  ['nothing', []],
  ['an unknown verb', ['hok']],
])('wrong usage blocks: %s', async (_, args) => {
  expect((await gate.run(args, JSON.stringify(claude('Read')))).exit).toBe(2)
})

test('no policy, or a wrong one, blocks and says where', async () => {
  gate.policy('version: 1\nrules:\n  - effect: allow\n    when: tol == "x"\n')
  const wrong = await gate.hook('claude', claude('Read'))
  expect(wrong.exit).toBe(2)
  expect(wrong.stderr).toContain('gate.yaml:4:11')
  const none = await gate.hook('claude', claude('Read'), '--policy', 'nowhere.yaml')
  expect(none.exit).toBe(2)
  expect(none.stderr).toContain('there is no policy')
})

test('an edited policy counts at once, and an edited cache does not', async () => {
  expect((await gate.hook('claude', claude('Write'))).answer).toEqual(said('deny', 'no rule allows it'))
  const cache = join(gate.folder, 'config', 'gate.yaml.checked')
  expect(statSync(cache).mode & 0o777).toBe(0o600)
  writeFileSync(
    cache,
    readFileSync(cache, 'utf8').replace('"reading","effect":"allow"', '"reading","effect":"deny"'),
  )
  expect((await gate.hook('claude', claude('Read'))).answer).toEqual({})
  gate.policy('version: 1\nrules: [{ effect: allow }]\n')
  expect((await gate.hook('claude', claude('Write'))).answer).toEqual({})
})

test('decisions are sealed, without the arguments; refusals are signals', async () => {
  await gate.hook('claude', claude('Read', { file_path: '/secret-path' }))
  await gate.hook('claude', claude('Bash', { command: 'rm -rf / # hunter2' }))
  await gate.hook('claude', claude('Bash', { command: 'ls' }))
  const decisions = gate.decisions()
  expect(decisions.map(({ seq, tool, effect, because }) => [seq, tool, effect, because])).toEqual([
    [0, 'Read', 'allow', 'policy'],
    [1, 'Bash', 'deny', 'policy'],
    [2, 'Bash', 'ask', 'policy'],
  ])
  expect(JSON.stringify([decisions, gate.refusals()])).not.toMatch(/hunter2|secret-path/)
  expect(gate.refusals()).toMatchObject([
    {
      cloud: 'agent',
      format: 'gate',
      identity: { name: 'claude', session: 's-1' },
      action: 'Bash',
      outcome: 'denied',
    },
  ])
  expect(await gate.run(['log'])).toMatchObject({ exit: 0, stderr: '' })
})

test('ten at once leave one whole journal', async () => {
  await gate.run(['compile'])
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => gate.hook('claude', claude(n % 2 ? 'Read' : 'Write'))),
  )
  expect(gate.decisions().map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, n) => n))
  expect(gate.refusals()).toHaveLength(5)
  expect(await gate.run(['log'])).toMatchObject({ exit: 0, stderr: '' })
})

test('a journal that was altered or cut is told, and a cut one blocks', async () => {
  for (let n = 0; n < 3; n += 1) await gate.hook('claude', claude('Write'))
  const path = join(gate.folder, 'state', 'gate', 'decisions.jsonl')
  const whole = readFileSync(path, 'utf8')
  writeFileSync(path, whole.replace('"effect":"deny"', '"effect":"allow"'))
  expect(await gate.run(['log'])).toMatchObject({ exit: 5, stderr: 'decisions.jsonl line 1 was altered\n' })
  writeFileSync(path, whole)
  truncateSync(path, whole.indexOf('\n', whole.indexOf('\n') + 1) + 1)
  expect(await gate.run(['log'])).toMatchObject({ exit: 5 })
  const blocked = await gate.hook('claude', claude('Read'))
  expect(blocked.exit).toBe(2)
  expect(blocked.stderr).toContain('was cut')
})

test('the ledger seals allowed calls too, by a code until the next signature', async () => {
  for (let n = 0; n < 3; n += 1) await gate.hook('claude', claude('Read'))
  expect(gate.decisions().map(entry => ('sig' in entry ? 'sig' : 'mac'))).toEqual(['sig', 'mac', 'mac'])
  const path = join(gate.folder, 'state', 'gate', 'decisions.jsonl')
  const { mac } = gate.decisions()[2] as { mac: string }
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(
      mac,
      mac.replace(/^./, first => (first === '0' ? '1' : '0')),
    ),
  )
  expect(await gate.run(['log'])).toMatchObject({
    exit: 5,
    stderr: 'decisions.jsonl line 3 is not sealed by this machine\n',
  })
})

test('half a line, as a crash leaves it, is stepped over and noted', async () => {
  await gate.hook('claude', claude('Write'))
  appendFileSync(join(gate.folder, 'state', 'gate', 'decisions.jsonl'), '{"agent":"cl')
  expect((await gate.hook('claude', claude('Read'))).exit).toBe(0)
  expect(await gate.run(['log'])).toMatchObject({ exit: 0 })
})

test('the hook refuses a call that cannot be recorded', async () => {
  writeFileSync(join(gate.folder, 'state'), 'a file where the folder should be')
  const { exit, stdout } = await gate.hook('claude', claude('Read'))
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
})

test('a lock that a dead process left is taken over', async () => {
  await gate.hook('claude', claude('Read'))
  writeFileSync(join(gate.folder, 'state', 'gate', 'decisions.jsonl.lock'), '999999999')
  expect((await gate.hook('claude', claude('Read'))).exit).toBe(0)
})

test('only listed agents are known, where any are', async () => {
  gate.policy(`agents: { refunds: }\n${POLICY}`)
  expect((await gate.hook('claude', claude('Read'), '--agent', 'refunds')).exit).toBe(0)
  const other = await gate.hook('claude', claude('Read'), '--agent', 'refund')
  expect(other.exit).toBe(2)
  expect(other.stderr).toContain("the policy knows no agent 'refund'")
})
