import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'
import { runWarm } from '../programs/warm.ts'
import { agentWith, type KeyPair, keyPair } from './ssh.ts'

const LONG = 300_000
const KEY = 'AKIAIOSFODNN7EXAMPLE'

let keys: string
let alex: KeyPair
let kim: KeyPair
let sam: KeyPair
beforeAll(() => {
  keys = mkdtempSync(join(tmpdir(), 'interdict-approvers-'))
  alex = keyPair(keys, 'alex')
  kim = keyPair(keys, 'kim', 'ecdsa')
  sam = keyPair(keys, 'sam')
}, LONG)
afterAll(() => rmSync(keys, { recursive: true }))

let program: Program
let run: string
beforeEach(async () => {
  program = await programInLab()
  mkdirSync(join(program.folder, 'config'), { recursive: true, mode: 0o700 })
  run = await contained()
  await listSigners()
}, LONG)
afterEach(() => program.close())

const inConfig = (name: string) => join(program.folder, 'config', name)

/** The policy of the house, and the people; this machine is Alex's. */
function policy(approvals: string): void {
  writeFileSync(inConfig('interdict.yaml'), `version: 1\napprovals: ${approvals}\n`, { mode: 0o600 })
}

/** The public half of the machine's key, which is there once something was sealed. */
async function listSigners(): Promise<void> {
  const lines = [
    `alex@acme.example namespaces="approve@interdict" ${alex.line}`,
    `kim@acme.example namespaces="approve@interdict" ${kim.line}`,
    `sam@acme.example namespaces="git" ${sam.line}`,
  ]
  writeFileSync(inConfig('allowed_signers'), `${lines.join('\n')}\n`, { mode: 0o600 })
  const { data } = await program.json(
    'restore',
    run,
    '--lab',
    '--yes',
    '--accept-live-tokens',
    '--reason',
    'x',
  )
  const [line = ''] =
    /YOU namespaces="seal@interdict" ssh-ed25519 [A-Za-z0-9+/=]+/.exec(data.error.next) ?? []
  appendFileSync(inConfig('allowed_signers'), `${line.replace('YOU', 'alex@acme.example')}\n`)
}

/** A run that holds the user of the lab. */
async function contained(): Promise<string> {
  policy('{ restore: 1 }')
  const { data } = await program.json(
    ...[
      'contain',
      'leaked-access-key',
      '--input',
      `key=${KEY}`,
      '--stack',
      '--lab',
      '--yes',
      '--reason',
      'leak',
    ],
  )
  return data.run
}

const approve = (run: string, key: KeyPair, ...flags: string[]) =>
  program.json('approve', run, '--key', key.file, '--lab', '--yes', ...flags)
const restore = (run: string, ...flags: string[]) =>
  program.json('restore', run, '--lab', '--yes', '--reason', 'reviewed', '--accept-live-tokens', ...flags)

describe('a restore that another person has to approve', () => {
  it(
    'is refused without, and its hint makes the approval that lets it go on',
    async () => {
      const refused = await restore(run)
      expect(refused).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
      expect(refused.data.error.message).toBe(
        'to restore this, another person has to approve it, and nobody has',
      )
      const [, words = ''] = /interdict approve (.*) --key KEYFILE --lab/.exec(refused.data.error.next) ?? []
      expect(words).toBe(`${run} --accept-live-tokens`)
      const approved = await approve(run, kim, '--accept-live-tokens')
      expect(approved).toMatchObject({
        exit: 0,
        data: {
          act: 'restore',
          run,
          approver: 'kim@acme.example',
          options: ['accept-live-tokens'],
          needed: 1,
        },
      })
      expect(await restore(run)).toMatchObject({ exit: 0 })
      const { data } = await program.json('status', run)
      expect(data.approvals).toMatchObject([
        { act: 'restore', by: [{ approver: 'kim@acme.example', nonce: approved.data.nonce }] },
      ])
      expect((await program.run('status', run)).stdout).toContain('restore approved by kim@acme.example')
    },
    LONG,
  )

  it.each([
    ['by the person who carries it out', () => alex, [], 'alex@acme.example carries it out'],
    ['of fewer options', () => kim, [], 'it approves no options, and this is with accept-live-tokens'],
    [
      'of more options',
      () => kim,
      ['--accept-live-tokens', '--give-back', KEY],
      'it approves accept-live-tokens give-back=aws:111122223333:access-key/AKIAIOSFODNN7EXAMPLE, and this is with',
    ],
    ['of a part', () => kim, ['--accept-live-tokens', '--only', KEY], 'what would be done has changed'],
  ])(
    'does not count %s',
    async (_, key, flags, because) => {
      const given = flags.length === 0 && key() === alex ? ['--accept-live-tokens'] : flags
      expect(await approve(run, key(), ...given)).toMatchObject({ exit: 0 })
      const refused = await restore(run)
      expect(refused.exit).toBe(3)
      expect(refused.data.error.message).toContain(because)
    },
    LONG,
  )

  it(
    'is signed by an agent, where the private key is not at hand',
    async () => {
      const agent = await agentWith(kim)
      try {
        const publicOnly = join(program.folder, 'only.pub')
        writeFileSync(publicOnly, readFileSync(`${kim.file}.pub`))
        const args = ['approve', run, '--key', publicOnly, '--lab', '--yes', '--json']
        const { code, stdout } = await runWarm({
          args,
          env: { ...program.environment, SSH_AUTH_SOCK: agent.socket },
          cwd: program.folder,
        })
        expect([code, JSON.parse(stdout).approver]).toEqual([0, 'kim@acme.example'])
        const without = await approve(run, { file: publicOnly, line: kim.line })
        expect(without).toMatchObject({ exit: 3, data: { error: { code: 'refused', where: publicOnly } } })
      } finally {
        await agent.end()
      }
    },
    LONG,
  )

  it(
    'is not signed with a key that may not approve',
    async () => {
      expect(await approve(run, sam)).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
      expect(await approve(run, sam, '--as', 'kim@acme.example')).toMatchObject({ exit: 3 })
    },
    LONG,
  )

  it(
    'is one of this run alone, and used once',
    async () => {
      const file = join(program.folder, `${run}.approval`)
      expect(await approve(run, kim, '--accept-live-tokens', '--out', file)).toMatchObject({ exit: 0 })
      expect(await restore(run)).toMatchObject({ exit: 0 })
      // The leaked key stays off; what is left to give back needs another approval.
      const again = await restore(run, '--give-back', KEY)
      expect(again.exit).toBe(3)
      expect(again.data.error.message).toContain('it was used already')
      const other = await contained()
      const elsewhere = await restore(other, '--approval', file)
      expect(elsewhere.data.error.message).toContain(`it is for run ${run}`)
    },
    LONG,
  )

  it(
    'with one of its bytes changed is refused',
    async () => {
      await approve(run, kim, '--accept-live-tokens')
      const folder = join(program.folder, 'state', 'approvals', run)
      const [name = ''] = readdirSync(folder)
      const text = readFileSync(join(folder, name), 'utf8')
      writeFileSync(join(folder, name), text.replace('approver: kim', 'approver: sam'))
      expect((await restore(run)).data.error.message).toContain('the signature is not of this text')
      writeFileSync(join(folder, name), text.replace('act: restore', 'act: destroy'))
      expect((await restore(run)).data.error.message).toContain('its text is no approval')
    },
    LONG,
  )

  it(
    'is done without it by --break-glass where the policy lets it, and status says so',
    async () => {
      const refused = await restore(run, '--break-glass')
      expect(refused).toMatchObject({ exit: 3, data: { error: { where: '--break-glass' } } })
      policy('{ restore: 1, break-glass: [restore] }')
      expect(await restore(run, '--break-glass')).toMatchObject({ exit: 0 })
      const { data } = await program.json('status', run)
      expect(data.approvals).toMatchObject([{ act: 'restore', by: [], bypassed: 'reviewed' }])
      expect((await program.run('status', run)).stdout).toContain(
        'restore WITHOUT the approvals that are needed',
      )
    },
    LONG,
  )

  it(
    'is asked for by what the run was made with, also when the policy of the house is gone',
    async () => {
      writeFileSync(inConfig('interdict.yaml'), 'version: 1\n', { mode: 0o600 })
      expect(await restore(run)).toMatchObject({ exit: 3 })
    },
    LONG,
  )
})

describe('a containment that another person has to approve', () => {
  it(
    'is the plan that was approved, and no other',
    async () => {
      policy('{ contain: 1 }')
      const file = join(program.folder, 'plan.json')
      const planned = ['leaked-access-key', '--input', `key=${KEY}`, '--lab']
      const bare = await program.json('contain', ...planned, '--stack', '--yes')
      expect(bare).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
      expect(await program.run('plan', ...planned, '--out', file)).toMatchObject({ exit: 0 })
      const carry = () => program.json('contain', file, '--stack', '--lab', '--yes', '--reason', 'leak')
      const refused = await carry()
      expect(refused).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
      const [, digest = ''] = /approve .* --digest (sha256:[0-9a-f]{64})/.exec(refused.data.error.next) ?? []
      const approved = await program.json(
        ...['approve', file, '--digest', digest, '--key', kim.file, '--lab', '--yes'],
      )
      expect(approved).toMatchObject({ exit: 0, data: { act: 'contain', digest, needed: 1 } })
      const done = await carry()
      expect(done).toMatchObject({ exit: 0, data: { status: 'complete' } })
      const { data } = await program.json('status', done.data.run)
      expect(data.approvals).toMatchObject([{ act: 'contain', by: [{ approver: 'kim@acme.example' }] }])
    },
    LONG,
  )
})

describe('a rotation that another person has to approve', () => {
  it(
    'goes on with the approval of this destination alone',
    async () => {
      const into = `file:${join(program.folder, 'new-{old}.json')}`
      const rotate = () =>
        program.json(
          ...[
            'rotate',
            run,
            '--into',
            into,
            '--only',
            KEY,
            '--delete-first',
            '--lab',
            '--yes',
            '--reason',
            'leaked',
          ],
        )
      expect(await rotate()).toMatchObject({ exit: 3 })
      const flags = ['--rotate', '--no-restore', '--delete-first', '--only', KEY, '--into']
      await approve(run, kim, ...flags, `file:${join(program.folder, 'other.json')}`)
      expect((await rotate()).data.error.message).toContain('it approves delete-first into=')
      expect(await approve(run, kim, ...flags, into)).toMatchObject({ exit: 0, data: { act: 'rotate' } })
      expect(await rotate()).toMatchObject({ exit: 0 })
    },
    LONG,
  )
})
