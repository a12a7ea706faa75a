import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FaultRule } from '../../src/lab/index.ts'
import { type Program, programInLab } from '../commands/program.ts'
import { isForm, type Pasted, pastedIn } from './pasted-commands.ts'

/** Commands that would change something are shown what they would do; those of the list below have no such flag. */
const CAN_SHOW = new Set(['contain', 'restore', 'rotate'])
/** Long, or in need of records: that these words name it is all there is to check. */
const ELSEWHERE = new Set(['drill', 'watch'])

let interdict: Program
let key: string
/** Every hint that a step printed, and by which step. */
const seen = new Map<string, { pasted: Pasted; by: string }>()

beforeAll(async () => {
  interdict = await programInLab()
  const { data } = await interdict.json('inventory', '--lab', '--kind', 'access-key')
  const found = data.identities.find(
    ({ name, owner }: { name: string; owner?: string }) =>
      name.startsWith('AKIA') && owner?.endsWith('/ci-deploy'),
  )
  key = found.name
})
afterAll(() => interdict.close())

/** Runs a command twice, for people and for programs, and pastes what it hints at: each hint has to be understood and not refused. */
async function step(...args: string[]): Promise<{ exit: number | null; text: string }> {
  const { exit, stdout, stderr } = await interdict.run(...args)
  const text = `${stdout}\n${stderr}`
  await paste(text, args.join(' '))
  return { exit, text }
}

async function paste(text: string, by: string): Promise<void> {
  // A word that is spelt better is not a command line.
  for (const pasted of pastedIn(text.replace(/did you mean .*\?/g, ''))) {
    const line = pasted.words.join(' ')
    if (seen.has(line)) continue
    seen.set(line, { pasted, by })
    if (isForm(pasted) || ELSEWHERE.has(pasted.id)) {
      const help = await interdict.run(...pasted.words.slice(0, pasted.id.split(':').length), '--help')
      expect(help.exit, `${by} → interdict ${line}`).toBe(0)
      continue
    }
    const shown = CAN_SHOW.has(pasted.id) && !pasted.words.includes('--dry-run') ? ['--dry-run'] : []
    const ran = await interdict.run(...pasted.words, ...shown)
    expect([0, 4, 6, 7], `${by} → interdict ${line}\n${ran.stderr}`).toContain(ran.exit)
  }
}

const lastRun = async () => String((await interdict.json('status')).data.runs.at(-1).run)

async function trouble(...rules: FaultRule[]): Promise<void> {
  const { endpoint } = JSON.parse(readFileSync(join(interdict.folder, 'state/lab/lab.json'), 'utf8'))
  await fetch(`${endpoint}/_lab/faults`, { method: 'POST', body: JSON.stringify(rules) })
}
async function calm(): Promise<void> {
  const { endpoint } = JSON.parse(readFileSync(join(interdict.folder, 'state/lab/lab.json'), 'utf8'))
  await fetch(`${endpoint}/_lab/faults`, { method: 'DELETE' })
}

test('hints without a run are understood: an empty state folder, unknown names, wrong words', async () => {
  await step('status')
  await step('contian')
  await step('nosuchcommand')
  await step('catalog', 'aws.nosuch.thing')
  await step('status', 'zzzz')
  await step('status', '--identity', 'user/nobody')
  await step('restore', '--lab', '--yes')
  await step('contain', 'nosuch.json', '--lab', '--yes')
  await step('contain', 'leaked-access-key', '--digest', 'sha256:x', '--lab', '--yes')
  await step('contain', 'leaked-access-key', '--input', 'key=AKIANOSUCHKEY0000000', '--lab', '--yes')
  await step('plan', 'leaked-access-key', '--lab')
  await step('inventory', '--lab', '--kind', 'rolle')
  await step('doctor', '--lab')
  await step('plan', 'third-party-stop', '--lab')
})

test('hints of a containment, its second try, its restore and its rotation are understood', async () => {
  const contain = ['contain', 'leaked-access-key', '--input', `key=${key}`, '--lab', '--yes']
  await step(...contain)
  const run = await lastRun()
  await step(...contain)
  await step('status')
  await step('status', run)
  await step('status', '--due')
  await step('verify', run, '--lab')
  await step('resume', run, '--lab')
  await step('guard', run, '--lab')
  await step('restore', run, '--lab', '--dry-run')
  await step('restore', run, '--lab', '--only', 'nothing-of-it', '--yes')
  await step('restore', run, '--lab', '--give-back', 'nothing', '--reason', 'test', '--yes')
  await step('restore', run, '--lab', '--no-step-down', '--keep-clock', '--yes')
  await step('rotate', run, '--lab', '--only', 'nothing', '--into', 'file:new.json', '--yes')
  await step('rotate', run, '--lab', '--into', 'file:new.json', '--dry-run')
  await step(...contain, '--stack')
  await step('restore', '--identity', 'user/ci-deploy', '--lab', '--yes')
  await step('restore', run, '--lab', '--keep-clock', '--yes')
  await step('restore', run, '--lab', '--keep-clock', '--yes')
  await step('resume', run, '--lab')
  await step('status', '--due')
  await step('verify', run)
})

test('hints of a plan in a file are understood: contain with its digest, and again', async () => {
  const { text } = await step('plan', 'third-party-stop', '--lab', '--out', 'plan.json')
  const [contain] = pastedIn(text)
  expect(contain?.id).toBe('contain')
  await step(...(contain?.words ?? []), '--yes')
  await step(...(contain?.words ?? []), '--yes')
  const run = await lastRun()
  await step('rotate', run, '--lab', '--into', 'file:other.json', '--yes')
})

test('hints of what is protected are understood: the command that overrules it', async () => {
  writeFileSync(
    join(interdict.folder, 'all.yaml'),
    `version: 1
name: all-roles
title: All roles
status: experimental
scope: { aws: {} }
limit: { identities: 100, share: 1 }
steps:
  - name: all
    select: identity.kind == "role"
    interrupt: [quarantine]
`,
  )
  await step('contain', 'all.yaml', '--lab', '--yes', '--stack')
})

test('hints of a containment and a restore that a fault cut short are understood', async () => {
  const { data } = await interdict.json('inventory', '--lab', '--kind', 'access-key')
  const other = data.identities.find(
    ({ name, facts }: { name: string; facts: { enabled: boolean } }) => name !== key && facts.enabled,
  )
  const contain = ['contain', 'leaked-access-key', '--input', `key=${other.name}`, '--lab', '--yes']
  const denied = { kind: 'error', code: 'AccessDenied', status: 403 } as const
  await trouble({ trouble: denied, cloud: 'aws', operation: 'PutUserPolicy', times: 0 })
  await step(...contain)
  const run = await lastRun()
  await step('status', run)
  await step('resume', run, '--lab')
  await calm()
  await step('resume', run, '--lab')
  await trouble({ trouble: denied, cloud: 'aws', operation: 'DeleteUserPolicy', times: 0 })
  await step('restore', run, '--lab', '--keep-clock', '--yes')
  await step('resume', run, '--lab')
  await step('status', run)
  await calm()
  const listed = { kind: 'error', code: 'ServiceFailure', status: 500 } as const
  await trouble({ trouble: listed, cloud: 'aws', operation: 'GetCallerIdentity', times: 0 })
  await step(...contain)
  await step('verify', run, '--lab')
  await calm()
})

test('a folder that the command line named is in each hint, and one of the environment is not', async () => {
  const { stdout } = await interdict.run('status', await lastRun())
  expect(stdout).not.toContain('--state')
  // As a path that the environment does not have, to the same folder.
  const other = `${interdict.folder}/config/../state`
  const { stderr } = await interdict.run(
    'restore',
    await lastRun(),
    '--lab',
    '--only',
    'x',
    '--yes',
    '--state',
    other,
  )
  expect(stderr).toContain(`interdict status --state ${other} `)
  await step('status', '--due', '--state', other)
  await step('restore', await lastRun(), '--lab', '--only', 'x', '--yes', '--state', other)
})

test('the journeys showed the hints that matter, and each hint of a run of the lab has --lab', () => {
  const lines = [...seen.keys()]
  const verbs = new Set([...seen.values()].map(({ pasted }) => pasted.id))
  expect([...verbs].sort()).toEqual(
    expect.arrayContaining(['contain', 'drill', 'inventory', 'plan', 'restore', 'resume', 'status']),
  )
  const targeted = lines.filter(line => /^(?:guard|restore|resume|rotate|verify) [a-z0-9]{6}/.test(line))
  expect(targeted.length).toBeGreaterThan(5)
  expect(targeted.filter(line => !line.includes('--lab'))).toEqual([])
})
