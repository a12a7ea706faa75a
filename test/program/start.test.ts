import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { COMMAND_NAMES } from '../../src/cli/command-names.ts'
import { COMMANDS } from '../../src/program/commands.ts'
import { COMPILED, PROGRAM } from '../programs/run.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COUNT = fileURLToPath(new URL('count-modules.preload.cjs', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'interdict-start-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const env = {
  PATH: process.env['PATH'],
  HOME: home,
  INTERDICT_STATE: join(home, 'state'),
  INTERDICT_CONFIG: join(home, 'config'),
  NODE_COMPILE_CACHE: COMPILED,
}

/** Files and modules of Node that a command line loads: files by name without the hash of their content. */
async function loadedBy(args: readonly string[]): Promise<{ files: string[]; builtins: string[] }> {
  const child = spawn(process.execPath, ['--require', COUNT, PROGRAM, ...args], {
    cwd: home,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const [, , , pipe] = child.stdio
  if (!pipe || !('read' in pipe)) throw new Error('the process has no third pipe')
  const { files, builtins } = JSON.parse(await text(pipe)) as { files: string[]; builtins: string[] }
  return {
    files: files.map(file => basename(file).replace(/(?:-[\w-]{8})?\.cjs$/, '')),
    builtins: builtins.map(name => name.replace(/^NativeModule /, '')),
  }
}

/** Modules of Node that take long to load: cryptography is a fifth of a bare start, and the others belong to requests, children and logs. */
const SLOW = 'crypto https http tls child_process readline worker_threads inspector util'.split(' ')

test.each<[string, string[], number]>([
  ['--version', ['--version'], 2],
  ['status', ['status'], 3],
  ['status --json', ['status', '--json'], 6],
  ['--help', ['--help'], 2],
])('%s loads few files, and no slow module of Node', async (_, args, most) => {
  const { files, builtins } = await loadedBy(args)
  expect(files.length, files.join(' ')).toBeLessThanOrEqual(most)
  expect(builtins.filter(name => SLOW.includes(name))).toEqual([])
})

test('the program loads no package: all of them are in the bundle', async () => {
  const ran = spawnSync(process.execPath, ['--require', COUNT, PROGRAM, 'catalog', '--json'], {
    cwd: home,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  const { files } = JSON.parse(ran.output[3] ?? '') as { files: string[] }
  expect(files.filter(file => file.includes('node_modules'))).toEqual([])
  expect(files.length).toBeLessThan(60)
})

const OCLIF = `
process.argv.splice(1, 0, ${JSON.stringify(PROGRAM)})
const { execute } = await import('@oclif/core/execute')
await execute({ args: process.argv.slice(2), dir: ${JSON.stringify(pathToFileURL(PROGRAM).href)} })`

test.each([
  ['--version'],
  ['--help'],
  [''],
  ['status'],
  ['status --help'],
  ['lab'],
  ['lab start --help'],
  ['gate --help'],
  ['status nosuch'],
  ['status --nosuch'],
  ['lab:start --help'],
  ['lab reset extra'],
  ['nosuch'],
  ['status extra extra'],
  ['--json status'],
  ['status --json'],
  ['playbook show leaked-access-key'],
  ['playbook:show leaked-access-key'],
  ['contain -- --help'],
])('`interdict %s` prints what it prints by oclif’s own start', words => {
  const args = words === '' ? [] : words.split(' ')
  const end = (node: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...node, ...args], {
      cwd: ROOT,
      env,
      input: '',
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  expect(end([PROGRAM])).toEqual(end(['--input-type=module', '-e', OCLIF, '--']))
})

test('no command, no alias and no flag is deprecated: the program does not look for one', async () => {
  const { default: manifest } = await import('../../oclif.manifest.json', { with: { type: 'json' } })
  expect(JSON.stringify(manifest)).not.toMatch(/"(?:deprecated|deprecateAliases":true|state":"deprecated)/)
})

test('the list of commands is that of the manifest', async () => {
  const { default: manifest } = await import('../../oclif.manifest.json', { with: { type: 'json' } })
  expect(Object.keys(COMMANDS).sort()).toEqual(Object.keys(manifest.commands).sort())
})

/** The output and exit code of a command line, in a home of its own. */
function ended(words: string) {
  const args = words === '' ? [] : words.split(' ')
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: ROOT,
    env,
    input: '',
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test.each([
  ['help', '--help'],
  ['help contain', 'contain --help'],
  ['help contain --help', 'contain --help'],
  ['contain -h', 'contain --help'],
  ['-h', '--help'],
  ['help lab start', 'lab start --help'],
  ['help gate', 'gate --help'],
  ['version', '--version'],
  ['-v', '--version'],
])('`interdict %s` prints what `interdict %s` prints', (words, same) => {
  const first = ended(words)
  expect(first).toEqual(ended(same))
  expect(first.status).toBe(0)
  expect(first.stdout).not.toBe('')
})

test.each([['help contian'], ['contian --help']])(
  '`interdict %s` names the command that was probably meant',
  words => {
    const { status, stderr } = ended(words)
    expect(status).toBe(2)
    expect(stderr).toContain('did you mean interdict contain?')
  },
)

test('every topic has a summary of its own, which is not that of its first command', async () => {
  const { default: manifest } = await import('../../oclif.manifest.json', { with: { type: 'json' } })
  const { oclif } = (await import('../../package.json', { with: { type: 'json' } })).default
  const topics = new Set(
    Object.keys(manifest.commands).flatMap(id => (id.includes(':') ? id.split(':')[0] : [])),
  )
  expect(Object.keys(oclif.topics).sort()).toEqual([...topics].sort())
  const { stdout } = ended('--help')
  for (const { description } of Object.values(oclif.topics))
    expect(stdout.replace(/\s+/g, ' ')).toContain(description)
})

test('the names of the commands in hints are those of the commands, longest first', () => {
  const names = Object.keys(COMMANDS).map(id => id.replaceAll(':', ' '))
  expect([...COMMAND_NAMES].sort()).toEqual(names.sort())
  expect([...COMMAND_NAMES].sort((a, b) => b.length - a.length)).toEqual(COMMAND_NAMES)
})
