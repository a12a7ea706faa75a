import { execFileSync } from 'node:child_process'
import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Listed, openStore, type Store } from '../../src/journal/store.ts'
import { DiskTap } from '../store/disk-tap.ts'
import { now, type Place, place, record, written } from './fixture.ts'

let at: Place
let followed: Store
beforeEach(async () => {
  at = await place()
  followed = openStore({ state: at.state, config: at.config }, { follow: true })
})
afterEach(() => at.remove())

/** The followed list is what a reader finds that reads everything. */
async function expectAsRead(): Promise<Listed[]> {
  const listed = await followed.list()
  expect(listed).toEqual(await at.store.list())
  return listed
}

/** Paths below the state folder and the heads that are opened while it works. */
async function openedBy(work: () => Promise<unknown>): Promise<string[]> {
  const opened: string[] = []
  const tap = new DiskTap(join(at.state, '..'), ({ name, path }) => {
    if (/^open/.test(name) && /\.json(l)?$/.test(path)) opened.push(path)
  })
  await tap.during(async () => void (await work()))
  return opened
}

test('a followed list reads no file of two hundred runs that did not change, and the two files of one that did', async () => {
  for (let n = 0; n < 200; n++) await record(at, `run${n}`, 1)
  await expectAsRead()
  const before = await followed.list()
  expect(await openedBy(() => followed.list())).toEqual([])
  const { journal } = await at.store.append('run7', now)
  await journal.append(written('more'))
  await journal.close()
  const opened = await openedBy(() => followed.list())
  expect([...new Set(opened)].sort()).toEqual([
    expect.stringMatching(/heads\/.+\/run7\.json$/),
    at.file('run7'),
  ])
  const after = await expectAsRead()
  const headOf = (listed: Listed[]) =>
    listed.flatMap(each => ('state' in each && each.run === 'run7' ? [each.state.head.seq] : []))
  // A snapshot stays what it was.
  expect([headOf(before), headOf(after)]).toEqual([[1], [2]])
})

test('a followed list sees a run that another process makes, goes on with and takes away', async () => {
  await record(at, 'aaaa')
  await expectAsRead()
  const program = `
    const { openStore } = await import(${JSON.stringify(pathToFileURL(fileURLToPath(new URL('../../src/journal/store.ts', import.meta.url))).href)})
    const { started, written, now } = await import(${JSON.stringify(new URL('./fixture.ts', import.meta.url).href)})
    const store = openStore(${JSON.stringify({ state: at.state, config: at.config })})
    for (const run of ['aaaa', 'bbbb']) {
      const journal = run === 'bbbb' ? await store.create(run, now) : (await store.append(run, now)).journal
      await journal.append(run === 'bbbb' ? started(run) : written('theirs'))
      await journal.close()
    }`
  execFileSync(process.execPath, ['--input-type=module', '-e', program])
  expect((await expectAsRead()).map(({ run }) => run)).toEqual(['aaaa', 'bbbb'])
  await rm(at.file('bbbb'))
  expect(await expectAsRead()).toMatchObject([{ run: 'aaaa' }, { run: 'bbbb', fault: { code: 'tampered' } }])
})

/** Each makes the files of the run say something that was never written here. */
const FORGERIES: { [what: string]: (bytes: Buffer) => Promise<void> } = {
  'an entry is altered in place, with the times of before': async bytes => {
    const { atime, mtime } = await stat(at.file('aaaa'))
    const changed = Buffer.from(bytes)
    changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(at.file('aaaa'), changed)
    await utimes(at.file('aaaa'), atime, mtime)
  },
  'an entry is altered and the journal goes on': async bytes => {
    const { journal } = await at.store.append('aaaa', now)
    await journal.append(written('more'))
    await journal.close()
    const grown = await readFile(at.file('aaaa'))
    grown[bytes.length >> 1] = (grown[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(at.file('aaaa'), grown)
  },
  'a line of another key is at its end': async bytes => {
    const last = bytes.subarray(bytes.lastIndexOf(10, bytes.length - 2) + 1).toString()
    await appendFile(at.file('aaaa'), last.replace(/"sig":".{10}/, '"sig":"AAAAAAAAAA'))
  },
  'its last entry is there twice': bytes =>
    appendFile(at.file('aaaa'), bytes.subarray(bytes.lastIndexOf(10, bytes.length - 2) + 1)),
  'it shrinks': bytes => truncate(at.file('aaaa'), bytes.lastIndexOf(10, bytes.length - 2) + 1),
  'it shrinks to nothing': () => truncate(at.file('aaaa'), 0),
  'another run stands in its place': async () => {
    await record(at, 'bbbb')
    await rename(at.file('bbbb'), at.file('aaaa'))
  },
  'it is missing': () => rm(at.file('aaaa')),
  'a folder stands in its place': async () => {
    await rm(at.file('aaaa'))
    await mkdir(at.file('aaaa'))
  },
}

test.each(Object.entries(FORGERIES))('a followed list refuses a run when %s', async (_, forge) => {
  const bytes = await record(at, 'aaaa')
  await expectAsRead()
  await forge(bytes)
  for (let times = 0; times < 2; times++) {
    const [found] = (await expectAsRead()).filter(({ run }) => run === 'aaaa')
    expect(found).toMatchObject({ fault: { code: expect.stringMatching(/^(tampered|damaged)$/) } })
  }
  await rm(at.file('aaaa'), { recursive: true, force: true })
  await writeFile(at.file('aaaa'), bytes)
  await followed.list()
})

test('a followed list refuses a journal that an older copy replaces, and believes the newest again', async () => {
  const older = await record(at, 'aaaa')
  const { journal } = await at.store.append('aaaa', now)
  await journal.append(written('more'))
  await journal.close()
  const newest = await readFile(at.file('aaaa'))
  await expectAsRead()
  await writeFile(at.file('aaaa'), older)
  expect(await expectAsRead()).toMatchObject([{ fault: { code: 'tampered' } }])
  await writeFile(at.file('aaaa'), newest)
  expect(await expectAsRead()).toMatchObject([{ state: { run: 'aaaa' } }])
})

test('a followed list refuses every run once others can read the key', async () => {
  await record(at, 'aaaa')
  await expectAsRead()
  await chmod(join(at.config, 'seal.pem'), 0o644)
  expect(await followed.list()).toMatchObject([{ run: 'aaaa', fault: { code: 'tampered' } }])
  await chmod(join(at.config, 'seal.pem'), 0o600)
  await expectAsRead()
})

test('a followed list that began before there was a key believes what is signed later by another store', async () => {
  await expectAsRead()
  await record(at, 'aaaa')
  expect(await expectAsRead()).toMatchObject([{ state: { run: 'aaaa' } }])
})

test('a followed list reads half a line at the end as a reader does, and the rest of it later', async () => {
  const bytes = await record(at, 'aaaa', 4)
  const cut = bytes.lastIndexOf(10, bytes.length - 2) + 20
  await rm(join(at.config, 'heads'), { recursive: true })
  await writeFile(at.file('aaaa'), bytes.subarray(0, cut))
  const stores = [followed, at.store]
  const seqs = async () =>
    (await Promise.all(stores.map(store => store.list()))).map(
      ([each]) => each && 'state' in each && each.state.head.seq,
    )
  expect(await seqs()).toEqual([3, 3])
  await writeFile(at.file('aaaa'), bytes)
  expect(await seqs()).toEqual([4, 4])
})
