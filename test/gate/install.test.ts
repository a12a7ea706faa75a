import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLEARED_VARIABLES } from '../../src/gate/cleared-variables.ts'
import { hookCommand } from '../../src/gate/install/command.ts'
import { hooksFeature, withHooksFeature, withoutHooksFeature } from '../../src/gate/install/requirements.ts'
import { withHook } from '../../src/gate/install/settings.ts'
import { digest } from '../../src/model/json.ts'
import { type Program, program } from '../commands/program.ts'

let interdict: Program
beforeEach(() => {
  interdict = program()
  put('config/gate.yaml', 'version: 1\nrules: [{ effect: allow, tools: [Read] }]\n')
})
afterEach(() => interdict.close())

const at = (path: string) => join(interdict.folder, path)
const text = (path: string) => readFileSync(at(path), 'utf8')
function put(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

const FILES = {
  claude: '.claude/settings.json',
  codex: '.codex/hooks.json',
  cursor: '.cursor/hooks.json',
  gemini: '.gemini/settings.json',
  qwen: '.qwen/settings.json',
}
const CALLS = {
  claude: { hook_event_name: 'PreToolUse', tool_name: 'Read' },
  codex: { hook_event_name: 'PreToolUse', tool_name: 'Read' },
  cursor: { hook_event_name: 'preToolUse', tool_name: 'Read' },
  gemini: { hook_event_name: 'BeforeTool', tool_name: 'Read' },
  qwen: { hook_event_name: 'PreToolUse', tool_name: 'Read' },
}
const harnesses = Object.keys(FILES) as (keyof typeof FILES)[]

const commandsIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, each]) =>
        name === 'command' ? [String(each)] : commandsIn(each),
      )

test.each(harnesses)('%s: install writes what works, and uninstall takes back the file', async harness => {
  const installed = await interdict.run('gate', 'install', '--harness', harness, '--yes')
  expect(installed).toMatchObject({ exit: 0, stdout: '' })
  expect(installed.stderr).toContain(`+ `)
  const settings: unknown = JSON.parse(text(FILES[harness]))
  const [command = ''] = commandsIn(settings)
  expect(command).toMatch(/; exit 2; }'$/)
  const shell = (input: object) =>
    spawnSync('sh', ['-c', command], { input: JSON.stringify(input), encoding: 'utf8' })
  expect(shell(CALLS[harness])).toMatchObject({ status: 0 })
  const again = await interdict.run('gate', 'install', '--harness', harness, '--yes')
  expect(again.stderr).toContain('nothing to change')
  const gone = await interdict.run('gate', 'uninstall', '--harness', harness, '--yes')
  expect(gone.exit).toBe(0)
  expect(existsSync(at(FILES[harness]))).toBe(false)
})

test('uninstall writes nothing that somebody else put into the receipt of an installation', async () => {
  const file = FILES.claude
  put(file, '{ "env": { "A": "1" } }\n')
  expect(await interdict.run('gate', 'install', '--harness', 'claude', '--yes')).toMatchObject({ exit: 0 })
  const [name = ''] = readdirSync(at('state/gate/installed'))
  const evil = JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ type: 'command', command: 'evil' }] }] } })
  const forged = JSON.stringify({ path: at(file), before: evil, wrote: digest(text(file)) })
  for (const receipt of [forged, `${'0'.repeat(64)}\n${forged}`]) {
    put(join('state/gate/installed', name), receipt)
    const gone = await interdict.run('gate', 'uninstall', '--harness', 'claude', '--yes')
    expect(gone).toMatchObject({ exit: 0 })
    expect(JSON.parse(text(file))).toEqual({ env: { A: '1' } })
    expect(await interdict.run('gate', 'install', '--harness', 'claude', '--yes')).toMatchObject({ exit: 0 })
  }
})

/**
 * Any code but 2 lets the tool run in Claude Code, Codex, Gemini and Qwen, and so does 2 without a word on stderr in the last
 * three; stdout counts for none of them then, and must not be half an answer. Cursor is told to fail closed besides.
 */
test.each(harnesses)(
  '%s: whatever keeps the hook from deciding ends with 2, a reason, and nothing said',
  async harness => {
    await interdict.run('gate', 'install', '--harness', harness, '--yes')
    const [command = ''] = commandsIn(JSON.parse(text(FILES[harness])))
    const fake = (name: string, body: string) => {
      put(name, `#!/bin/sh\n${body}\n`)
      chmodSync(at(name), 0o755)
      return command.replace(process.execPath, at(name))
    }
    const call = JSON.stringify(CALLS[harness])
    const ways: [string, string, string][] = [
      ['the program is gone', command.replace('gate.cjs', 'gone.cjs'), call],
      ['Node is gone', command.replace(process.execPath, '/nowhere/node'), call],
      ['Node may not be run', command.replace(process.execPath, at('config/gate.yaml')), call],
      ['it fails', fake('fails', 'exit 1'), call],
      ['it is killed', fake('killed', 'kill -9 $$'), call],
      ['it crashes', fake('crashes', 'kill -ABRT $$'), call],
      ['it ends well without a word', fake('empty', 'exit 0'), call],
      ['it prints something else', fake('garbage', 'echo junk'), call],
      ['it prints too much', fake('much', 'head -c 3000000 /dev/zero | tr "\\0" x'), call],
      ['it says nothing and ends with 2', fake('silent', 'exec >&- 2>&-; exit 2'), call],
      ['the input is half', command, call.slice(0, -3)],
      ['the input is another one', command, '{"hook_event_name":"PostToolUse"}'],
      ['there is no policy', command.replace('gate.yaml', 'none.yaml'), call],
      ['the state is a file', command.replace(/--state \S+/, `--state ${at('config/gate.yaml')}`), call],
    ]
    for (const [way, run, input] of ways) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', run], { input, encoding: 'utf8' })
      expect({ way, status, stdout }).toEqual({ way, status: 2, stdout: '' })
      expect(stderr.trim(), way).not.toBe('')
    }
    if (harness !== 'cursor') return
    expect(JSON.parse(text(FILES.cursor)).hooks).toMatchObject({
      preToolUse: [{ failClosed: true }],
      beforeShellExecution: [{ failClosed: true }],
      beforeMCPExecution: [{ failClosed: true }],
      beforeReadFile: [{ failClosed: true }],
    })
  },
)

test('a harness waits longer than the hook takes at most, in its own unit', async () => {
  for (const harness of harnesses) await interdict.run('gate', 'install', '--harness', harness, '--yes')
  const of = (harness: keyof typeof FILES) => JSON.parse(text(FILES[harness])).hooks
  expect(of('claude').PreToolUse[0].hooks[0].timeout).toBe(60)
  expect(of('codex').PreToolUse[0].hooks[0].timeout).toBe(60)
  expect(of('gemini').BeforeTool[0].hooks[0].timeout).toBe(60_000)
})

const THEIRS = `{
\t"model": "opus",
\t"hooks": {
\t\t"PreToolUse": [
\t\t\t{ "matcher": "Bash", "hooks": [{ "type": "command", "command": "mine.sh" }] }
\t\t]
\t}
}`

test('an installation keeps the existing settings, and its removal restores them to the byte with their mode', async () => {
  put(FILES.claude, THEIRS)
  chmodSync(at(FILES.claude), 0o640)
  await interdict.run('gate', 'install', '--harness', 'claude', '--yes')
  const settings = JSON.parse(text(FILES.claude))
  expect(settings).toMatchObject({
    model: 'opus',
    hooks: { PreToolUse: [{ matcher: 'Bash' }, { matcher: '*' }] },
  })
  await interdict.run('gate', 'uninstall', '--harness', 'claude', '--yes')
  expect(text(FILES.claude)).toBe(THEIRS)
  expect(statSync(at(FILES.claude)).mode & 0o777).toBe(0o640)
})

test('where somebody wrote since, only our entries go', async () => {
  put(FILES.claude, THEIRS)
  await interdict.run('gate', 'install', '--harness', 'claude', '--yes')
  put(FILES.claude, text(FILES.claude).replace('opus', 'sonnet'))
  await interdict.run('gate', 'uninstall', '--harness', 'claude', '--yes')
  expect(JSON.parse(text(FILES.claude))).toEqual({ ...JSON.parse(THEIRS), model: 'sonnet' })
})

test.each([
  ['comments', '{ // mine\n}'],
  ['half a file', '{ "hooks": '],
  ['another value', '[]'],
  ['odd hooks', '{ "hooks": { "PreToolUse": "x" } }'],
])('a file that is not understood is left as it is: %s', async (_, content) => {
  put(FILES.claude, content)
  const { exit, stderr } = await interdict.run('gate', 'install', '--harness', 'claude', '--yes')
  expect(exit).toBe(3)
  expect(stderr).toContain('nothing was changed')
  expect(text(FILES.claude)).toBe(content)
})

test('without a yes, or with a wrong policy, nothing is written', async () => {
  expect((await interdict.run('gate', 'install', '--harness', 'claude')).exit).toBe(2)
  put('config/gate.yaml', 'version: 1\nrules: [{ effect: perhaps }]\n')
  const wrong = await interdict.run('gate', 'install', '--harness', 'claude', '--yes')
  expect(wrong.exit).toBe(2)
  expect(wrong.stderr).toContain('gate.yaml:2:19')
  expect(existsSync(at(FILES.claude))).toBe(false)
})

test('a Claude Code that knows onFailure is told to block', async () => {
  expect(withHook('claude', {}, { command: 'x', onFailure: true })).toEqual({
    hooks: {
      PreToolUse: [
        { matcher: '*', hooks: [{ type: 'command', command: 'x', timeout: 60, onFailure: 'block' }] },
      ],
    },
  })
  expect(withHook('cursor', {}, { command: 'x', onFailure: false })).toMatchObject({
    version: 1,
    hooks: { beforeShellExecution: [{ command: 'x', failClosed: true }] },
  })
})

test('--project writes into the folder, and --json says where', async () => {
  const { data } = await interdict.json('gate', 'install', '--harness', 'gemini', '--project', '--yes')
  expect(data).toMatchObject({ changed: true })
  expect(data.path).toMatch(/\.gemini\/settings\.json$/)
})

const byShell = (command: string, input: object, env: NodeJS.ProcessEnv = {}) =>
  spawnSync('sh', ['-c', command], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  })

test.each([
  ['with coreutils', ['/usr/bin/timeout', '/bin/timeout'].find(existsSync)],
  ['without', undefined],
])('a gate that hangs is ended by the command itself, %s, and blocks', (_, timeout) => {
  put('hangs', '#!/bin/sh\necho "{" ; kill -STOP $$\n')
  chmodSync(at('hangs'), 0o755)
  // As long as the real one, but for the seconds.
  const command = hookCommand([at('hangs')], timeout)
    .replace('-k 1 10 ', '-k 1 1 ')
    .replace('sleep 10', 'sleep 1')
  const { status, stderr } = byShell(command, {})
  expect(status).toBe(2)
  expect(stderr).toMatch(/^interdict-gate refused: .+\n$/m)
})

test('without coreutils the gate reads its input, and its answer comes at once', () => {
  const echo = hookCommand(['cat'], undefined)
  const before = Date.now()
  expect(byShell(echo, { a: 1 })).toMatchObject({ status: 0, stdout: '{"a":1}\n', stderr: '' })
  // The watcher would keep the pipes open until its ten seconds are over.
  expect(Date.now() - before).toBeLessThan(9000)
})

test('variables that could load code into the gate do not reach it', () => {
  put('env.sh', '#!/bin/sh\necho "{"; env; echo "}"\n')
  chmodSync(at('env.sh'), 0o755)
  const { stdout } = byShell(
    hookCommand([at('env.sh')], undefined),
    {},
    { NODE_OPTIONS: '--require x', NODE_PATH: '/x', KEPT: '1' },
  )
  expect(stdout).toContain('KEPT=1')
  for (const name of CLEARED_VARIABLES) expect(stdout).not.toMatch(new RegExp(`^${name}=`, 'm'))
})

const ours = 'node /x/gate.cjs hook --harness codex'
const group = (command: string) => ({ hooks: [{ type: 'command', command }] })

test('our entry keeps its place in the list, since Codex trusts hooks by their place', () => {
  const lists = [
    [group('theirs'), group(ours), group('others')],
    [group(ours), group('theirs')],
    [group('theirs')],
    [],
  ]
  for (const list of lists) {
    const { hooks } = withHook(
      'codex',
      { hooks: { PreToolUse: list } },
      { command: `${ours} --new`, onFailure: false },
    )
    const commands = commandsIn(hooks)
    const at = list.findIndex(each => JSON.stringify(each).includes('gate.cjs'))
    expect(commands.indexOf(`${ours} --new`)).toBe(at < 0 ? list.length : at)
    expect(commands.filter(each => each !== `${ours} --new`)).toEqual(
      commandsIn(list).filter(each => each !== ours),
    )
  }
})

test('an installation that changes nothing leaves the file to the byte, however it is laid out', async () => {
  await interdict.run('gate', 'install', '--harness', 'codex', '--yes')
  put(FILES.codex, JSON.stringify(JSON.parse(text(FILES.codex))))
  const laidOut = text(FILES.codex)
  const { stderr } = await interdict.run('gate', 'install', '--harness', 'codex', '--yes')
  expect(stderr).toContain('nothing to change')
  expect(text(FILES.codex)).toBe(laidOut)
})

test('where there was no file, none stays behind, even if somebody took something out since', async () => {
  await interdict.run('gate', 'install', '--harness', 'codex', '--yes')
  put(FILES.codex, text(FILES.codex).replace('"hooks": {', '"hooks": { "Stop": [],'))
  put(FILES.codex, text(FILES.codex).replace(' "Stop": [],', '   '))
  await interdict.run('gate', 'uninstall', '--harness', 'codex', '--yes')
  expect(existsSync(at(FILES.codex))).toBe(false)
})

const SYSTEM = {
  claude: 'etc/claude-code/managed-settings.json',
  codex: 'etc/codex/hooks.json',
  cursor: 'etc/cursor/hooks.json',
  gemini: 'etc/gemini-cli/settings.json',
  qwen: 'etc/qwen-code/settings.json',
}

test.each(harnesses)(
  '%s: --system writes the machine-wide file, and switches hooks on there',
  async harness => {
    const image = ['--harness', harness, '--system', '--root', 'image', '--yes']
    const installed = await interdict.run('gate', 'install', ...image, '--policy', 'config/gate.yaml')
    expect(installed).toMatchObject({ exit: 0 })
    const path = `image/${SYSTEM[harness]}`
    const settings = JSON.parse(text(path))
    expect(statSync(at(path)).mode & 0o777).toBe(0o644)
    expect(statSync(dirname(at(path))).mode & 0o022).toBe(0)
    const [command = ''] = commandsIn(settings)
    // Each user has a state folder and keys of their own.
    expect(command).not.toMatch(/--state|--config/)
    if (harness === 'gemini') expect(settings.hooksConfig).toEqual({ enabled: true })
    if (harness === 'claude' || harness === 'qwen') expect(settings.disableAllHooks).toBe(false)
    const requirements = 'image/etc/codex/requirements.toml'
    if (harness === 'codex') expect(text(requirements)).toMatch(/^\[features\]\nhooks = true/)
    expect(JSON.stringify(settings)).not.toContain('"name"')
    expect((await interdict.run('gate', 'uninstall', ...image)).exit).toBe(0)
    expect(existsSync(at(path))).toBe(false)
    expect(existsSync(at(requirements))).toBe(false)
  },
)

test.each([
  ['', '[features]\nhooks = true # interdict-gate: keeps hooks on\n'],
  ['model = "x"', 'model = "x"\n[features]\nhooks = true # interdict-gate: keeps hooks on\n'],
  ['[features]\nother = true\n', '[features]\nhooks = true # interdict-gate: keeps hooks on\nother = true\n'],
  ['[features] # mine\nhooks = true\n', '[features] # mine\nhooks = true\n'],
])('requirements of Codex %j become %j, and back', (before, after) => {
  expect(withHooksFeature(before, 'r.toml')).toBe(after)
  expect(withoutHooksFeature(after).trim()).toBe(before.trim())
})

test.each([
  '[features]\nhooks = false\n',
  'features.other = 1\n',
  'features = { other = true }\n',
  '[features.x]\n',
])('requirements of Codex that mention features otherwise are left alone: %j', text => {
  expect(() => withHooksFeature(text, 'r.toml')).toThrow('mention its features')
})

test.each([
  ['[features]\nhooks = false', false],
  ['[features]\ncodex_hooks = false', false],
  ['features.hooks = false', false],
  ['"features" . "hooks" = false', false],
  ['features = { hooks = false }', false],
  ['[profiles.x.features]\nhooks = false', false],
  ['[features]\nhooks = true', true],
  ['[features]\nhooks = true\n[profiles.x.features]\nhooks = false', false],
  ['[hooks]\nx = false', undefined],
  ['', undefined],
])('%j says of hooks: %s', (text, said) => expect(hooksFeature(text)).toBe(said))
