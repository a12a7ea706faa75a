import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../../oclif.manifest.json' with { type: 'json' }
import { keyPair } from '../approval/ssh.ts'
import { endOf } from '../programs/run.ts'
import { type Program, programInLab } from './program.ts'

const PLAYBOOKS = fileURLToPath(new URL('../../playbooks', import.meta.url))

interface Shown {
  id: string
  examples?: readonly string[]
  flags: { lab?: unknown; yes?: unknown }
}

/** The exit codes that an example may end with besides 0, and why. */
const EXITS: { readonly [id: string]: readonly number[] } = {
  // The lab has permissions that nobody granted.
  doctor: [4],
  // No harness is installed where the tests run.
  'gate:doctor': [4],
  // The run of the example does not end by itself.
  tidy: [3],
  // The record of the example fires another trigger, or none.
  'playbook:explain': [4],
}

/** They change the estate for all that come after them. */
const LAST = ['lab:reset']

const commands = Object.values(manifest.commands as { [id: string]: Shown })
const ordered = [
  ...commands.filter(({ id }) => !LAST.includes(id)),
  ...commands.filter(({ id }) => LAST.includes(id)),
]

let interdict: Program
let run: string

beforeAll(async () => {
  interdict = await programInLab()
  const at = (name: string) => join(interdict.folder, name)
  copyFileSync(join(PLAYBOOKS, 'records/key-abroad.ndjson'), at('records.ndjson'))
  const [record = ''] = readFileSync(at('records.ndjson'), 'utf8').split('\n')
  writeFileSync(at('record.json'), record)
  cpSync(join(PLAYBOOKS, 'records'), at('records'), { recursive: true })
  copyFileSync(join(PLAYBOOKS, 'agent-out-of-scope.yaml'), at('stop.yaml'))
  writeFileSync(at('gate.yaml'), (await interdict.run('gate', 'policy', '--harness', 'claude')).stdout)
  const { data } = await interdict.json('inventory', '--lab', '--kind', 'access-key')
  const owners = data.identities.map(({ owner }: { owner: string }) => owner)
  const only = data.identities.find(
    ({ name, owner, facts }: { name: string; owner: string; facts: { enabled: boolean } }) =>
      name.startsWith('AKIA') &&
      facts.enabled &&
      owners.filter((each: string) => each === owner).length === 1,
  )
  const contained = await interdict.json(
    ...['contain', 'leaked-access-key', '--input', `key=${only.name}`, '--lab', '--yes'],
  )
  run = contained.data.run
  const { line } = keyPair(interdict.folder, 'id_ed25519')
  writeFileSync(at('config/allowed_signers'), `kim@acme.example ${line}\n`, { mode: 0o600 })
})
afterAll(() => interdict.close())

/** The example that a reader can try at once: in the lab, where the command takes `--lab`, and else the first. */
function tried({ examples = [], flags }: Shown): string | undefined {
  return (flags.lab === undefined ? undefined : examples.find(each => each.includes(' --lab'))) ?? examples[0]
}

test.each(ordered.map(command => [command.id.replaceAll(':', ' '), command] as const))(
  '%s shows an example that works',
  async (_, command) => {
    const example = tried(command)
    expect(example, 'an example without a cloud').toBeDefined()
    const words = (example ?? '')
      .replace(/^<%= config\.bin %> /, '')
      .replace(/ > \S+$/, '')
      .replace('7f3k2m', run)
      .split(' ')
    if (command.id === 'lab:start') {
      const lab = interdict.start(...words, '--state', join(interdict.folder, 'other'))
      const ended = endOf(lab, words)
      await new Promise<void>(resolve => lab.stderr.once('data', () => resolve()))
      lab.kill('SIGINT')
      expect((await ended).code).toBe(0)
      return
    }
    // There is no terminal to ask on.
    const asks = command.flags.yes !== undefined && !words.includes('--dry-run') && !words.includes('--yes')
    const { exit, stderr } = await interdict.run(...words, ...(asks ? ['--yes'] : []))
    expect([0, ...(EXITS[command.id] ?? [])], stderr).toContain(exit)
  },
)
