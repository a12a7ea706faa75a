import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/journal/store.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Program, program } from '../commands/program.ts'
import { now, type Place, place, record } from '../journal/fixture.ts'

const LONG = 300_000

describe('a store', () => {
  let at: Place
  beforeEach(async () => {
    at = await place()
    await record(at, 'aaaa')
  })
  afterEach(() => at.remove())

  /** As the next command opens it. */
  const opened = () => openStore({ state: at.state, config: at.config })

  it.each([
    ['seal.pem', 0o644],
    ['seal.pem', 0o660],
    ['.', 0o777],
    ['heads', 0o775],
  ] as const)('refuses keys that others can use: %s with mode %s', async (name, mode) => {
    const path = join(at.config, name)
    await chmod(path, mode)
    const refused = { code: 'tampered', where: path, next: expect.stringMatching(/^chmod (600|go-w) /) }
    await expect(opened().read('aaaa')).rejects.toMatchObject(refused)
    await expect(opened().create('bbbb', now)).rejects.toMatchObject(refused)
    await chmod(path, name === 'seal.pem' ? 0o600 : 0o700)
    expect((await opened().read('aaaa')).entries).toHaveLength(4)
  })

  it('refuses heads and trusted keys that others can write, where others can reach them', async () => {
    const [id = ''] = await readdir(join(at.config, 'heads'))
    await mkdir(join(at.config, 'trusted'))
    const key = join(at.config, 'trusted', 'theirs.pem')
    await copyFile(join(at.config, 'seal.pem'), key)
    for (const path of [join(at.config, 'heads', id, 'aaaa.json'), join(at.config, 'heads', id), key]) {
      const { mode } = await stat(path)
      await chmod(path, mode | 0o022)
      expect(opened().loose()).toEqual([])
      await chmod(at.config, 0o755)
      expect(opened().loose()).toMatchObject([{ path, refuse: true }])
      await expect(opened().read('aaaa')).rejects.toMatchObject({ code: 'tampered', where: path })
      await chmod(at.config, 0o700)
      await chmod(path, mode)
    }
  })

  it.each([
    ['.', 0o777, 0o755],
    ['runs', 0o770, 0o750],
    ['runs/aaaa.jsonl', 0o666, 0o644],
  ] as const)('closes what others can write of the state: %s', async (name, loose, closed) => {
    const path = join(at.state, name)
    await chmod(path, loose)
    const store = opened()
    expect(store.loose()).toMatchObject([{ path, refuse: false }])
    const lock = await store.lock('test', { timing: REAL })
    expect(store.tighten()).toMatchObject([{ path }])
    await lock.release()
    expect((await stat(path)).mode & 0o777).toBe(closed)
    expect(store.loose()).toEqual([])
  })
})

describe('the program', () => {
  let at: Program
  beforeEach(() => {
    at = program()
  })
  afterEach(() => at.close())
  const contain = () => at.run('contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test')

  it(
    'shows loose permissions in doctor with the command that closes them, and refuses a loose key',
    async () => {
      expect(await contain()).toMatchObject({ exit: 0 })
      const key = join(at.folder, 'config', 'seal.pem')
      await chmod(key, 0o644)
      await chmod(join(at.folder, 'state', 'runs'), 0o777)
      const { exit, data } = await at.json('doctor', '--lab')
      expect(exit).toBe(5)
      expect(data.state.loose).toMatchObject([
        { path: key, mode: '0644', fix: `chmod 600 ${key}` },
        { path: join(at.folder, 'state', 'runs'), mode: '0777' },
      ])
      const refused = await contain()
      expect(refused).toMatchObject({ exit: 5 })
      expect(refused.stderr).toContain(`chmod 600 ${key}`)
      expect(refused.stderr).toContain('closed')
      await chmod(key, 0o600)
      expect(await contain()).toMatchObject({ exit: 0 })
      expect((await at.json('doctor', '--lab')).data.state.loose).toEqual([])
    },
    LONG,
  )

  it(
    'makes nothing that others can write under a umask of 0',
    async () => {
      const umask = process.umask(0)
      try {
        expect(await contain()).toMatchObject({ exit: 0 })
      } finally {
        process.umask(umask)
      }
      const place = { state: join(at.folder, 'state'), config: join(at.folder, 'config') }
      expect(openStore(place).loose()).toEqual([])
    },
    LONG,
  )

  it(
    'lets no watch act on what others could have written',
    async () => {
      const watch = join(at.folder, 'state', 'watch')
      await mkdir(watch, { recursive: true, mode: 0o700 })
      await writeFile(join(watch, 'firings.jsonl'), '', { mode: 0o600 })
      await chmod(join(watch, 'firings.jsonl'), 0o666)
      const args = [
        'watch',
        'leaked-access-key',
        '--lab',
        '--once',
        '--source',
        `file:${import.meta.filename}`,
      ]
      const ended = await at.run(...args)
      expect(ended).toMatchObject({ exit: 5 })
      expect(ended.stderr).toContain('chmod go-w ')
      expect(readFileSync(join(watch, 'firings.jsonl'), 'utf8')).toBe('')
    },
    LONG,
  )
})
