import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keyPair, sshVerifies } from '../approval/ssh.ts'
import { type Program, programInLab } from '../commands/program.ts'
import { commandsIn } from './page.ts'

const LONG = 300_000

let program: Program
beforeAll(async () => {
  program = await programInLab()
}, LONG)
afterAll(() => program.close())

const at = (name: string) => join(program.folder, name)

it(
  'every command of docs/approvals.md runs as it stands there, with the policy of the page',
  async () => {
    const page = readFileSync('docs/approvals.md', 'utf8')
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
    const key = keyPair(program.folder, 'id_ed25519')
    mkdirSync(at('config'), { recursive: true, mode: 0o700 })
    writeFileSync(
      at('config/interdict.yaml'),
      yaml.replace(/^ {3}/gm, '').replace('restore: 1', 'contain: 1\n  restore: 1'),
      { mode: 0o600 },
    )
    writeFileSync(
      at('config/allowed_signers'),
      `kim@acme.example namespaces="approve@interdict" ${key.line}\n`,
      { mode: 0o600 },
    )

    const shown = await commandsIn('docs/approvals.md')
    let run = ''
    let digest = ''
    const carry = async (words: readonly string[]) => {
      const given = words.map(word =>
        word
          .replace('7f3k2m', run)
          .replace('sha256:…', digest)
          .replace('~/.ssh/id_ed25519', key.file)
          .replace(/^plan\.(json|approval)$/, at('plan.$1')),
      )
      return await program.run(...given, '--lab', ...(words[0] === 'plan' ? [] : ['--yes']))
    }
    const [restore, approve, ...ofPlan] = shown
    if (!restore || !approve) throw new Error('the page has other commands')

    for (const { words, text } of ofPlan) {
      if (words[0] === 'contain') {
        // The first refusal prints the line that says whose machine this is.
        const { stderr } = await carry(words)
        const [line] =
          /YOU namespaces="seal@interdict" ssh-ed25519 [A-Za-z0-9+/=]+/.exec(stderr.replace(/\n\s+/g, ' ')) ??
          []
        expect(line, stderr).toBeDefined()
        appendFileSync(at('config/allowed_signers'), `${line?.replace('YOU', 'alex@acme.example')}\n`)
      }
      const { exit, stdout, stderr } = await carry(words)
      expect([text, exit, stderr]).toEqual([text, 0, expect.anything()])
      digest ||= /sha256:[0-9a-f]{64}/.exec(stdout + stderr)?.[0] ?? ''
    }
    const { data } = await program.json('status')
    run = data.runs[0].run
    expect((await carry(restore.words)).exit).toBe(3)
    expect((await carry(approve.words)).exit).toBe(0)
    expect((await carry(restore.words)).exit).toBe(0)

    const [text = '', armour = ''] = readFileSync(at('plan.approval'), 'utf8').split(/(?=-----BEGIN)/)
    const list = readFileSync(at('config/allowed_signers'), 'utf8')
    const by = { list, principal: 'kim@acme.example', namespace: 'approve@interdict', armour, text }
    expect(sshVerifies(program.folder, { ...by, at: '20261201000000Z' })).toBe(true)
  },
  LONG,
)
