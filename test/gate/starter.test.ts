import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needsOf } from '../../src/gate/built-in.ts'
import { HARNESSES, isHarness } from '../../src/gate/call.ts'
import { readCall } from '../../src/gate/dialects.ts'
import { slowly } from '../../src/gate/gate.ts'
import { starterPolicy } from '../../src/gate/install/starter.ts'
import { judge } from '../../src/gate/policy.ts'
import { checkPolicy } from '../../src/gate/policy-file.ts'

const folder = join(import.meta.dirname, 'fixtures/harnesses')

function policyFor(harness: string) {
  if (!isHarness(harness)) throw new Error(harness)
  const { policy, problems } = checkPolicy(starterPolicy(harness, 'bot'), 'gate.yaml')
  if (!policy) throw new Error(JSON.stringify(problems))
  return { harness, policy }
}

test.each(HARNESSES)('the policy to begin with for %s is right', harness => {
  expect(checkPolicy(starterPolicy(harness, 'bot'), 'gate.yaml').problems).toEqual([])
})

/** By the tool's own name, whichever harness has it. The rest has to be refused. */
const ALLOWED =
  /^(Read|ToolSearch|read_file|list_directory|view_image|get_goal|list_mcp_resources|clock.*|Agent|(collaboration)?(spawn|wait|list)_agents?|invoke_agent|update_topic|write_todos|enter_plan_mode|list_background_processes)$/
const ASKED = /^(Write|WebFetch|web_fetch|google_web_search|apply_patch|write_file|Bash|run_shell_command)$/

test.each(readdirSync(folder))('the policy to begin with decides the recorded %s as it says', async file => {
  const { harness, policy } = policyFor(file.split('-')[0] ?? '')
  const { call } = readCall(harness, 'bot', JSON.parse(readFileSync(join(folder, file), 'utf8')))
  const decision = await judge(policy, call, new Date(), slowly, undefined, needsOf(call, []))
  const expected = ALLOWED.test(call.tool) ? 'allow' : ASKED.test(call.tool) ? 'ask' : 'deny'
  expect({ tool: call.tool, effect: decision.effect }).toEqual({ tool: call.tool, effect: expected })
})

/** Calls that a starter policy has to refuse: they write, leave the machine, or run code that a repository names. */
test.each(
  HARNESSES.flatMap(harness =>
    [
      'ls; rm -rf x',
      'ls\nrm x',
      'ls > x',
      'ls -la',
      'pwd && x',
      '$(x)',
      'git status',
      'git log --output README.md',
      'git diff --no-index /etc/hostname /dev/null',
      'LS',
      'ls ',
    ].map(command => [harness, command] as const),
  ),
)('the policy to begin with for %s does not allow %j', async (name, command) => {
  const { harness, policy } = policyFor(name)
  const input =
    harness === 'cursor'
      ? { hook_event_name: 'beforeShellExecution', command }
      : {
          hook_event_name: harness === 'gemini' ? 'BeforeTool' : 'PreToolUse',
          tool_name: harness === 'claude' || harness === 'codex' ? 'Bash' : 'run_shell_command',
          tool_input: { command },
        }
  const { call } = readCall(harness, 'bot', input)
  expect((await judge(policy, call, new Date(), slowly)).effect).not.toBe('allow')
})

test('a skill runs only when it is named', async () => {
  for (const [name, tool, argument] of [
    ['claude', 'Skill', 'skill'],
    ['gemini', 'activate_skill', 'name'],
    ['qwen', 'skill', 'skill'],
  ] as const) {
    const { harness, policy } = policyFor(name)
    const event = harness === 'gemini' ? 'BeforeTool' : 'PreToolUse'
    const input = { hook_event_name: event, tool_name: tool, tool_input: { [argument]: 'evil' } }
    const { call } = readCall(harness, 'bot', input)
    expect((await judge(policy, call, new Date(), slowly)).effect).toBe('deny')
  }
})

test.each(['[Skill]', '[Read, Skill]', 'activate_skill', '[skill]'])(
  'a policy that allows every skill is refused: %s',
  tools => {
    const { problems } = checkPolicy(
      `version: 1\nrules:\n  - { effect: allow, tools: ${tools} }\n`,
      'gate.yaml',
    )
    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/may run shell commands/)])
    const named = `version: 1\nrules:\n  - { effect: allow, tools: ${tools}, when: 'args.skill in ["mine"]' }\n`
    expect(checkPolicy(named, 'gate.yaml').problems).toEqual([])
  },
)
