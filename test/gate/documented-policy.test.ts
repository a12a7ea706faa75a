import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slowly } from '../../src/gate/gate.ts'
import { judge, type Policy } from '../../src/gate/policy.ts'
import type { Json } from '../../src/model/json.ts'
import { root } from './gate-program.ts'
import { callOf, policyOf } from './judging.ts'

const SECRET = 'root:$6$secret-outside'
let folder: string
let app: string
let outside: string
let policy: Policy

/** The policy of the page, for a project in a folder of the test. */
function documented(): Policy {
  const page = readFileSync(join(root, 'docs/gate.md'), 'utf8')
  const [, yaml = ''] = /```yaml\n(version: 1[\s\S]*?)```/.exec(page) ?? []
  expect(yaml).toContain('/srv/app')
  return policyOf(yaml.replaceAll('/srv/app', app))
}

const GIT_ENV = () => ({
  PATH: process.env['PATH'],
  HOME: join(folder, 'home'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
})
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env: GIT_ENV() })

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'interdict-documented-')))
  app = join(folder, 'app')
  outside = join(folder, 'outside')
  for (const name of ['home', 'outside', 'app/sub', 'database'])
    mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(outside, 'shadow'), `${SECRET}\n`)
  git(app, 'init', '-q', '-b', 'main')
  writeFileSync(join(app, 'README.md'), 'precious\n')
  writeFileSync(join(app, 'sub/file.txt'), 'one\n')
  // The content of a repository is an attacker's; its .git/config is not.
  writeFileSync(join(app, '.gitattributes'), '* diff=evil filter=evil\n')
  writeFileSync(join(app, '.gitmodules'), '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c ran\n')
  symlinkSync(join(outside, 'shadow'), join(app, 'link'))
  git(app, 'add', '-A')
  git(app, 'commit', '-q', '-m', 'touch ran; $(touch ran) `touch ran`')
  writeFileSync(join(app, 'README.md'), 'precious, and changed\n')
  policy = documented()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const decide = async (
  tool: string,
  args: { [name: string]: Json },
  more: { cwd?: string; agent?: string } = { cwd: app },
  time = new Date('2026-11-30T10:00:00Z'),
) => (await judge(policy, callOf(tool, args, { agent: 'refunds', ...more }), time, slowly)).effect

/** Every file of the test with its content, but for the index, which git writes when it looks at files. */
function files(at = folder): { [path: string]: string } {
  return Object.fromEntries(
    readdirSync(at, { withFileTypes: true, recursive: true })
      .filter(each => each.isFile() && each.name !== 'index')
      .map(each => join(each.parentPath, each.name))
      .map(path => [path, readFileSync(path, 'latin1')]),
  )
}

const ALLOWED = [
  'git status',
  'git diff',
  'git log',
  'git log main',
  'git log main README.md',
  'git diff HEAD',
  'git diff README.md',
  'git diff README.md sub/file.txt',
  'git diff link README.md',
  'git diff main sub',
  'git status sub',
  'git log feature-x',
  'git diff nothing.txt',
]
const REFUSED = () => [
  'git log --output README.md',
  'git log --output=README.md',
  'git log -p --output README.md',
  'git log --ext-diff',
  'git log --textconv',
  'git log --show-signature',
  'git log --format=%x00',
  'git diff --output .git/hooks/post-commit',
  'git diff --no-index /dev/null /etc/shadow',
  `git diff --no-index /dev/null ${outside}/shadow`,
  `git diff /dev/null ${outside}/shadow`,
  'git diff ../outside/shadow README.md',
  'git diff README.md ../outside/shadow',
  'git diff sub/../../outside/shadow README.md',
  'git diff ./README.md',
  'git diff --ext-diff',
  'git diff --textconv',
  'git diff -O/etc/shadow',
  'git status --porcelain',
  `git -C ${outside} status`,
  'git -c core.fsmonitor=./evil status',
  'git -c core.pager=./evil log',
  'git -p log',
  'git --exec-path=. status',
  'git --git-dir=evil.git status',
  'git fetch --upload-pack=./evil',
  'git push',
  'git commit',
  'git checkout README.md',
  'git status -uall',
  'git status ',
  ' git status',
  'git  status',
  'git status\n',
  'git status\ntouch ran',
  'git status\rtouch ran',
  'git status\u2028touch ran',
  'git status; touch ran',
  'git status && touch ran',
  'git status & touch ran',
  'git status | sh',
  'git status > README.md',
  'git log $(touch ran)',
  'git log `touch ran`',
  'git log {a,b}',
  'git log *',
  'git log ~root',
  'git log HEAD@{upstream}',
  'git log HEAD:README.md',
  'git log \u2013output README.md',
  'git log a\0b',
  'GIT_EXTERNAL_DIFF=./evil git diff',
  'env git status',
  '/tmp/git status',
  './git status',
  'ｇit status',
  'git ｓtatus',
  'Git status',
]

test.each(ALLOWED)(
  'the documented rule allows %s, which writes nothing and reads nothing outside',
  async command => {
    expect(await decide('Bash', { command })).toBe('allow')
    const before = files()
    const { stdout, stderr, error } = spawnSync('sh', ['-c', command], {
      cwd: app,
      env: GIT_ENV(),
      encoding: 'utf8',
      input: '',
    })
    expect(error).toBeUndefined()
    expect(stdout + stderr).not.toContain(SECRET)
    expect(files()).toEqual(before)
  },
)

test('the documented rule refuses whatever else git can be told', async () => {
  const got = await Promise.all(REFUSED().map(async command => [command, await decide('Bash', { command })]))
  expect(got).toEqual(REFUSED().map(command => [command, 'deny']))
})

test('the attacks that the earlier form of the rule allowed do harm', () => {
  const copy = join(folder, 'copy')
  git(folder, 'clone', '-q', app, copy)
  const run = (command: string) =>
    spawnSync('sh', ['-c', command], { cwd: copy, env: GIT_ENV(), encoding: 'utf8', input: '' })
  run('git log --output README.md')
  expect(readFileSync(join(copy, 'README.md'), 'utf8')).toContain('commit ')
  expect(run(`git diff /dev/null ${outside}/shadow`).stdout).toContain(SECRET)
  rmSync(copy, { recursive: true })
})

const HOOK = 'post-index-change'
/** Files of a repository that can make an allowed command run other code. */
const CONFIGURATIONS: [string, (repo: string, evil: string) => void][] = [
  ['core.fsmonitor', (repo, evil) => git(repo, 'config', 'core.fsmonitor', evil)],
  ['diff.external', (repo, evil) => git(repo, 'config', 'diff.external', evil)],
  ['a text conversion', (repo, evil) => git(repo, 'config', 'diff.evil.textconv', evil)],
  ['a filter', (repo, evil) => git(repo, 'config', 'filter.evil.clean', evil)],
  [
    'a hook',
    (repo, evil) => {
      writeFileSync(join(repo, '.git/hooks', HOOK), `#!/bin/sh\nexec ${evil}\n`)
      chmodSync(join(repo, '.git/hooks', HOOK), 0o755)
    },
  ],
  [
    'a folder of hooks',
    (repo, evil) => {
      mkdirSync(join(repo, 'hooks'))
      writeFileSync(join(repo, 'hooks', HOOK), `#!/bin/sh\nexec ${evil}\n`)
      chmodSync(join(repo, 'hooks', HOOK), 0o755)
      git(repo, 'config', 'core.hooksPath', 'hooks')
    },
  ],
]
test.each(CONFIGURATIONS)(
  'a repository that runs a program by %s is not the project, and refused',
  async (_, configure) => {
    const repo = realpathSync(mkdtempSync(join(app, 'sub/evil-')))
    git(folder, 'clone', '-q', app, join(repo, 'r'))
    const evil = join(repo, 'evil')
    const ran = join(repo, 'ran')
    writeFileSync(evil, `#!/bin/sh\ntouch ${ran}\ncat 2>/dev/null\n`)
    chmodSync(evil, 0o755)
    configure(join(repo, 'r'), evil)
    writeFileSync(join(repo, 'r/README.md'), 'changed\n')
    // The attack is real.
    for (const command of ['git status', 'git diff'])
      spawnSync('sh', ['-c', command], { cwd: join(repo, 'r'), env: GIT_ENV(), input: '' })
    expect(statSync(ran).isFile()).toBe(true)
    for (const cwd of [join(repo, 'r'), `${app}/sub`, folder, `${app}base`])
      expect(await decide('Bash', { command: 'git status' }, { cwd })).toBe('deny')
    expect(await decide('Bash', { command: 'git status' }, {})).toBe('deny')
    rmSync(repo, { recursive: true })
  },
)

test('a cwd that leads to the project by another name is the project', async () => {
  symlinkSync(app, join(folder, 'alias'))
  expect(await decide('Bash', { command: 'git status' }, { cwd: join(folder, 'alias') })).toBe('allow')
})

test('the documented rules of reading are not left', async () => {
  const read = (file_path: string) => decide('Read', { file_path })
  const server = (path: string) => decide('files/read_text_file', { path })
  const several = (...paths: string[]) => decide('files/read_multiple_files', { paths })
  for (const path of [`${app}/README.md`, 'README.md', 'sub/../README.md', `${app}/sub/file.txt`]) {
    expect([path, await read(path), await server(path), await several(path, 'README.md')]).toEqual([
      path,
      'allow',
      'allow',
      'allow',
    ])
  }
  for (const path of [
    `${outside}/shadow`,
    '../outside/shadow',
    `${app}/../outside/shadow`,
    'link',
    `${app}/link`,
    `${app}/sub/\0/../../../outside/shadow`,
    `${folder}/database`,
    `${app}base`,
    '~/.ssh/id_ed25519',
    'file:///etc/shadow',
    '..／outside/shadow',
    '',
  ]) {
    expect([path, await read(path), await server(path), await several('README.md', path)]).toEqual([
      path,
      'deny',
      'deny',
      'deny',
    ])
  }
  expect(await decide('Read', { file_path: 'README.md', File_Path: '/etc/shadow' })).toBe('deny')
  expect(await decide('Read', { file_path: ['README.md'] })).toBe('deny')
  expect(await decide('Read', {})).toBe('deny')
  expect(await decide('files/read_file', { path: 'README.md' })).toBe('deny')
})

test('the documented rules of refunds', async () => {
  const refund = (args: { [name: string]: Json }, agent = 'refunds', time?: Date) =>
    decide('payments/refund', args, { agent }, time)
  for (const amount of [1, 50, 0.5, 49.99])
    expect([amount, await refund({ amount })]).toEqual([amount, 'allow'])
  for (const amount of [51, 1e9, 50.01, 2 ** 60])
    expect([amount, await refund({ amount })]).toEqual([amount, 'ask'])
  for (const amount of [0, -1, -1e9]) expect([amount, await refund({ amount })]).toEqual([amount, 'deny'])
  for (const amount of ['10', null, true, [10], { value: 10 }, '10e9', ''])
    expect([amount, await refund({ amount })]).toEqual([amount, 'deny'])
  expect(await refund({})).toBe('deny')
  expect(await refund({ amount: 10, Amount: 10_000 })).toBe('deny')
  expect(await refund({ amount: 10 }, 'research')).toBe('deny')
  for (const time of ['2026-11-30T22:00:00Z', '2026-11-30T06:59:59Z', '2026-11-29T10:00:00Z'])
    expect([time, await refund({ amount: 10 }, 'refunds', new Date(time))]).toEqual([time, 'deny'])
})
