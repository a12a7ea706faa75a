import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
}
const CALLS = {
  claude: { hook_event_name: 'PreToolUse', tool_name: 'Read' },
  codex: { hook_event_name: 'PreToolUse', tool_name: 'Read' },
  cursor: { hook_event_name: 'preToolUse', tool_name: 'Read' },
  gemini: { hook_event_name: 'BeforeTool', tool_name: 'Read' },
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
  expect(command).toMatch(/; exit 2; }$/)
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
 * Any code but 2 lets the tool run in Claude Code, Codex and Gemini, and so does 2 without a word on stderr in Codex; what is
 * on stdout counts for none of them then, and must not be half an answer. Cursor is told to fail closed besides.
 */
test.each(harnesses)(
  '%s: whatever keeps the hook from deciding ends with 2, a reason, and nothing said',
  async harness => {
    await interdict.run('gate', 'install', '--harness', harness, '--yes')
    const [command = ''] = commandsIn(JSON.parse(text(FILES[harness])))
    const fake = (name: string, body: string) => {
      put(name, `#!/bin/sh\n${body}\n`)
      chmodSync(at(name), 0o755)
      return command.replace(/^\S+/, at(name))
    }
    const call = JSON.stringify(CALLS[harness])
    const ways: [string, string, string][] = [
      ['the program is gone', command.replace('gate.cjs', 'gone.cjs'), call],
      ['Node is gone', command.replace(/^\S+/, '/nowhere/node'), call],
      ['Node may not be run', command.replace(/^\S+/, at('config/gate.yaml')), call],
      ['it fails', fake('fails', 'exit 1'), call],
      ['it is killed', fake('killed', 'kill -9 $$'), call],
      ['it crashes', fake('crashes', 'kill -ABRT $$'), call],
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
  expect(of('claude').PreToolUse[0].hooks[0].timeout).toBe(10)
  expect(of('codex').PreToolUse[0].hooks[0].timeout).toBe(10)
  expect(of('gemini').BeforeTool[0].hooks[0].timeout).toBe(10_000)
})

const THEIRS = `{
\t"model": "opus",
\t"hooks": {
\t\t"PreToolUse": [
\t\t\t{ "matcher": "Bash", "hooks": [{ "type": "command", "command": "mine.sh" }] }
\t\t]
\t}
}`

test('what was there stays, and comes back to the byte with its mode', async () => {
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
  const { withHook } = await import('../../src/gate/install/settings.ts')
  expect(withHook('claude', {}, { command: 'x', onFailure: true })).toEqual({
    hooks: {
      PreToolUse: [
        { matcher: '*', hooks: [{ type: 'command', command: 'x', timeout: 10, onFailure: 'block' }] },
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
