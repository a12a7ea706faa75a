// `npm run test:binary`: builds the single executable and runs it in an empty folder, without PATH and Node: version, help, a shipped
// playbook, its tests, the drill, the gate's hook by each of its names, and Cedar in a thread. `--built FOLDER` takes one that is built.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = process.argv.indexOf('--built')
const folder = at === -1 ? join(root, '.cache/binary') : resolve(process.argv[at + 1] ?? '.')
if (at === -1) {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build-binary.mjs')], { stdio: 'inherit' })
  if (built.status !== 0) process.exit(built.status ?? 1)
}
const home = mkdtempSync(join(tmpdir(), 'interdict-binary-'))
const env = {
  HOME: home,
  PATH: '',
  INTERDICT_STATE: join(home, 'state'),
  INTERDICT_CONFIG: join(home, 'config'),
  // Whether the gate decides in its time must not depend on what else this machine does.
  INTERDICT_GATE_SECONDS: '9',
}

function run(program, args, input = '') {
  const { status, stdout, stderr } = spawnSync(join(folder, program), args, {
    cwd: home,
    env,
    input,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

function succeed(program, args, input) {
  const ended = run(program, args, input)
  assert.equal(ended.status, 0, `${program} ${args.join(' ')}: ${JSON.stringify(ended)}`)
  return ended.stdout
}

try {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.match(succeed('interdict', ['--version']), new RegExp(`^interdict/${version} `))
  assert.match(succeed('interdict', ['--help']), /^COMMANDS$/m)
  assert.match(succeed('interdict', ['status']), /^no runs yet/)
  assert.equal(
    succeed('interdict', ['playbook', 'show', 'leaked-access-key']),
    readFileSync(join(root, 'playbooks/leaked-access-key.yaml'), 'utf8'),
  )
  succeed('interdict', ['playbook', 'test', 'agent-out-of-scope'])
  assert.match(succeed('interdict', ['drill']), /estate identical to the start/)

  mkdirSync(join(home, 'config'), { recursive: true })
  const policy = join(home, 'config/gate.yaml')
  writeFileSync(
    policy,
    'version: 1\nrules:\n  - { effect: allow, tools: [Read] }\n  - { effect: deny, tools: [Bash] }\n',
  )
  const call = tool => JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: tool, tool_input: {} })
  const hook = ['hook', '--harness', 'claude']
  assert.equal(succeed('interdict-gate', hook, call('Read')), '{}\n')
  assert.equal(succeed('interdict', ['interdict-gate', ...hook], call('Read')), '{}\n')
  assert.match(JSON.stringify(run('interdict-gate', hook, call('Bash'))), /deny/)
  writeFileSync(join(home, 'cedar'), 'permit(principal, action, resource);')
  assert.equal(
    succeed('interdict-gate', [...hook, '--policy-engine', `cedar=${join(home, 'cedar')}`], call('Read')),
    '{}\n',
  )
  process.stdout.write('the single executable works without Node\n')
} finally {
  rmSync(home, { recursive: true, force: true })
}
