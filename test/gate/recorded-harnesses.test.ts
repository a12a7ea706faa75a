import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isHarness } from '../../src/gate/call.ts'
import { readCall } from '../../src/gate/dialects.ts'
import { slowly } from '../../src/gate/gate.ts'
import { judge } from '../../src/gate/policy.ts'
import { checkPolicy } from '../../src/gate/policy-file.ts'
import type { Json } from '../../src/model/json.ts'

const folder = join(import.meta.dirname, 'fixtures/harnesses')
const files = readdirSync(folder).sort()
const SESSION = '00000000-0000-4000-8000-000000000001'

interface Recorded {
  tool_name: string
  tool_input: { [name: string]: Json }
  permission_mode?: string
  agent_type?: string
}
const recorded = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded

/** Each recorded payload as the policy sees it: a built-in tool by its own name, a server's as `server/tool`. */
const TOOLS: { [file: string]: string } = Object.fromEntries(
  files.map(file => {
    const { tool_name } = recorded(file)
    const [, server, tool] =
      /^mcp_{1,2}(files|my-files|my_files|my_srv_v2|prox)_{1,2}(.+)$/.exec(tool_name) ?? []
    return [file, server === undefined ? tool_name : `${server.replace('-', '_')}/${tool}`]
  }),
)
const SUBAGENTS: { [file: string]: string } = {
  'claude-2.1.332.Bash-in-subagent.json': 'general-purpose',
  'codex-0.171.0.collaborationlist_agents-in-subagent.json': 'default',
  'codex-0.171.0.collaborationwait_agent-in-subagent.json': 'default',
}

test('there are payloads of every harness that can be installed, and Claude Code', () => {
  const programs = new Set(files.map(file => file.split('-')[0]))
  expect([...programs]).toEqual(['claude', 'codex', 'gemini', 'qwen'])
  expect(files.length).toBeGreaterThanOrEqual(50)
})

test.each(files)('%s is read to its tool, arguments, folder, agent type and mode', file => {
  const [harness = ''] = file.split('-')
  if (!isHarness(harness)) throw new Error(harness)
  const input = recorded(file)
  const { call } = readCall(harness, 'a', input)
  const [server, tool] = TOOLS[file]?.split('/') ?? []
  expect(call).toEqual({
    harness,
    agent: 'a',
    session: SESSION,
    tool: TOOLS[file],
    server: tool === undefined ? '' : server,
    cwd: '/home/alex/project',
    args: input.tool_input,
    ...(input.permission_mode === undefined ? {} : { permissionMode: input.permission_mode }),
    ...(harness === 'claude' || harness === 'codex' ? { agentType: SUBAGENTS[file] ?? '' } : {}),
  })
})

const payload = (tool_name: string, more: object = {}) => ({
  hook_event_name: 'PreToolUse',
  tool_name,
  tool_input: {},
  ...more,
})
const told = (name: string) => ({ mcp_server: { name, source: 'project' } })

test.each([
  ['claude', payload('mcp__files__evil__x', told('files__evil')), 'files__evil/x'],
  ['claude', payload('mcp__files__evil__x', told('files')), 'files/evil__x'],
  ['claude', payload('mcp__files___x', told('files_')), 'files_/x'],
  ['claude', payload('mcp__files/sub__x', told('files/sub')), 'files_sub/x'],
  ['claude', payload('mcp__my_srv_v2__x', told('my.srv v2')), 'my_srv_v2/x'],
  ['claude', payload('mcp__claude_ai_My_Drive__x', told('claude.ai  My Drive')), 'claude_ai__My_Drive/x'],
  ['codex', payload('mcp__my_files__x'), 'my_files/x'],
  ['claude', payload('mcp__my-files__x'), 'my_files/x'],
  ['claude', payload('mcp__files__read/../x'), 'files/read____x'],
  ['claude', payload('files/read'), 'files_read'],
  [
    'cursor',
    { hook_event_name: 'preToolUse', tool_name: 'MCP:files:read', tool_input: {} },
    'mcp/files_read',
  ],
  ['cursor', { hook_event_name: 'beforeMCPExecution', tool_name: 'MCP:files:read' }, 'mcp/files_read'],
  ['cursor', { hook_event_name: 'beforeMCPExecution', tool_name: 'files/read' }, 'mcp/files_read'],
  ['gemini', { hook_event_name: 'BeforeTool', tool_name: 'mcp_files_read' }, 'mcp/files_read'],
  [
    'gemini',
    {
      ...payload('mcp_x_y', { mcp_context: { server_name: 'files/a', tool_name: 'b/c' } }),
      hook_event_name: 'BeforeTool',
    },
    'files_a/b_c',
  ],
] as const)('%s: the name of a tool cannot pose as another server: %j is %s', (harness, input, tool) => {
  expect(readCall(harness, 'a', input).call.tool).toBe(tool)
})

test.each([
  ['two readings', 'codex', payload('mcp__files__evil__x')],
  ['two readings at an underscore', 'codex', payload('mcp__files___x')],
  ['no reading', 'claude', payload('mcp__files')],
  ['no server', 'claude', payload('mcp____x')],
  ['another server than reported', 'claude', payload('mcp__files__x', told('evil'))],
  ['a reported server and a built-in tool', 'claude', payload('Bash', told('files'))],
] as const)('a name with %s is refused', (_, harness, input) => {
  expect(() => readCall(harness, 'a', input)).toThrow(/name of the tool/)
})

const RULES = `version: 1
rules:
  - { name: reading, effect: allow, tools: ["*/read_*", "*/x"] }
  - { name: theirs, effect: deny, tools: ["my-files/*", "my.srv v2/*"] }
`

test.each([
  ['claude-2.1.332.mcp__my-files__read_text_file.json', 'theirs'],
  ['codex-0.171.0.mcp__my_files__read_text_file.json', 'theirs'],
  ['gemini-0.61.0.mcp_my_files_read_text_file.json', 'theirs'],
  ['claude-2.1.332.mcp__my_srv_v2__read_text_file.json', 'theirs'],
  ['claude-2.1.332.mcp__files__read_text_file.json', 'reading'],
])('a deny for a server as it is configured holds for %s', async (file, rule) => {
  const { policy } = checkPolicy(RULES, 'gate.yaml')
  const [harness = ''] = file.split('-')
  if (!policy || !isHarness(harness)) throw new Error(harness)
  const { call } = readCall(harness, 'a', recorded(file))
  expect(await judge(policy, call, new Date(), slowly)).toMatchObject({ rule })
  const proxied = { ...call, harness: 'mcp' as const, server: 'my-files', tool: 'my-files/x' }
  expect(await judge(policy, proxied, new Date(), slowly)).toMatchObject({ rule: 'theirs' })
})

test.each([
  ['server == "my-files"', 'my_files'],
  ['"my-files" == server', 'my_files'],
  ['tool in ["Bash", "my.srv v2/x"]', 'my_srv_v2/x'],
  ['tool.startsWith("my-files/")', 'my_files/'],
  ['glob(tool, "my-files/*")', 'my_files/*'],
  ['tool.matches("^my-files/")', '^my_files/'],
  ['tool == "files/resources/read"', 'files/resources_read'],
])('a policy that compares a name that no tool has is refused: %s', (when, suggestion) => {
  const source = `version: 1\nrules:\n  - effect: deny\n    when: '${when}'\n`
  const { problems } = checkPolicy(source, 'gate.yaml')
  expect(problems.map(each => each.suggestion)).toEqual([`write ${JSON.stringify(suggestion)}`])
})

test.each(['tool == "Bash"', 'tool.matches("^[a-z]+/x")', 'server == "my_files"', 'agent == "my-agent"'])(
  'a policy that compares a name as it is passes: %s',
  when => {
    const source = `version: 1\nrules:\n  - effect: deny\n    when: '${when}'\n`
    expect(checkPolicy(source, 'gate.yaml').problems).toEqual([])
  },
)
