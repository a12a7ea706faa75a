import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const LONG = 300_000
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const CREDENTIAL = `aws:111122223333:access-key/${KEY}`
const PLAYBOOK = ['leaked-access-key', '--input', `key=${KEY}`] as const

let program: Program
/** A run that contained the key before anything was protected. */
let run: string

/** Writes the configuration of the user, beside the keys. */
function configure(text: string): void {
  const folder = join(program.folder, 'config')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'interdict.yaml'), `version: 1\n${text}`, { mode: 0o600 })
}

beforeAll(async () => {
  program = await programInLab()
  configure('')
  const { exit, data } = await program.json('contain', ...PLAYBOOK, '--lab', '--yes')
  expect(exit).toBe(0)
  run = data.run
}, LONG)
afterAll(async () => {
  await program.close()
})
beforeEach(() => configure(''))

const PROTECTIONS = [
  ['by the name of the owner', 'protect: [ { name: user/ci-deploy, because: month-end } ]'],
  ['by the id of the credential', `protect: [ { name: "${CREDENTIAL}", because: month-end } ]`],
  [
    'by a fact of the owner',
    `protect: [ { when: 'identity.kind == "user" && "${KEY}" in identity.keys', because: month-end } ]`,
  ],
] as const

const into = () => join(program.folder, 'new-key.json')
const destination = () => ['--into', `file:${into()}`] as const
const END = ['--lab', '--yes', '--json', '--reason', 'x'] as const

/** Each verb that plans or makes a first write to an identity, and how it ends when the identity is protected. */
const VERBS = [
  ['plan', () => ['plan', ...PLAYBOOK, '--lab', '--json'], 0],
  ['rotate', () => ['rotate', run, ...destination(), ...END], 3],
  ['rotate --dry-run', () => ['rotate', run, ...destination(), '--dry-run', '--lab', '--json'], 3],
  ['restore --rotate', () => ['restore', run, '--rotate', ...destination(), ...END], 3],
] as const

describe.each(PROTECTIONS)('an identity that interdict.yaml protects %s', (_, text) => {
  it.each(VERBS)(
    'is spared by %s',
    async (_, args, exit) => {
      configure(`${text}\n`)
      const ended = await program.run(...args())
      expect(ended.exit, ended.stdout + ended.stderr).toBe(exit)
      expect(ended.stdout).toContain('month-end (')
      expect(existsSync(into())).toBe(false)
    },
    LONG,
  )

  it(
    'gets back what a run took of it',
    async () => {
      configure(`${text}\n`)
      const { exit, data } = await program.json('restore', run, '--lab', '--dry-run')
      expect(exit).toBe(0)
      expect(data.changes.length).toBeGreaterThan(0)
    },
    LONG,
  )
})

describe('a person who includes it', () => {
  it(
    'has to say why, and to name one that is protected',
    async () => {
      configure(`${PROTECTIONS[0][1]}\n`)
      const rotate = ['rotate', run, ...destination(), '--lab', '--yes', '--json'] as const
      expect((await program.run(...rotate, '--include-protected', 'all')).exit).toBe(2)
      const strange = await program.run(...rotate, '--reason', 'x', '--include-protected', 'ci-depoy')
      expect(strange.exit).toBe(2)
      expect(strange.stdout).toContain('no protected identity called')
      expect(existsSync(into())).toBe(false)
    },
    LONG,
  )

  it(
    'rotates it, and the journal says so',
    async () => {
      configure(`${PROTECTIONS[0][1]}\n`)
      const done = await program.run(
        ...['rotate', run, ...destination(), ...END, '--delete-first', '--include-protected', 'ci-deploy'],
      )
      expect(done.exit, done.stdout + done.stderr).toBe(0)
      expect(existsSync(into())).toBe(true)
    },
    LONG,
  )
})
