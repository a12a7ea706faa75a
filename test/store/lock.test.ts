import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/journal/store.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Place, place } from '../journal/fixture.ts'

let at: Place
const children: ChildProcess[] = []
beforeEach(async () => {
  at = await place()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await at.remove()
})

const file = () => join(at.state, 'lock')
const content = async () => JSON.parse(await readFile(file(), 'utf8'))

/** A real process that holds the lock until it is killed, or told to let go by the end of its input. */
async function other(): Promise<ChildProcess> {
  const code = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/journal/store.ts'))}
    import { REAL } from ${JSON.stringify(join(import.meta.dirname, '../../src/model/timing.ts'))}
    const lock = await openStore(${JSON.stringify({ state: at.state, config: at.config })})
      .lock('contain', { run: 'abc123', timing: REAL })
    process.stdout.write('held')
    process.stdin.on('end', () => lock.release()).resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

test('a live process keeps its lock, and is named', async () => {
  const child = await other()
  await expect(at.store.lock('restore', { timing: REAL })).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringMatching(new RegExp(`process ${child.pid}\\) runs contain of abc123 since 20`)),
    next: expect.stringContaining(`rm ${file()}`),
  })
})

test('waiting gets the lock when it is let go', async () => {
  const child = await other()
  const waiting = at.store.lock('restore', { timing: REAL, waitMs: 20_000 })
  child.stdin?.end()
  const lock = await waiting
  expect(await content()).toMatchObject({ operation: 'restore', pid: process.pid })
  await lock.release()
  await expect(stat(file())).rejects.toThrow('ENOENT')
})

test('waiting can be interrupted', async () => {
  await other()
  const signal = AbortSignal.timeout(50)
  await expect(at.store.lock('restore', { timing: REAL, waitMs: 20_000, signal })).rejects.toMatchObject({
    code: 'interrupted',
  })
})

test('a dead process loses its lock, to exactly one of those who want it', async () => {
  const child = await other()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const stores = Array.from({ length: 20 }, () => openStore({ state: at.state, config: at.config }))
  const got = await Promise.allSettled(stores.map(store => store.lock('restore', { timing: REAL })))
  const locks = got.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  expect(locks.length).toBe(1)
  for (const each of got)
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'locked' })
  await locks[0]?.release()
  expect(await readdir(at.state)).toEqual(['id'])
})

test.runIf(process.platform === 'linux')(
  'a process number that was given out again is not the holder',
  async () => {
    await other()
    const theirs = await content()
    await writeFile(file(), JSON.stringify({ ...theirs, started: theirs.started.replace(/\d+$/, '1') }))
    await (await at.store.lock('restore', { timing: REAL })).release()
  },
)

test('a lock from another host, namespace, or of unknown make is never taken over', async () => {
  await mkdir(at.state)
  const holder = {
    id: '00000000-0000-4000-8000-000000000000',
    operation: 'contain',
    user: 'bob',
    host: `not-${hostname()}`,
    pid: 4_194_999,
    started: '',
    created: '2026-01-01T00:00:00.000Z',
  }
  for (const text of [JSON.stringify(holder), '', '{"pid":1}', 'null', '[]']) {
    await writeFile(file(), text)
    await expect(at.store.lock('restore', { timing: REAL })).rejects.toMatchObject({
      code: 'locked',
      next: expect.stringContaining('rm '),
    })
    expect(await readFile(file(), 'utf8')).toBe(text)
  }
})

test('releasing leaves somebody else’s lock alone', async () => {
  const lock = await at.store.lock('contain', { timing: REAL })
  const text = JSON.stringify({ ...(await content()), id: '00000000-0000-4000-8000-000000000000' })
  await writeFile(file(), text)
  await lock.release()
  expect(await readFile(file(), 'utf8')).toBe(text)
})
