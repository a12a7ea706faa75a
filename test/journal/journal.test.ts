import { execFile } from 'node:child_process'
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newRunId, openStore } from '../../src/journal/store.ts'
import { canonical, digest } from '../../src/model/json.ts'
import { REAL } from '../../src/model/timing.ts'
import { now, type Place, place, record, started, written } from './fixture.ts'

const run = promisify(execFile)
let at: Place
beforeEach(async () => {
  at = await place()
})
afterEach(() => at.remove())

test('listing nothing makes nothing', async () => {
  expect(await at.store.list()).toEqual([])
  await expect(stat(at.state)).rejects.toThrow('ENOENT')
  await expect(stat(at.config)).rejects.toThrow('ENOENT')
})

test('what was appended is read back, hashes are over the canonical text', async () => {
  const journal = await at.store.create('abc123', now)
  const entries = [
    await journal.append(started('abc123')),
    await journal.append({
      type: 'restore.intended',
      key: 'k',
      entries: [
        { entry: 'e', before: undefined, ours: 1, live: '\u2028é', decision: 'already', to: undefined },
      ],
    }),
  ]
  await journal.close()
  const read = await at.store.read('abc123')
  expect(read.entries).toEqual(entries)
  expect(entries[1]).toMatchObject({ seq: 1, prev: entries[0]?.hash, entries: [{ entry: 'e', ours: 1 }] })
  for (const { hash, sig: _, ...rest } of read.entries) expect(digest(rest)).toBe(hash)
  expect(read.state.head.seq).toBe(1)
  expect((await at.store.list()).map(each => each.run)).toEqual(['abc123'])
  const [line = ''] = (await readFile(at.file('abc123'), 'utf8')).split('\n')
  expect(canonical(JSON.parse(line)).length).toBe(line.length)
})

test('everything is readable by its owner only', async () => {
  await record(at, 'abc123')
  const lock = await at.store.lock('contain', { timing: REAL })
  for (const root of [at.state, at.config]) {
    for (const each of ['', ...(await readdir(root, { recursive: true }))]) {
      const found = await stat(join(root, each))
      expect([each, (found.mode & 0o777).toString(8)]).toEqual([each, found.isDirectory() ? '700' : '600'])
    }
  }
  await lock.release()
})

test('many lanes at once: order of calls, and far fewer writes than entries', async () => {
  const journal = await at.store.create('abc123', now)
  await journal.append(started('abc123'))
  const lanes = Array.from({ length: 2000 }, (_, i) => journal.append(written(`k${i}`)))
  // Each group resolves at once: the file grows in steps, one a write.
  const sizes = new Set<number>()
  for (const lane of lanes) void lane.then(async () => sizes.add((await stat(at.file('abc123'))).size))
  const entries = await Promise.all(lanes)
  await journal.close()
  expect(sizes.size).toBeLessThan(50)
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1))
  const { entries: read } = await at.store.read('abc123')
  expect(read.slice(1).map(each => 'key' in each && each.key)).toEqual(entries.map((_, i) => `k${i}`))
})

test('going on after a crash: the torn end is kept beside, and the chain continues', async () => {
  const whole = await record(at, 'abc123')
  for (const [n, torn] of ['{"at":"2026', `${'\0'.repeat(50)}\n{"at"`].entries()) {
    await appendFile(at.file('abc123'), torn)
    expect((await at.store.read('abc123')).entries.length).toBe(4 + n)
    const { journal, state } = await at.store.append('abc123', now)
    expect(state.head.seq).toBe(3 + n)
    await journal.append(written('again'))
    await journal.close()
    expect(await readFile(`${at.file('abc123')}.torn-${n + 1}`, 'utf8')).toBe(torn)
  }
  expect((await at.store.read('abc123')).entries.length).toBe(6)
  expect((await readFile(at.file('abc123'))).subarray(0, whole.length).equals(whole)).toBe(true)
  expect((await at.store.list()).length).toBe(1)
})

test('a run exists once; a deleted one cannot be made again unseen', async () => {
  await record(at, 'abc123')
  await expect(at.store.create('abc123', now)).rejects.toMatchObject({ code: 'journal' })
})

test('an unknown run names the ones that were meant', async () => {
  await record(at, 'abc123')
  await expect(at.store.read('abc124')).rejects.toMatchObject({ code: 'usage', next: 'did you mean abc123?' })
  await expect(at.store.read('zzzzzz')).rejects.toMatchObject({ code: 'usage', next: 'known runs: abc123' })
  for (const bad of ['../../etc/passwd', 'abc123/../abc123', '', 'ABC123', 'a'.repeat(99), 'abc123\0']) {
    await expect(at.store.read(bad)).rejects.toMatchObject({ code: 'usage' })
    await expect(at.store.append(bad, now)).rejects.toMatchObject({ code: 'usage' })
    await expect(at.store.create(bad, now)).rejects.toMatchObject({ code: 'usage' })
  }
})

test('new run ids are valid and new', () => {
  expect(newRunId([])).toMatch(/^[a-z0-9]{6}$/)
})

test('two processes that start at once make one key', async () => {
  const stores = Array.from({ length: 8 }, () => openStore({ state: at.state, config: at.config }))
  await Promise.all(
    stores.map(async (store, i) => {
      const journal = await store.create(`run${i}`, now)
      await journal.append(started(`run${i}`))
      await journal.close()
    }),
  )
  const listed = await openStore({ state: at.state, config: at.config }).list()
  expect(listed.filter(each => 'state' in each).length).toBe(8)
})

test('state folders that share a configuration do not see each other', async () => {
  await record(at, 'abc123')
  const other = openStore({ state: `${at.state}-2`, config: at.config })
  expect(await other.list()).toEqual([])
})

test('no record: a full disk rejects what is pending and all that comes later', async () => {
  const script = join(at.state, '..', 'full.ts')
  const root = join(import.meta.dirname, '../..')
  await writeFile(
    script,
    `import { openStore } from '${root}/src/journal/store.ts'
     import { started, written, now } from '${root}/test/journal/fixture.ts'
     const store = openStore({ state: ${JSON.stringify(at.state)}, config: ${JSON.stringify(at.config)} })
     const journal = await store.create('abc123', now)
     await journal.append(started('abc123'))
     const many = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => journal.append(written('k' + i))))
     const later = await Promise.allSettled([journal.append(written('later'))])
     const closed = await Promise.allSettled([journal.close()])
     const codes = all => [...new Set(all.map(each => each.reason?.code ?? 'done'))]
     process.stdout.write(JSON.stringify([codes(many), codes(later), codes(closed), later[0].reason.message]))`,
  )
  const { stdout } = await run('bash', ['-c', `ulimit -f 8; exec '${process.execPath}' '${script}'`])
  const message = 'cannot write the journal of run abc123: EFBIG'
  expect(JSON.parse(stdout)).toEqual([['journal'], ['journal'], ['journal'], message])
  const { journal } = await at.store.append('abc123', now)
  await journal.append(written('after'))
  await journal.close()
  const { entries } = await at.store.read('abc123')
  expect(entries.at(-1)).toMatchObject({ type: 'change.written', key: 'after' })
})

test('a closed journal takes nothing', async () => {
  const journal = await at.store.create('abc123', now)
  await journal.close()
  await expect(journal.append(started('abc123'))).rejects.toMatchObject({ code: 'journal' })
  expect(await at.store.list()).toEqual([])
  // Nothing of it was ever recorded, so nothing is in the way of the same run.
  await expect(at.store.read('abc123')).rejects.toMatchObject({ code: 'usage' })
  await (await at.store.create('abc123', now)).close()
})

test('a run can be read and listed while it is being written', async () => {
  const journal = await at.store.create('abc123', now)
  await journal.append(started('abc123'))
  let writing = true
  const lane = async () => {
    for (let i = 0; i < 200; i++) await journal.append(written(`k${i}`))
  }
  const lanes = Promise.all([lane(), lane(), lane()]).finally(() => {
    writing = false
  })
  const reader = openStore({ state: at.state, config: at.config })
  while (writing) {
    expect((await reader.list())[0]).toHaveProperty('state')
    await reader.read('abc123')
  }
  await lanes
  await journal.close()
  expect((await reader.read('abc123')).entries.length).toBe(601)
})
