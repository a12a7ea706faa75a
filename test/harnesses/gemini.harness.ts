import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { commonCases, type Dialect, expectOutcome, outcome, POLICY, projectFile } from './cases.ts'
import { addJsonServer, type RealHarness } from './real-harness.ts'

const dialect: Dialect = {
  name: 'gemini',
  shell: command => ({ name: 'run_shell_command', args: { command, description: 'x' } }),
  mcp: (tool, args) => ({ name: `mcp_files_${tool}`, args }),
  agent: scenario => ({
    name: 'invoke_agent',
    args: { agent_name: 'generalist', prompt: `SCENARIO:${scenario}` },
  }),
  addServer: addJsonServer,
}

const { fresh } = commonCases(dialect)

test.each(['{"hooksConfig":{"enabled":false}}', '{"hooksConfig":{"disabled":["interdict-gate"]}}'])(
  "a project's file does not switch off the machine-wide gate: %s",
  async file => {
    const harness = fresh()
    projectFile(harness, '.gemini/settings.json', file)
    // Gemini CLI skips machine-wide settings below a folder that others can write to, as the system's temporary one is.
    const system = mkdtempSync(join(import.meta.dirname, '../../.cache/harnesses/system-'))
    onTestFinished(() => rmSync(system, { recursive: true, force: true }))
    harness.env['GEMINI_CLI_SYSTEM_SETTINGS_PATH'] = join(system, 'settings.json')
    trusted(harness)
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

test("the doctor names a project's file that switches off the gate of a user", async () => {
  const harness = fresh()
  await harness.install(POLICY, '--agent', 'bot')
  expect(await harness.interdict('gate', 'doctor')).toMatchObject({ exit: 0 })
  projectFile(
    harness,
    '.gemini/settings.json',
    ['{"hooksConfig":{"enabled":false}}', '{"hooksConfig":{"disabled":["interdict-gate"]}}'][0] ?? '',
  )
  expect(await harness.interdict('gate', 'doctor')).toMatchObject({ exit: 4 })
})

/** Gemini CLI reads a project's settings in a folder that the user trusts. */
function trusted(harness: RealHarness): void {
  harness.put('home/.gemini/trustedFolders.json', JSON.stringify({ [harness.project]: 'TRUST_FOLDER' }))
}
