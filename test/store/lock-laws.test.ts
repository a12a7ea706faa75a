import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { REAL } from '../../src/model/timing.ts'
import { takeLock, withLock } from '../../src/store/lock.ts'
import { ownMark } from '../../src/store/process-mark.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = () => join(folder, 'lock')
const PURPOSE = { what: 'the folder', operation: 'test' }
const held = () => ({
  ...{ id: '00000000-0000-4000-8000-000000000000', operation: 'contain', user: 'bob', host: hostname() },
  ...{ ...ownMark(), created: '2026-01-01T00:00:00.000Z' },
})
/** The number of a process that has ended. */
const dead = () => Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))

/** Both ways to take a lock; true if it was taken, and `locked` thrown otherwise. */
const WAYS: { [name: string]: () => Promise<void> } = {
  'step by step': async () => (await takeLock(path(), PURPOSE, { timing: REAL })).release(),
  'at once': async () =>
    withLock(
      path(),
      PURPOSE,
      () => undefined,
      () => 0,
    ),
}

const LEFT: [name: string, holder: () => string, taken: boolean][] = [
  ['a process that has ended', () => JSON.stringify({ ...held(), pid: dead(), started: '' }), true],
  [
    'a process whose number another has now',
    () => JSON.stringify({ ...held(), started: held().started.replace(/\d+$/, '1') }),
    process.platform === 'linux',
  ],
  [
    'a process before the machine started again',
    () => JSON.stringify({ ...held(), started: held().started.replace(/^\S+/, 'another-boot') }),
    process.platform === 'linux',
  ],
  ['a gate of an earlier version that has ended', () => String(dead()), true],
  ['a gate of an earlier version that runs', () => String(process.pid), false],
  ['this process', () => JSON.stringify(held()), false],
  [
    'a process of another host',
    () => JSON.stringify({ ...held(), host: `not-${hostname()}`, pid: dead() }),
    false,
  ],
  [
    'a process of another namespace',
    () => JSON.stringify({ ...held(), pid: dead(), started: held().started.replace(/ \S+ /, ' pid:[1] ') }),
    process.platform !== 'linux',
  ],
  ['nobody that can be read', () => '{"pid":1}', false],
]

describe.each(Object.entries(WAYS))('a lock taken %s', (_, take) => {
  it.each(LEFT)(
    'that is left by %s is taken over when its holder has certainly ended',
    async (_, holder, taken) => {
      const text = holder()
      writeFileSync(path(), text)
      if (taken) {
        await take()
        expect(readdirSync(folder)).toEqual([])
        return
      }
      await expect(take()).rejects.toMatchObject({ code: 'locked', next: expect.stringContaining('rm ') })
      expect(readFileSync(path(), 'utf8')).toBe(text)
    },
  )

  it('that a power failure emptied is taken over, and one that is just being written is not', async () => {
    writeFileSync(path(), '')
    await expect(take()).rejects.toMatchObject({ code: 'locked' })
    utimesSync(path(), 0, 0)
    await take()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over although the process that was about to take it over has ended, too', async () => {
    const first = { ...held(), pid: dead(), started: '' }
    const second = { ...first, id: '11111111-0000-4000-8000-000000000000', pid: dead() }
    writeFileSync(path(), JSON.stringify(first))
    writeFileSync(`${path()}.after-${first.id}`, JSON.stringify(second))
    await take()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not taken over while another process is about to', async () => {
    const first = { ...held(), pid: dead(), started: '' }
    writeFileSync(path(), JSON.stringify(first))
    writeFileSync(`${path()}.after-${first.id}`, JSON.stringify({ ...held(), id: `1${held().id.slice(1)}` }))
    await expect(take()).rejects.toMatchObject({ code: 'locked' })
  })

  it('is 0600 and names its holder', async () => {
    const lock = await takeLock(path(), { ...PURPOSE, run: 'abc1', user: 'ann' }, { timing: REAL })
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ user: 'ann', run: 'abc1', ...ownMark() })
    await expect(take()).rejects.toThrow('ann on')
    await lock.release()
  })
})
