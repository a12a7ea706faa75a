import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { callsIn, type Keys, keysOf, seededKeys } from './aws-people.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const USER = 'billing-export'
const OLD = seededKeys(USER)

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open(['aws'])
})

afterEach(async () => {
  await scene.close()
})

const contain = (key = OLD.accessKeyId) => scene.contain('leaked-access-key', '--input', `key=${key}`)

function rotate(run: string, into: string, ...more: string[]) {
  return scene.interdict([
    'rotate',
    run,
    '--into',
    into,
    '--lab',
    '--yes',
    '--json',
    '--reason',
    'x',
    ...more,
  ])
}

function restore(run: string, ...more: string[]) {
  return scene.interdict(['restore', run, '--lab', '--yes', '--json', '--reason', 'x', ...more])
}

function fromText(text: string): Keys {
  const { AccessKeyId, SecretAccessKey } = JSON.parse(text) as {
    AccessKeyId: string
    SecretAccessKey: string
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
}

test('a new key goes into a file that only we may read, works, and the old one stays off', async () => {
  const run = await contain()
  const file = join(scene.folder, 'key.json')
  const done = await restore(run, '--rotate', '--into', `file:${file}`)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const fresh = fromText(await readFile(file, 'utf8'))
  expect(await callsIn(scene, fresh)).toBe('accepted')
  expect(await callsIn(scene, OLD)).not.toBe('accepted')
  // At once the user's old sessions stay denied; a second restore ends that.
  expect((await restore(run)).code).toBe(0)
  const { state } = await scene.read(run)
  expect([...state.changes.values()].map(({ phase }) => phase).sort()).toEqual([
    'restored',
    'restored',
    'rotated',
  ])
  const status = await scene.interdict(['status', run])
  expect(status.stdout.replace(/\s+/g, ' ')).toContain(`replaced by ${fresh.accessKeyId}; stays off for good`)
  // Nothing turns it on again: neither this run nor a later look at it.
  expect((await restore(run)).code).toBe(0)
  expect(keysOf(scene, USER).find(({ id }) => id === OLD.accessKeyId)?.status).toBe('Inactive')
})

test('the secret is in its place and nowhere else', async () => {
  const run = await contain()
  const done = await restore(run, '--rotate', '--into', 'aws-secretsmanager:billing/key')
  const told = await scene.interdict(['status', run, '--json'])
  expect(done, done.stderr).toMatchObject({ code: 0 })
  const fresh = keysOf(scene, USER).find(({ id }) => id !== OLD.accessKeyId)
  const secret = fresh?.secret ?? ''
  expect(secret.length).toBeGreaterThan(30)
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), btoa(secret)]
  const holds = (text: string) => forms.some(form => text.includes(form))
  expect([done.stdout, done.stderr, told.stdout, told.stderr].filter(holds)).toEqual([])
  expect((await scene.files()).filter(({ text }) => holds(text))).toEqual([])
  const carried = scene.exchanges
    .filter(({ sent, url, body, headers }) => holds(sent + url + body + JSON.stringify(headers)))
    .map(({ operation }) => operation)
  expect([...new Set(carried)].sort()).toEqual(['CreateAccessKey', 'CreateSecret', 'GetSecretValue'])
  expect(scene.exchanges.filter(({ url, headers }) => holds(url + JSON.stringify(headers)))).toEqual([])
})

test('a full quota is refused before anything is created, and says what to delete', async () => {
  const old = seededKeys('ci-deploy')
  const run = await contain(old.accessKeyId)
  const before = keysOf(scene, 'ci-deploy').map(({ id }) => id)
  const refused = await rotate(run, 'aws-secretsmanager:ci/key')
  expect(refused.code).toBe(3)
  for (const id of before) expect(refused.stdout + refused.stderr).toContain(id)
  expect(keysOf(scene, 'ci-deploy').map(({ id }) => id)).toEqual(before)
  expect((await scene.read(run)).state.rotation).toBeUndefined()

  const done = await rotate(run, 'aws-secretsmanager:ci/key', '--delete-first')
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  const after = keysOf(scene, 'ci-deploy').map(({ id }) => id)
  expect(after).toHaveLength(2)
  expect(after).not.toContain(old.accessKeyId)
})

test('what is deleted is deleted only when asked for, and after the new key works', async () => {
  const run = await contain()
  const done = await rotate(run, 'aws-secretsmanager:billing/key', '--delete-old')
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(keysOf(scene, USER).map(({ id }) => id)).not.toContain(OLD.accessKeyId)
  const types = (await scene.read(run)).entries.map(({ type }) => type)
  expect(types.indexOf('rotation.deleted')).toBeGreaterThan(types.indexOf('rotation.tried'))
})

test('a dry run writes nothing, and a file that is there is never written over', async () => {
  const run = await contain()
  const file = join(scene.folder, 'taken')
  await writeFile(file, 'mine')
  const calls = scene.exchanges.length
  const dry = await rotate(run, `file:${file}`, '--dry-run')
  expect(dry.code).toBe(3)
  const writes = scene.exchanges
    .slice(calls)
    .filter(({ operation }) => !/^(Get|List|Describe|Generate)/.test(operation))
  expect(writes.map(({ operation }) => operation)).toEqual([])
  expect((await rotate(run, `file:${file}`)).code).toBe(3)
  expect(await readFile(file, 'utf8')).toBe('mine')
  expect(keysOf(scene, USER)).toHaveLength(1)
})

test('no sink, no key: what cannot be stored or does not work is taken back, and the owner stays contained', async () => {
  const run = await contain()
  const message = 'no'
  scene.lab.faults.add({
    operation: 'CreateSecret',
    trouble: { kind: 'error', code: 'AccessDeniedException', status: 400, message },
    times: 0,
  })
  const failed = await restore(run, '--rotate', '--into', 'aws-secretsmanager:billing/key')
  expect(failed, failed.stdout).toMatchObject({ code: 4 })
  expect(keysOf(scene, USER).map(({ id }) => id)).toEqual([OLD.accessKeyId])
  const { state } = await scene.read(run)
  expect([...state.changes.values()].every(({ held }) => held.length > 0)).toBe(true)
  expect([...state.changes.values()].flatMap(({ rotation }) => rotation?.orphans ?? [])).toMatchObject([
    { outcome: 'deleted' },
  ])
  scene.lab.faults.clear()
  const again = await restore(run, '--rotate', '--into', 'aws-secretsmanager:billing/key')
  expect(again, again.stdout + again.stderr).toMatchObject({ code: 0 })
})

test.each(['applied-then-503', 'applied-then-reset'] as const)(
  'a creation whose answer is lost (%s) leaves one new key, not two',
  async kind => {
    const run = await contain()
    scene.lab.faults.add({ operation: 'CreateAccessKey', trouble: { kind } })
    const done = await rotate(run, 'aws-secretsmanager:billing/key')
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    const keys = keysOf(scene, USER)
    expect(keys).toHaveLength(2)
    const { state } = await scene.read(run)
    const [rotated] = [...state.changes.values()].filter(({ phase }) => phase === 'rotated')
    expect(keys.map(({ id }) => id)).toContain(rotated?.rotation?.done?.name)
  },
)

test('another run that holds the old key does not switch it on again', async () => {
  const first = await contain()
  const second = await contain()
  const done = await restore(
    first,
    '--rotate',
    '--into',
    'aws-secretsmanager:billing/key',
    '--accept-live-tokens',
  )
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  const other = await restore(second, '--accept-live-tokens')
  expect(other, other.stdout + other.stderr).toMatchObject({ code: 0 })
  expect(keysOf(scene, USER).find(({ id }) => id === OLD.accessKeyId)?.status).toBe('Inactive')
  const fresh = keysOf(scene, USER).find(({ id }) => id !== OLD.accessKeyId)
  expect(await callsIn(scene, { accessKeyId: fresh?.id ?? '', secretAccessKey: fresh?.secret ?? '' })).toBe(
    'accepted',
  )
})

test('verify does not take the new key for one that appeared', async () => {
  const run = await contain()
  await rotate(run, 'aws-secretsmanager:billing/key')
  const looked = await scene.interdict(['verify', run, '--lab', '--json'])
  expect(JSON.parse(looked.stdout)).toMatchObject({ sweep: [] })
})

test('an address that is none is refused, and is not repeated: it may be a secret', async () => {
  const run = await contain()
  const { code, stdout, stderr } = await rotate(run, 'AKIA-pasted-by-mistake')
  expect(code).toBe(2)
  expect(stdout + stderr).not.toContain('pasted-by-mistake')
})

test('what cannot be accounted for stays in hand: nothing else is done to the run before a resume has done it', async () => {
  const run = await contain()
  for (const operation of ['CreateSecret', 'DeleteAccessKey']) {
    const trouble = { kind: 'error', code: 'AccessDenied', status: 403, message: 'no' } as const
    scene.lab.faults.add({ operation, trouble, times: 0 })
  }
  const left = await restore(run, '--rotate', '--into', 'aws-secretsmanager:billing/key')
  expect(left, left.stdout + left.stderr).toMatchObject({ code: 4 })
  expect(keysOf(scene, USER)).toHaveLength(2)
  const status = await scene.interdict(['status', run])
  expect(status.stdout).toContain('rotating')
  for (const refused of [await restore(run), await rotate(run, 'aws-secretsmanager:billing/key')]) {
    expect(refused.code).toBe(3)
    expect(refused.stdout + refused.stderr).toMatch(new RegExp(`interdict resume (?:--\\S+ \\S+ )*${run} `))
  }
  scene.lab.faults.clear()
  const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 })
  expect(keysOf(scene, USER)).toHaveLength(2)
  expect((await restore(run)).code).toBe(0)
  const { state } = await scene.read(run)
  expect([...state.changes.values()].map(({ phase }) => phase).sort()).toEqual([
    'restored',
    'restored',
    'rotated',
  ])
  expect([...state.changes.values()].flatMap(({ rotation }) => rotation?.orphans ?? [])).toHaveLength(1)
})

test('several credentials need several places, and a name from the cloud leads nowhere else', async () => {
  const run = await contain()
  const done = await rotate(run, `file:${join(scene.folder, '{owner}', '..', '{owner}-{old}.json')}`)
  // The folder {owner} is not there: nothing is made for it.
  expect(done.code).toBe(0)
  const file = join(scene.folder, `${USER}-${OLD.accessKeyId}.json`)
  expect(await callsIn(scene, fromText(await readFile(file, 'utf8')))).toBe('accepted')
})

test('a rotation that had not begun is not resumed for a user that interdict.yaml protects meanwhile', async () => {
  const run = await contain()
  const into = `file:${join(scene.folder, 'key.json')}`
  const args = ['rotate', run, '--into', into, '--lab', '--yes', '--json', '--reason', 'x']
  const struck = await scene.interdict(args, { CRASH_AT: 'journal:1:after' })
  expect(struck.signal, struck.stdout + struck.stderr).toBe('SIGKILL')
  const config = `version: 1\nprotect: [ { name: user/${USER}, because: month-end } ]\n`
  await writeFile(join(scene.folder, 'config', 'interdict.yaml'), config, { mode: 0o600 })
  const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 4 })
  expect(resumed.stdout).toContain('its owner is spared: protected: ')
  expect(keysOf(scene, USER).map(({ id }) => id)).toEqual([OLD.accessKeyId])
})
