import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'
import { type Receiver, receiver } from './receiver.ts'

const LONG = 300_000
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const PLAN = ['plan', 'leaked-access-key', '--input', `key=${KEY}`, '--lab']

let program: Program
let hook: Receiver
beforeAll(async () => {
  hook = await receiver()
  program = await programInLab({ HOOK: hook.url })
}, LONG)
afterAll(async () => {
  hook.close()
  await program.close()
})

/** Writes the configuration of the user, beside the keys. */
function configure(text: string): void {
  const folder = join(program.folder, 'config')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'interdict.yaml'), `version: 1\n${text}`, { mode: 0o600 })
}

/** A working folder with a configuration of its own. */
function workingFolder(name: string, text: string): string {
  const folder = join(program.folder, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'interdict.yaml'), `version: 1\n${text}`, { mode: 0o644 })
  return folder
}

describe('the configuration of the user', () => {
  it(
    'protects its identities in every plan',
    async () => {
      configure('protect: [ { name: user/ci-deploy, because: month-end } ]\n')
      const { exit, data } = await program.json(...PLAN)
      expect(exit).toBe(0)
      expect(data.changes).toEqual([])
      expect(JSON.stringify(data.spared)).toContain('user/ci-deploy, month-end (')
    },
    LONG,
  )

  it(
    'has ceilings that no playbook exceeds, and a profile may lower them',
    async () => {
      configure('ceilings: { identities: 9 }\nprofiles: { strict: { ceilings: { identities: 1 } } }\n')
      const stop = ['plan', 'third-party-stop', '--lab']
      expect((await program.json(...stop)).exit).toBe(0)
      const { exit, data } = await program.json(...stop, '--profile', 'strict')
      expect(exit).toBe(3)
      expect(data.error).toMatchObject({ code: 'limit', where: expect.stringContaining('interdict.yaml:3:') })
      const wrong = await program.run('status', '--profile', 'strct')
      expect(wrong.stderr).toContain('did you mean strict?')
      expect(wrong.exit).toBe(2)
    },
    LONG,
  )

  it(
    'stops a command that it concerns where it is wrong, and no other',
    async () => {
      configure('protetc: [ a ]\n')
      const { exit, data } = await program.json('status')
      expect([exit, data.error.code]).toEqual([2, 'invalid-input'])
      expect(data.error.next).toBe("did you mean 'protect'?")
      expect((await program.run('playbook', 'list')).exit).toBe(0)
    },
    LONG,
  )
})

describe('the state folder', () => {
  it(
    'is that of the flag, else of the environment, else of the configuration',
    async () => {
      configure('state: ../from-file\n')
      const stateOf = async (...args: string[]) => {
        const { data } = await program.json('doctor', '--configuration', ...args)
        return data.given ?? data.settings[0]
      }
      expect(await stateOf('--state', '/flag')).toEqual([{ key: 'state', value: '/flag', by: '--state' }])
      expect(await stateOf()).toEqual([
        { key: 'state', value: join(program.folder, 'state'), by: 'INTERDICT_STATE' },
      ])
      const other = await programInLab({
        INTERDICT_STATE: '',
        INTERDICT_CONFIG: join(program.folder, 'config'),
      })
      try {
        const { data } = await other.json('doctor', '--lab', '--config', join(program.folder, 'config'))
        expect(data.state.state).toBe(join(program.folder, 'from-file'))
      } finally {
        await other.close()
      }
    },
    LONG,
  )
})

describe('the configuration of a working folder', () => {
  it(
    'adds protections and nothing else until the user trusts it, and says so once',
    async () => {
      configure('')
      const folder = workingFolder('checkout', 'state: ./evil\nprotect: [ user/ci-deploy ]\n')
      const { stdout, stderr } = await program.runIn(folder, ...PLAN, '--json')
      expect(JSON.parse(stdout).changes).toEqual([])
      expect(stderr.match(/state in it ignored/g)).toHaveLength(1)
      const shown = await program.runIn(folder, 'doctor', '--config')
      expect(shown.stdout).toContain('adds protections and lowers ceilings only')
      expect(shown.stdout).toMatch(/^state +\S+ +working:2:8 +ignored$/m)
      configure(`trust: [ ${folder} ]\n`)
      const trusted = await program.runIn(folder, 'doctor', '--config', '--json')
      expect(JSON.parse(trusted.stdout).settings[0]).toMatchObject({ key: 'state', use: 'used' })
    },
    LONG,
  )
})

describe('somebody who is notified', () => {
  it(
    'hears of a containment, of a review that is due and of a restore, each with its run',
    async () => {
      configure('')
      const notify = ['--notify', 'slack:HOOK', '--lab']
      const { data } = await program.json(
        ...['contain', 'leaked-access-key', '--input', `key=${KEY}`, '--yes', '--ticket', 'IR-1', ...notify],
      )
      const { run } = data
      expect(hook.texts.splice(0)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^CONTAINED: run ${run} of leaked-access-key in the lab, ticket IR-1: 3 of 3 changes proven, `,
          ),
        ),
      ])
      expect((await program.run('due')).exit).toBe(0)
      const due = await program.json('due', '--within', '30d', '--notify', 'slack:HOOK')
      expect(due).toMatchObject({ exit: 8, data: { due: [{ run, what: 'review' }] } })
      expect(hook.texts.splice(0)).toEqual([expect.stringMatching(new RegExp(`^DUE: review of run ${run} `))])
      const restored = await program.run('restore', run, '--yes', '--reason', 'rehearsed', ...notify)
      expect(restored.exit, restored.stderr).toBe(0)
      expect(hook.texts.splice(0)).toEqual([expect.stringMatching(new RegExp(`^RESTORED: run ${run} `))])
    },
    LONG,
  )

  it(
    'who cannot be reached does not change how a containment ends',
    async () => {
      configure('notify: [ { slack: { env: NOT_SET } } ]\n')
      // In the lab those of the configuration are not notified, so that their variable is not looked for.
      const rehearsed = await program.run('contain', 'third-party-stop', '--lab', '--yes', '--json')
      expect([rehearsed.exit, rehearsed.stderr]).toEqual([0, ''])
      const away = await receiver(404)
      const { exit, stderr } = await program.run(
        ...['restore', JSON.parse(rehearsed.stdout).run, '--lab', '--yes', '--reason', 'over'],
        ...['--notify', `command:${join(program.folder, 'missing')}`],
      )
      away.close()
      expect(exit).toBe(0)
      expect(stderr).toContain('was not notified: ENOENT')
      const live = await program.run('contain', 'third-party-stop', '--yes')
      expect([live.exit, live.stderr]).toEqual([2, expect.stringContaining('NOT_SET is not set')])
    },
    LONG,
  )
})
