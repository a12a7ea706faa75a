import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import manifest from '../../oclif.manifest.json' with { type: 'json' }
import { candidates, type Known } from '../../src/cli/complete.ts'
import { completionScript, SHELLS } from '../../src/cli/completion-scripts.ts'
import { program } from '../commands/program.ts'
import { PROGRAM } from '../programs/run.ts'

const interdict = program()
const bin = mkdtempSync(join(tmpdir(), 'interdict-completion-'))
symlinkSync(PROGRAM, join(bin, 'interdict'))
mkdirSync(join(interdict.folder, 'state', 'runs'), { recursive: true })
for (const run of ['abcdef', 'abx234'])
  writeFileSync(join(interdict.folder, 'state', 'runs', `${run}.jsonl`), '')
afterAll(async () => {
  rmSync(bin, { recursive: true, force: true })
  await interdict.close()
})

const RUNS = ['abcdef', 'abx234'].map(word => ({ word, summary: 'run' }))
const known: Known = {
  commands: Object.values(manifest.commands) as Known['commands'],
  topics: { lab: 'the lab', playbook: 'playbooks' },
  runs: () => RUNS,
  playbooks: () => [{ word: 'leaked-access-key', summary: 'shipped playbook' }],
}
const after = (...words: string[]) => candidates(words, known).map(({ word }) => word)

test.each<[string, string[], string[]]>([
  ['the beginning of a command', ['sta'], ['status']],
  ['a command of a topic', ['lab', 're'], ['reset']],
  ['help, and then a command', ['help', 'sta'], ['status']],
  ['a flag', ['contain', '--in'], ['--input', '--include-protected']],
  ['the other form of a flag', ['restore', 'abcdef', '--no-s'], ['--no-step-down']],
  ['a value of a flag', ['catalog', '--verb', 'qu'], ['quarantine']],
  ['a value behind =, as bash splits it', ['catalog', '--verb', '=', 'qu'], ['quarantine']],
  ['a value behind =, in one word', ['catalog', '--verb=qu'], ['quarantine']],
  [
    'a value behind = with nothing of it',
    ['restore', 'abcdef', '--drift', '='],
    ['skip', 'use-live', 'force'],
  ],
  ['the id of a run', ['restore', 'abc'], ['abcdef']],
  ['the id of a run after flags', ['restore', '--lab', '--reason', 'x', 'ab'], ['abcdef', 'abx234']],
  ['nothing for a second run', ['restore', 'abcdef', 'ab'], []],
  ['nothing, so files, for the value of a flag that takes any text', ['plan', 'x', '--out', 'pl'], []],
  ['a playbook', ['plan', 'lea'], ['leaked-access-key']],
  ['each of several playbooks', ['playbook', 'test', 'mine.yaml', 'lea'], ['leaked-access-key']],
  ['a shell', ['completion', 'z'], ['zsh']],
  ['nothing after an unknown command', ['nosuch', 'x'], []],
])('completion offers %s', (_, words, expected) => {
  expect(after(...words)).toEqual(expected)
})

test('completion does not offer a flag twice, unless it may be given several times', () => {
  expect(after('contain', 'x', '--stack', '--sta')).not.toContain('--stack')
  expect(after('contain', 'x', '--input', 'a=b', '--inp')).toContain('--input')
})

test('completion offers every command, every topic and every flag of the manifest', () => {
  for (const { id, flags } of Object.values(manifest.commands)) {
    const words = id.split(':')
    expect(after(...words.slice(0, -1), words.at(-1) ?? '')).toContain(words.at(-1))
    expect(after(...words, '--')).toEqual(expect.arrayContaining(Object.keys(flags).map(flag => `--${flag}`)))
  }
})

/** Presses Tab in bash after these words: what `complete` has registered is called as readline calls it. */
function bash(...words: string[]): string[] {
  const script = [
    completionScript('bash'),
    'COMP_WORDS=("$@")',
    'COMP_CWORD=$(($# - 1))',
    'registered=$(complete -p interdict | sed "s/.*-F \\([^ ]*\\).*/\\1/")',
    '"$registered" "$1"',
    `printf "%s\\n" "\${COMPREPLY[@]}"`,
  ].join('\n')
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], {
    encoding: 'utf8',
    env: {
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
      HOME: interdict.folder,
      INTERDICT_STATE: join(interdict.folder, 'state'),
    },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout.split('\n').filter(line => line !== '')
}

test('bash completes commands, flags, run ids and playbooks by the printed script', () => {
  expect(bash('interdict', 'sta')).toEqual(['status'])
  expect(bash('interdict', 'playbook', 'va')).toEqual(['validate'])
  expect(bash('interdict', 'status', '')).toEqual(['abcdef', 'abx234'])
  expect(bash('interdict', 'restore', 'abx')).toEqual(['abx234'])
  expect(bash('interdict', 'restore', 'abx234', '--give')).toEqual(['--give-back'])
  expect(bash('interdict', 'contain', 'leaked-a')).toEqual(['leaked-access-key'])
  expect(bash('interdict', 'catalog', '--verb', '=', 'gu')).toEqual(['guard'])
  expect(bash('interdict', 'plan', 'no-such-file')).toEqual([])
})

/** Asks the shell itself whether it can read its script; undefined where it is not installed. */
function syntaxOf(shell: string): string | undefined {
  const { status, stderr, error } = spawnSync(shell, ['-n'], {
    input: completionScript(shell as 'bash'),
    encoding: 'utf8',
  })
  return error ? undefined : `${status} ${stderr}`
}

test.each(SHELLS)(
  'completion %s prints the script, which the shell can read where it is installed',
  async shell => {
    const { exit, stdout } = await interdict.run('completion', shell)
    expect(exit).toBe(0)
    expect(stdout).toBe(completionScript(shell))
    expect([undefined, '0 ']).toContain(syntaxOf(shell))
    expect((await interdict.json('completion', shell)).data).toEqual({ shell, script: stdout })
  },
)

test('the first line of each script says how to install it', () => {
  for (const shell of SHELLS) expect(completionScript(shell)).toContain(`interdict completion ${shell} >`)
})

test('an unknown shell is refused with the list', async () => {
  const { exit, data } = await interdict.json('completion', 'powershell')
  expect(exit).toBe(2)
  expect(data.error.message).toContain('bash, zsh, fish')
})
