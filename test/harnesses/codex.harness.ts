import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Town } from '../engine/town.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { commonCases, type Dialect, expectOutcome, outcome, POLICY, projectFile } from './cases.ts'
import type { ModelCall } from './fake-model.ts'

const dialect: Dialect = {
  name: 'codex',
  shell: cmd => ({ name: 'exec_command', args: { cmd, yield_time_ms: 30_000 } }),
  mcp: (tool, args) => ({ name: tool, namespace: 'mcp__files', args }),
  agent: scenario => ({
    name: 'spawn_agent',
    namespace: 'multi_agent_v1',
    args: { message: `SCENARIO:${scenario}` },
  }),
  addServer: (harness, name, [command, ...args]) =>
    harness.put(
      'home/.codex/config.toml',
      `${harness.read('home/.codex/config.toml')}[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    ),
}

const { fresh } = commonCases(dialect)
const CODE_MODE = 'gpt-6.1-sol'
const fed = (chars: string): ModelCall => ({
  name: 'write_stdin',
  args: { session_id: '$SESSION', chars, yield_time_ms: 1500 },
})
const terminal = (cmd: string): ModelCall => ({
  name: 'exec_command',
  args: { cmd, tty: true, yield_time_ms: 700 },
})

test('a program that write_stdin could feed is not started, unless the policy permits it', async () => {
  const harness = fresh()
  await harness.install(POLICY, '--agent', 'bot')
  await harness.calls(terminal('echo ALLOWED; cat | bash'), fed('echo x > fed.txt\n'))
  expectOutcome('write_stdin into a program that reads its input', outcome(harness, 'fed.txt'), 'blocked')
})

test('a program that was permitted before a hold goes on, which no hook sees, and the hold names its session', async () => {
  const town = await Town.open()
  try {
    const cloud = new ToyCloud()
    cloud.add('bot')
    const harness = fresh(town.folder)
    const permit = POLICY.replace('name: commands,', 'name: commands, permits: [open-input],')
    await harness.install(permit, '--agent', 'bot')
    const bot = playbook(['disable'], 'identity.kind == "door" && identity.name == "bot"')
    // The run is on disk when the first file is: the shell that is open waits for it.
    const contained = (async () => {
      while (!harness.ran('open.txt')) await new Promise(setImmediate)
      await town.contain(cloud.world(), 'aaaa', bot)
      writeFileSync(join(harness.project, 'contained.txt'), '')
    })()
    const { stdout, stderr } = await harness.calls(
      terminal('echo ALLOWED > open.txt; cat | bash'),
      fed('until [ -e contained.txt ]; do sleep 0.1; done; echo x > fed-after-hold.txt\n'),
      { name: 'write_stdin', args: { session_id: '$SESSION', chars: '', yield_time_ms: 20_000 } },
      dialect.shell('echo ALLOWED > after-hold.txt'),
    )
    await contained
    expectOutcome('a new call after the hold', outcome(harness, 'after-hold.txt'), 'blocked')
    expectOutcome(
      'documented: a permitted program that was open before the hold',
      outcome(harness, 'fed-after-hold.txt'),
      'runs',
    )
    expect(stdout + stderr).toContain('may have cat open since')
  } finally {
    await town.close()
  }
})

test("code mode's nested calls are judged one by one, its scripts' terminals too", async () => {
  const harness = fresh()
  await harness.install(POLICY, '--agent', 'bot')
  const exec = (input: string): ModelCall => ({ name: 'exec', namespace: 'functions', input })
  harness.put(
    'home/.codex/config.toml',
    harness.read('home/.codex/config.toml').replace('gpt-5.5', CODE_MODE),
  )
  await harness.calls(
    exec("text(JSON.stringify(await tools.exec_command({cmd: 'echo ALLOWED > code-allowed.txt'})))"),
    exec("text(JSON.stringify(await tools.exec_command({cmd: 'echo DENIED > code-denied.txt'})))"),
    exec(
      'text(JSON.stringify(await Promise.allSettled([1, 2, 3].map(i => tools.exec_command({cmd: "echo DENIED > code-" + i + ".txt"})))))',
    ),
    exec(
      "const r = await tools.exec_command({cmd: 'echo ALLOWED; cat | bash', tty: true, yield_time_ms: 500}); " +
        "await tools.write_stdin({session_id: r.session_id, chars: 'echo x > code-fed.txt\\n', yield_time_ms: 700})",
    ),
  )
  expectOutcome('code mode, allowed', outcome(harness, 'code-allowed.txt'), 'runs')
  expectOutcome('code mode, denied', outcome(harness, 'code-denied.txt'), 'blocked')
  const all = [1, 2, 3].map(at => outcome(harness, `code-${at}.txt`))
  expectOutcome('code mode, denied at once', all.includes('runs') ? 'runs' : 'blocked', 'blocked')
  expectOutcome('code mode, write_stdin', outcome(harness, 'code-fed.txt'), 'blocked')
})

test('a hook that is not trusted is skipped, and both the installation and the doctor say so', async () => {
  const harness = fresh()
  harness.put('config/gate.yaml', POLICY)
  const args = ['gate', 'install', '--harness', 'codex', '--yes', '--agent', 'bot']
  const installed = await harness.interdict(...args)
  expect(installed.stderr).toContain('untrusted: Codex skips this hook')
  expect(await harness.interdict('gate', 'doctor')).toMatchObject({ exit: 4 })
  await harness.calls(dialect.shell('echo DENIED > untrusted.txt'))
  expectOutcome('documented: a hook that nobody trusted', outcome(harness, 'untrusted.txt'), 'runs')
  await harness.trust()
  const doctor = await harness.interdict('gate', 'doctor')
  expect(doctor).toMatchObject({ exit: 0 })
  // Installed again in place: nothing is written, and the trust holds.
  expect((await harness.interdict(...args)).stderr).toContain('nothing to change')
  projectFile(harness, '.codex/config.toml', '[features]\nhooks = false\n')
  const off = await harness.interdict('gate', 'doctor', '--json')
  expect(off.exit).toBe(4)
  expect(off.stdout).toContain('[features] hooks = false switches the gate off')
  await harness.calls(dialect.shell('echo DENIED > off.txt'))
  expectOutcome(
    "documented: a project's file, gate installed for the user",
    outcome(harness, 'off.txt'),
    'runs',
  )
})

test("a project's file does not switch off the machine-wide gate, which needs no trust", async () => {
  const harness = fresh()
  projectFile(harness, '.codex/config.toml', '[features]\nhooks = false\n')
  harness.put('config/gate.yaml', POLICY)
  const { stderr } = await harness.interdict(
    ...['gate', 'install', '--harness', 'codex', '--system', '--root', join(harness.folder, 'image')],
    ...['--policy', join(harness.folder, 'config/gate.yaml'), '--agent', 'bot', '--yes'],
  )
  expect(stderr).toContain('requirements.toml')
  harness.wrap = inOwnEtc(join(harness.folder, 'image/etc/codex'))
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
})

/** A command that runs another one in a mount namespace of its own, with this folder as /etc/codex. */
function inOwnEtc(folder: string): string[] {
  const script = [
    'set -e',
    't=$(mktemp -d)',
    'mount -t tmpfs none "$t"',
    'mkdir "$t/upper" "$t/work"',
    'mount -t overlay overlay -o "lowerdir=/etc,upperdir=$t/upper,workdir=$t/work" /etc',
    `cp -r ${folder} /etc/codex`,
    'exec "$@"',
  ].join('\n')
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user']
  return ['unshare', ...user, '--mount', 'sh', '-c', script, 'sh']
}
