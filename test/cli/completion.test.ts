import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import manifest from '../../oclif.manifest.json' with { type: 'json' }
import { candidates, gateCandidates, type Known } from '../../src/cli/complete.ts'
import { completionScript, SHELLS } from '../../src/cli/completion-scripts.ts'
import { program } from '../commands/program.ts'
import { PROGRAM } from '../programs/run.ts'

const interdict = program()
const bin = mkdtempSync(join(tmpdir(), 'interdict-completion-'))
for (const name of ['interdict', 'interdict-gate']) symlinkSync(PROGRAM, join(bin, name))
mkdirSync(join(interdict.folder, 'state', 'runs'), { recursive: true })
for (const run of ['abcdef', 'abx234'])
  writeFileSync(join(interdict.folder, 'state', 'runs', `${run}.jsonl`), '')
afterAll(async () => {
  rmSync(bin, { recursive: true, force: true })
  await interdict.close()
})

const RUNS = ['abcdef', 'abx234'].map(word => ({ word, summary: 'run' }))
const IDENTITIES = [
  { id: 'aws:1:user/ci-deploy', kind: 'user', name: 'ci-deploy', credential: false },
  { id: 'aws:1:access-key/AKIA1', kind: 'access-key', name: 'AKIA1', credential: true },
]
const known: Known = {
  commands: Object.values(manifest.commands) as Known['commands'],
  topics: { lab: 'the lab', playbook: 'playbooks' },
  runs: () => RUNS,
  proposals: () => [{ word: 'pq7xyz', summary: 'proposal' }],
  identities: (_, run) => (run === 'abx234' ? [] : IDENTITIES),
  kinds: () => [{ word: 'access-key', summary: 'Access key' }],
  clouds: () => [{ word: 'aws', summary: 'AWS' }],
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
  ['a kind', ['inventory', '--kind', 'acc'], ['access-key']],
  ['a cloud', ['inventory', '--cloud', ''], ['aws']],
  ['the way in which a new playbook stops', ['playbook', 'new', 'x', '--interrupt', 'quar'], ['quarantine']],
  ['a playbook for doctor', ['doctor', '--playbook', 'lea'], ['leaked-access-key']],
  ['a proposal to dismiss', ['proposals', '--dismiss', 'p'], ['pq7xyz']],
  ['a proposal to carry out', ['contain', 'p'], ['pq7xyz']],
  ['no proposal to plan', ['plan', 'p'], []],
  ['an identity that is held', ['restore', '--identity', ''], ['user/ci-deploy']],
  ['a part of a run', ['restore', 'abcdef', '--only', ''], ['ci-deploy', 'AKIA1']],
  ['no part of another run', ['restore', 'abx234', '--only', ''], []],
  ['a credential to give back', ['restore', 'abcdef', '--give-back', ''], ['aws:1:access-key/AKIA1']],
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

test.each<[string, string[], string[]]>([
  ['a command', ['pi'], ['pins']],
  ['a flag', ['hook', '--harn'], ['--harness']],
  ['a harness', ['hook', '--harness', 'cl'], ['claude']],
  ['nothing for a file', ['check', 'ga'], []],
  ['nothing for the value of another flag', ['hook', '--policy', ''], []],
  ['nothing for the words of a server', ['mcp', '--', '--ser'], []],
])('completion of interdict-gate offers %s', (_, words, expected) => {
  expect(gateCandidates(words, ['claude', 'codex']).map(({ word }) => word)).toEqual(expected)
})

/** Presses Tab in bash after these words: what `complete` has registered is called as readline calls it. */
function bash(...words: string[]): string[] {
  const script = [
    completionScript('bash'),
    'COMP_WORDS=("$@")',
    'COMP_CWORD=$(($# - 1))',
    'registered=$(complete -p "$1" | sed "s/.*-F \\([^ ]*\\).*/\\1/")',
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
  expect(bash('interdict-gate', 'hook', '--harness', 'co')).toEqual(['codex'])
  expect(bash('interdict', 'inventory', '--kind', 'access-')).toContain('access-key')
})

/** Lines that a shell prints for a script; undefined where it is not installed. */
function linesOf(shell: string, args: string[]): string[] | undefined {
  const { status, stdout, stderr, error } = spawnSync(shell, args, {
    encoding: 'utf8',
    env: {
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
      HOME: interdict.folder,
      INTERDICT_STATE: join(interdict.folder, 'state'),
    },
  })
  if (error) return undefined
  expect(`${status} ${stderr}`).toBe('0 ')
  return stdout.split('\n').filter(line => line !== '')
}

/** Presses Tab in fish: the words that it offers, which may be files besides. */
function fish(line: string): string[] | undefined {
  const script = `${completionScript('fish')}\ncomplete -C ${JSON.stringify(line)}`
  return linesOf('fish', ['--no-config', '-c', script])?.map(each => each.split('\t')[0] ?? '')
}

/** Calls what the script registers in zsh, as its completion does, and prints what that would add. */
function zsh(...words: string[]): string[] | undefined {
  const script = [
    'compdef() { : }',
    'compadd() { print -rl -- $words_found }',
    '_files() { print files }',
    completionScript('zsh'),
    'words=("$@"); CURRENT=$#',
    '_interdict',
  ].join('\n')
  return linesOf('zsh', ['-f', '-c', script, 'zsh', ...words])
}

test.each<[string[], string[]]>([
  [['interdict', 'sta'], ['status']],
  [['interdict', 'restore', 'abx'], ['abx234']],
  [
    ['interdict', 'status', ''],
    ['abcdef', 'abx234'],
  ],
  [['interdict', 'contain', 'leaked-a'], ['leaked-access-key']],
  [['interdict-gate', 'pi'], ['pins']],
  [['interdict-gate', 'hook', '--harness', 'co'], ['codex']],
])('zsh and fish, where they are installed, complete %j', (words, expected) => {
  expect([undefined, expected]).toContainEqual(zsh(...words))
  const offered = fish(words.join(' '))
  if (offered !== undefined) expect(offered).toEqual(expect.arrayContaining(expected))
})

/** Asks the shell itself whether it can read its script; undefined where it is not installed. */
function syntaxOf(shell: string): string | undefined {
  // fish reads no script from its standard input.
  const file = join(bin, `script.${shell}`)
  writeFileSync(file, completionScript(shell as 'bash'))
  const { status, stderr, error } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
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
