import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { movedTo, recordsOf } from '../../src/drill/case-records.ts'
import { CASES } from '../../src/drill/cases.ts'
import { differingPaths } from '../../src/drill/compare.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { Scene } from '../rotate/scene.ts'
import { withoutTriggers } from './shipped.ts'

/** The real program, a process for each command, over a lab in this one: from a raw record to the restore. */
let scene: Scene

beforeEach(async () => {
  scene = await Scene.open(['aws', 'gcp', 'azure'])
})

afterEach(async () => {
  await scene.close()
})

interface Note {
  event: string
  run?: string
  plan?: string
  status?: string
  because?: string
}

/** Learns what is usual, then reads the records of the case to their end. */
async function watched(
  number: number,
  change: (source: string) => string,
  told: { learned?: string; records?: string } = {},
): Promise<Note[]> {
  const found = CASES.find(each => each.number === number)
  if (!found) throw new Error(`no case ${number}`)
  const { learned = found.learned, records: name = found.records } = told
  const of = { ...found, learned: [learned].flat(), records: name }
  const folder = join(scene.folder, 'playbooks')
  await mkdir(folder)
  const shipped = `playbooks/${of.playbook}.yaml`
  const playbook = join(folder, `${of.playbook}.yaml`)
  await writeFile(playbook, change(await readFile(shipped, 'utf8')))
  for (const name of of.learned) {
    const usual = join(scene.folder, name)
    await writeFile(usual, await recordsOf(shipped, name))
    const learned = await scene.interdict([
      'watch',
      '--learn',
      '--once',
      '--source',
      `file:${usual}`,
      '--lab',
    ])
    expect(learned, learned.stderr).toMatchObject({ code: 0 })
  }
  const source = join(scene.folder, 'records')
  const records = await recordsOf(shipped, of.records)
  await writeFile(source, movedTo(records, Date.now(), of.weekly === true))
  return await watch(playbook, source, of.weekly === true ? ['--max-age', '8d'] : [])
}

async function watch(playbook: string, source: string, more: readonly string[] = []): Promise<Note[]> {
  const args = [
    'watch',
    playbook,
    '--once',
    '--source',
    `file:${source}`,
    '--mode',
    'act',
    '--lab',
    '--json',
    ...more,
  ]
  const { stdout, stderr, code } = await scene.interdict(args)
  expect(code, stdout + stderr).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Note)
}

/** A copy that knows the vendor in every cloud: its ids are defaults. */
const knowing = (source: string) => {
  const known = {
    vendor_accounts: ['998877665544'],
    vendor_projects: ['northwind-vendor'],
    vendor_issuers: ['https://id.northwind.example'],
    vendor_tenants: ['eec13f51-9cca-4be1-9a7e-d2eef549b0f8'],
    projects: ['acme-prod', 'acme-shop'],
  }
  return Object.entries(known).reduce(
    (text, [name, values]) =>
      text.replace(
        new RegExp(`^( {2}${name}:\\n(?: {4}.*\\n)*? {4}default: )\\[\\]`, 'm'),
        (_, head: string) => head + JSON.stringify(values),
      ),
    source,
  )
}

const acting = (source: string) => source.replace('    mode: propose', '    mode: act')

function one(notes: readonly Note[], event: string): Note {
  const found = notes.filter(note => note.event === event)
  expect(found, JSON.stringify(notes)).toHaveLength(1)
  return found[0] as Note
}

async function runOf(notes: readonly Note[]): Promise<string> {
  const { run = '', status } = one(notes, 'contained')
  expect(status).toBe('complete')
  return run
}

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.interdict([...args, '--lab', '--json'])
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

const restore = (run: string, ...args: string[]) =>
  done('restore', run, '--yes', '--reason', 'cleared', ...args)

/** At once, and again on the day after: the second removes what denied the old sessions. */
async function restoreWhole(run: string): Promise<void> {
  await restore(run)
  await restore(run)
}

async function stateOf(run: string): Promise<RunState> {
  return (await scene.read(run)).state
}

const heldIds = ({ changes }: RunState) => [
  ...new Set([...changes.values()].filter(({ held }) => held.length > 0).map(({ identity }) => identity.id)),
]

const cloudOf = (id: string) => id.split(':')[0]

const heldIn = ({ changes }: RunState) => [
  ...new Set(
    [...changes.values()].filter(({ held }) => held.length > 0).map(({ identity }) => identity.name),
  ),
]

describe('from a raw record to proof to restore, by the real program', () => {
  test('1: a CI role outside its window', async () => {
    const before = scene.lab.snapshot()
    const notes = await watched(1, acting)
    const run = await runOf(notes)
    const state = await stateOf(run)
    expect(heldIn(state)).toEqual(['github-deployer'])
    expect([...state.changes.values()].map(({ denied }) => denied)).toEqual(['denied', 'denied'])
    expect(state.cause?.events).toEqual(['5a1b0c7e-0002-4000-8000-000000000011'])
    await done('verify', run)
    await restoreWhole(run)
    expect(scene.lab.snapshot()).toEqual(before)
  })

  test('1: the same record twice, and a watch that begins again, contain once', async () => {
    const notes = await watched(1, acting)
    await runOf(notes)
    const source = join(scene.folder, 'records')
    await appendFile(source, await readFile(source))
    const again = await watch(join(scene.folder, 'playbooks', 'ci-role-outside-window.yaml'), source)
    expect(again.filter(({ event }) => event === 'contained')).toEqual([])
  })

  test('1: without the trigger nothing happens', async () => {
    await expect(watched(1, withoutTriggers)).rejects.toThrow(/has no triggers/)
  })

  test('3: a key from a country that is new, rotated', async () => {
    const before = scene.lab.snapshot()
    const run = await runOf(await watched(3, source => source))
    expect(heldIn(await stateOf(run)).sort()).toEqual(['AKIAXHVPLLVPRMD44DZ6', 'billing-export'])
    const file = join(scene.folder, 'new-key.json')
    await restore(run, '--rotate', '--into', `file:${file}`)
    await restore(run)
    const { AccessKeyId } = JSON.parse(await readFile(file, 'utf8')) as { AccessKeyId: string }
    const user = 'aws.111122223333.users.billing-export.accessKeys'
    expect(differingPaths(before, scene.lab.snapshot()).sort()).toEqual(
      [`${user}.${AccessKeyId}`, `${user}.AKIAXHVPLLVPRMD44DZ6.status`].sort(),
    )
    expect((await scene.interdict(['status', run])).stdout).toContain(AccessKeyId)
    expect(heldIn(await stateOf(run))).toEqual([])
  })

  test('4: a secret that was never read', async () => {
    const before = scene.lab.snapshot()
    const run = await runOf(await watched(4, acting))
    const state = await stateOf(run)
    expect(heldIn(state)).toEqual(['checkout@acme-prod.iam.gserviceaccount.com'])
    await restoreWhole(run)
    expect(scene.lab.snapshot()).toEqual(before)
  })

  test('5: a vendor, told by its sign-in: proposed, agreed to, cleared one by one in three clouds', async () => {
    const told = { learned: 'vendor-sign-in-usual.json', records: 'vendor-sign-in-elsewhere.json' }
    const before = scene.lab.snapshot()
    const notes = await watched(5, knowing, told)
    const { plan = '', run = '' } = one(notes, 'proposed')
    expect(scene.lab.snapshot()).toEqual(before)
    await done('contain', plan, '--yes', '--reason', 'the vendor says that it was breached')
    const state = await stateOf(run)
    const ids = [...new Set([...state.changes.values()].map(({ identity }) => identity.id))]
    expect(new Set(ids.map(cloudOf))).toEqual(new Set(['aws', 'gcp', 'azure']))
    expect(state.cause?.trigger).toBe('vendor-sign-in-from-elsewhere')
    // The first of each cloud by itself, and then what is left.
    const firsts = ids.filter((id, index) => index === ids.findIndex(each => cloudOf(each) === cloudOf(id)))
    const left = new Set(ids)
    for (const id of firsts) {
      await restore(run, '--only', id)
      left.delete(id)
      expect(heldIds(await stateOf(run))).toEqual([...left])
    }
    await restore(run)
    expect(scene.lab.snapshot()).toEqual(before)
  })
})
