import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commonCases, type Dialect, expectOutcome, outcome, POLICY, projectFile } from './cases.ts'
import { addJsonServer } from './real-harness.ts'

const dialect: Dialect = {
  name: 'qwen',
  shell: command => ({
    name: 'run_shell_command',
    args: { command, description: 'x', is_background: false },
  }),
  mcp: (tool, args) => ({ name: `mcp__files__${tool}`, args }),
  agent: scenario => ({
    name: 'agent',
    args: { description: 'x', prompt: `SCENARIO:${scenario}`, subagent_type: 'general-purpose' },
  }),
  addServer: addJsonServer,
}

const { fresh } = commonCases(dialect)

test.each(['{"disableAllHooks":true}'])(
  "a project's file does not switch off the machine-wide gate: %s",
  async file => {
    const harness = fresh()
    projectFile(harness, '.qwen/settings.json', file)
    harness.env['QWEN_CODE_SYSTEM_SETTINGS_PATH'] = join(harness.folder, 'etc/settings.json')
    await harness.install(
      POLICY,
      '--agent',
      'bot',
      '--system',
      '--policy',
      join(harness.folder, 'config/gate.yaml'),
    )
    await harness.calls(
      dialect.shell('echo ALLOWED > system-allowed.txt'),
      dialect.shell('echo DENIED > system-denied.txt'),
    )
    expectOutcome('gate installed with --system, allowed', outcome(harness, 'system-allowed.txt'), 'runs')
    expectOutcome(
      "a project's file, gate installed with --system",
      outcome(harness, 'system-denied.txt'),
      'blocked',
    )
  },
)

test("a project's file switches off the gate of a user, and the doctor says so", async () => {
  const harness = fresh()
  await harness.install(POLICY, '--agent', 'bot')
  expect(await harness.interdict('gate', 'doctor')).toMatchObject({ exit: 0 })
  projectFile(harness, '.qwen/settings.json', ['{"disableAllHooks":true}'][0] ?? '')
  expect(await harness.interdict('gate', 'doctor')).toMatchObject({ exit: 4 })
  await harness.calls(dialect.shell('echo DENIED > off.txt'))
  expectOutcome(
    "documented: a project's file, gate installed for the user",
    outcome(harness, 'off.txt'),
    'runs',
  )
})
