import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore, type Store } from '../../src/journal/store.ts'
import type { Body } from '../../src/model/entry.ts'
import type { PlannedChange } from '../../src/model/plan.ts'
import { REAL } from '../../src/model/timing.ts'
import { now, type Place, place, record, started, written } from './fixture.ts'

let at: Place
let other: string
beforeEach(async () => {
  at = await place()
  other = join(at.state, '..', 'other')
})
afterEach(() => at.remove())

const storeIn = (state: string): Store => openStore({ state, config: at.config })
const writes = async (store: Store) => {
  const lock = await store.lock('test', { timing: REAL })
  await lock.release()
}
/** The run goes on after a copy of it was taken. */
async function goesOn(store: Store, run: string): Promise<void> {
  const { journal } = await store.append(run, now)
  await journal.append(written('more'))
  await journal.close()
}
/** The start of a run that is going to hold an identity. */
function startedOn(run: string, id: string): Body {
  const identity = {
    id,
    cloud: 'aws',
    account: '111122223333',
    kind: 'user',
    name: 'ci',
    uid: 'A',
    facts: {},
  }
  const change = { key: `${id} aws.user.quarantine`, identity } as unknown as PlannedChange
  const body = started(run)
  if (body.type === 'run.started') body.plan.changes = [change]
  return body
}
const strange = { code: 'tampered', next: expect.stringContaining('--trust-state') }
const older = { code: 'tampered', message: expect.stringContaining('rolled back') }

it('a first use makes an identity without asking', async () => {
  await writes(at.store)
  expect(await readFile(join(at.state, 'id'), 'utf8')).toMatch(/^[0-9a-f]{32}\n$/)
  expect(await at.store.strange()).toBeUndefined()
})

it('a folder that was moved is known, and so is a run in it that was rolled back', async () => {
  await record(at, 'aaaa')
  await cp(at.file('aaaa'), join(at.config, 'old'))
  await goesOn(at.store, 'aaaa')
  await rename(at.state, other)
  const moved = storeIn(other)
  await writes(moved)
  expect((await moved.read('aaaa')).unseen).toBeUndefined()
  await cp(join(at.config, 'old'), join(other, 'runs', 'aaaa.jsonl'))
  await expect(moved.read('aaaa')).rejects.toMatchObject(older)
  // The place that it left is free.
  await writes(at.store)
})

it('a renamed folder behind a link is the same folder: an old copy and a deleted run are noticed', async () => {
  await record(at, 'aaaa')
  await cp(at.file('aaaa'), join(at.config, 'old'))
  await goesOn(at.store, 'aaaa')
  await record(at, 'bbbb')
  await rename(at.state, other)
  await symlink(other, at.state)
  await cp(join(at.config, 'old'), at.file('aaaa'))
  await unlink(at.file('bbbb'))
  expect(await at.store.list()).toMatchObject([
    { run: 'aaaa', fault: older },
    { run: 'bbbb', fault: { code: 'tampered', message: expect.stringContaining('missing') } },
  ])
})

it('a copy of the whole folder shares its heads, so what went on in one is missed in the other', async () => {
  await record(at, 'aaaa')
  await cp(at.state, other, { recursive: true })
  await goesOn(at.store, 'aaaa')
  await expect(storeIn(other).read('aaaa')).rejects.toMatchObject(older)
})

it('an old copy of a run in another state folder is not gone on with, whoever trusts that folder', async () => {
  await record(at, 'aaaa')
  const elsewhere = storeIn(other)
  await writes(elsewhere)
  await mkdir(join(other, 'runs'))
  await cp(at.file('aaaa'), join(other, 'runs', 'aaaa.jsonl'))
  await goesOn(at.store, 'aaaa')
  expect((await elsewhere.read('aaaa')).unseen).toBe(true)
  expect(await elsewhere.list()).toMatchObject([{ run: 'aaaa', unseen: true }])
  const belongs = { code: 'tampered', message: expect.stringContaining('another state folder') }
  await expect(elsewhere.append('aaaa', now)).rejects.toMatchObject(belongs)
  expect(await elsewhere.trust()).toMatchObject([belongs])
  await expect(elsewhere.append('aaaa', now)).rejects.toMatchObject(belongs)
})

it('a state folder that was never seen here is read, and written to only once it is trusted', async () => {
  await record(at, 'aaaa')
  const theirs = openStore({ state: at.state, config: join(other, 'config') })
  await mkdir(join(other, 'config'), { recursive: true })
  await cp(join(at.config, 'seal.pem'), join(other, 'config', 'seal.pem'))
  expect((await theirs.read('aaaa')).unseen).toBe(true)
  expect(await theirs.strange()).toMatchObject(strange)
  await expect(theirs.lock('test', { timing: REAL })).rejects.toMatchObject(strange)
  expect(await theirs.trust()).toEqual([])
  await writes(theirs)
  expect((await theirs.read('aaaa')).unseen).toBeUndefined()
})

it.each(['deleted', 'changed'] as const)(
  'an identity that was %s makes the folder a strange one',
  async how => {
    await record(at, 'aaaa')
    const id = join(at.state, 'id')
    if (how === 'deleted') await unlink(id)
    else await writeFile(id, `${'0'.repeat(32)}\n`)
    await expect(at.store.lock('test', { timing: REAL })).rejects.toMatchObject(strange)
    expect((await at.store.read('aaaa')).unseen).toBe(true)
    expect(await at.store.trust()).toEqual([])
    await writes(at.store)
  },
)

it('a folder that was emptied is missed as long as its runs may hold something, and only then', async () => {
  const journal = await at.store.create('aaaa', now)
  await journal.append(startedOn('aaaa', 'aws:111122223333:user/ci'))
  await journal.close()
  await rm(at.state, { recursive: true })
  await expect(at.store.lock('test', { timing: REAL })).rejects.toMatchObject({
    ...strange,
    message: expect.stringContaining('aaaa'),
  })
  await at.store.trust()
  await writes(at.store)
  // This one holds nothing: its head says so once it has been listed under the lock.
  await record(at, 'bbbb', 0)
  const lock = await at.store.lock('test', { timing: REAL })
  await at.store.list()
  await lock.release()
  await rm(at.state, { recursive: true })
  await writes(at.store)
})

it('heads of a version that knew folders by their path go on, under an identity', async () => {
  await record(at, 'aaaa')
  await cp(at.file('aaaa'), join(at.config, 'old'))
  await goesOn(at.store, 'aaaa')
  // As that version left it.
  const heads = join(at.config, 'heads')
  const [id = ''] = await readdir(heads)
  const legacy = createHash('sha256').update(at.state).digest('hex').slice(0, 16)
  await rename(join(heads, id), join(heads, legacy))
  await rm(join(heads, legacy, 'place'))
  const head = join(heads, legacy, 'aaaa.json')
  const { held: _, ...rest } = JSON.parse(await readFile(head, 'utf8'))
  await writeFile(head, JSON.stringify(rest))
  await writeFile(join(heads, `gate-${legacy}.json`), '{"seq":0,"hash":""}')
  await unlink(join(at.state, 'id'))
  const store = storeIn(at.state)
  expect((await store.read('aaaa')).unseen).toBeUndefined()
  await writes(store)
  const made = (await readFile(join(at.state, 'id'), 'utf8')).trim()
  expect((await readdir(heads)).sort()).toEqual([made, `gate-${made}.json`].sort())
  await cp(join(at.config, 'old'), at.file('aaaa'))
  await expect(store.read('aaaa')).rejects.toMatchObject(older)
})
