import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { REAL } from '../../src/model/timing.ts'
import { takeLock } from '../../src/store/lock.ts'
import { DiskTap, DurableDisk, type Operation } from './disk-tap.ts'
import { KINDS, type Kind } from './kinds.ts'

/** Of the operations at which something happens, each so many-th is tried; all of them with CRASH_EVERY=1. */
const EVERY = Number(process.env['CRASH_EVERY'] ?? 9)

const PROGRAM = fileURLToPath(new URL('./kinds.ts', import.meta.url))

/** The laws of every kind; each makes its own folder. */
export type Law = (kind: Kind, name: string) => Promise<void>

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-law-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Puts the numbers one after the other, and returns those that were claimed to be on disk. */
async function putAll(kind: Kind, folder: string, numbers: readonly number[]): Promise<number[]> {
  const claimed: number[] = []
  const store = await kind.open(folder)
  for (const number of numbers) {
    await store.put(number).then(
      () => claimed.push(number),
      () => undefined,
    )
  }
  await store.close().catch(() => undefined)
  return claimed
}

/** A reader believes everything that was claimed, and nothing that was not tried. */
async function expectHeld(kind: Kind, folder: string, claimed: readonly number[], tried: readonly number[]) {
  const found = await kind.read(folder)
  expect(tried).toEqual(expect.arrayContaining(found))
  expect(found).toEqual(found.toSorted((a, b) => a - b))
  if (kind.shape !== 'file') expect(found).toEqual(expect.arrayContaining([...claimed]))
  else if (claimed.length > 0) expect(found[0]).toBeGreaterThanOrEqual(Math.max(...claimed))
  return found
}

/** The file can be used on: another value goes in, and nothing that was believed is lost. */
async function expectUsable(kind: Kind, folder: string, number: number) {
  const before = await kind.read(folder)
  expect(await putAll(kind, folder, [number])).toEqual([number])
  expect(await kind.read(folder)).toEqual(kind.shape === 'file' ? [number] : [...before, number])
}

/** A process that puts the numbers that it is given, and the system's limit on how large its files may be. */
class Writer {
  readonly child: ChildProcessWithoutNullStreams
  readonly yes: number[] = []
  readonly no: number[] = []
  readonly #lines: AsyncIterator<string>

  private constructor(kind: string, folder: string) {
    this.child = spawn(process.execPath, [PROGRAM, kind, folder])
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  static async start(kind: string, folder: string): Promise<Writer> {
    const writer = new Writer(kind, folder)
    await writer.line()
    return writer
  }

  async line(): Promise<boolean> {
    const { value, done } = await this.#lines.next()
    const [word, number] = String(value ?? '').split(' ')
    if (word === 'yes') this.yes.push(Number(number))
    if (word === 'no') this.no.push(Number(number))
    return done !== true
  }

  async put(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      this.child.stdin.write(`${number}\n`)
      await this.line()
    }
  }

  limit(bytes: number | 'unlimited'): void {
    execFileSync('prlimit', [`--pid=${this.child.pid}`, `--fsize=${bytes}:unlimited`])
  }

  async end(): Promise<void> {
    this.child.stdin.end()
    while (await this.line());
  }
}

/** Locks that were left by this process, as a later process with the same number finds them. */
function leaveLocks(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/(^|\.|\/)lock$/.test(name)) continue
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/("started":"[^"]* )\d+"/, '$11"'))
  }
}

class Ended extends Error {}

/** Carries out the scenario, and ends it at the operation with this number; returns how many there were. */
async function endAt(kind: Kind, folder: string, point: number, half: boolean) {
  const claimed: number[] = []
  let count = 0
  let ended = false
  const before = (operation: Operation) => {
    if (ended) throw new Ended()
    if (++count !== point) return
    ended = true
    if (half) operation.half?.()
    throw new Ended()
  }
  await new DiskTap(folder, before).during(async () => {
    claimed.push(...(await putAll(kind, folder, [2, 3]).catch(() => [])))
  })
  leaveLocks(folder)
  return { claimed, count, ended }
}

/** The laws. A kind that is in the table is held to all of them. */
export const LAWS: { [name: string]: Law } = {
  'claims nothing that a short write cut off, and joins nothing to its half': (kind, name) =>
    inFolder(async folder => {
      const writer = await Writer.start(name, folder)
      await writer.put(1, 2)
      // A hundred bytes fit, which is less than a value: the system takes these, and then none (EFBIG).
      const grown = kind.shape === 'log' ? (await stat(kind.file(folder, 2))).size : 0
      writer.limit(grown + 100)
      await writer.put(3, 4)
      expect(writer.no).toEqual([3, 4])
      writer.limit('unlimited')
      await writer.put(5)
      await writer.end()
      await expectHeld(kind, folder, writer.yes, writer.yes)
      await expectUsable(kind, folder, 6)
    }),

  'has everything that it claimed when it is killed': (kind, name) =>
    inFolder(async folder => {
      const writer = await Writer.start(name, folder)
      const numbers = Array.from({ length: 100 }, (_, n) => n + 1)
      for (const number of numbers) writer.child.stdin.write(`${number}\n`)
      while (writer.yes.length < 10) await writer.line()
      writer.child.kill('SIGKILL')
      await once(writer.child, 'close')
      while (await writer.line());
      const found = await kind.read(folder)
      expect(numbers).toEqual(expect.arrayContaining(found))
      if (kind.shape !== 'file') expect(found).toEqual(expect.arrayContaining(writer.yes))
      else expect(found).toHaveLength(1)
      await expectUsable(kind, folder, 101)
    }),

  'has everything that it claimed when it ends before any operation, or half way through one': kind =>
    inFolder(async folder => {
      let ends = 0
      for (const half of [false, true]) {
        for (let point = 1; ; point += EVERY) {
          const place = join(folder, `${half}-${point}`)
          await mkdir(place)
          await putAll(kind, place, [1])
          const { claimed, ended } = await endAt(kind, place, point, half)
          await expectHeld(kind, place, [1, ...claimed], [1, 2, 3])
          await expectUsable(kind, place, 4)
          if (!ended) break
          ends++
        }
      }
      expect(ends).toBeGreaterThan(1)
    }),

  'holds exactly what it claimed after an error of the disk at any operation': kind =>
    inFolder(async folder => {
      for (let point = 1; ; point += EVERY) {
        const place = join(folder, String(point))
        await mkdir(place)
        await putAll(kind, place, [1])
        let count = 0
        const claimed: number[] = []
        const before = () => {
          if (++count === point) throw Object.assign(new Error('EIO'), { code: 'EIO' })
        }
        await new DiskTap(place, before).during(async () => {
          claimed.push(...(await putAll(kind, place, [2, 3]).catch(() => [])))
        })
        leaveLocks(place)
        await expectHeld(kind, place, [1, ...claimed], [1, 2, 3])
        await expectUsable(kind, place, 4)
        if (count < point) break
      }
    }),

  'has everything that it claimed after a power failure at any operation': kind =>
    inFolder(async folder => {
      await putAll(kind, folder, [1])
      const disk = new DurableDisk(folder)
      const claimed = [1]
      const images: { image: Map<string, Buffer>; claimed: number[] }[] = []
      const look = () => {
        for (const kindOf of ['synced', 'names first'] as const)
          images.push({ image: disk.image(kindOf), claimed: [...claimed] })
      }
      await new DiskTap(folder, look, operation => disk.note(operation)).during(async () => {
        const store = await kind.open(folder)
        for (const number of [2, 3]) {
          await store.put(number)
          claimed.push(number)
          look()
        }
        await store.close()
      })
      look()
      for (const { image, claimed } of images.filter(
        (_, index) => index % EVERY === 0 || index > images.length - 5,
      )) {
        disk.restore(image)
        await expectHeld(kind, folder, kind.isCache ? [] : claimed, [1, 2, 3])
        await expectUsable(kind, folder, 4)
      }
    }),

  'is not read half where only a part of the last write is there': kind =>
    inFolder(async folder => {
      await putAll(kind, folder, [1])
      if (kind.shape !== 'log') return
      appendFileSync(kind.file(folder, 1), '{"type":"fi')
      await expectHeld(kind, folder, [1], [1])
      await expectUsable(kind, folder, 2)
    }),

  'keeps a second writer out, or takes only whole values of both': (kind, name) =>
    inFolder(async folder => {
      if (kind.writers !== 'name') {
        const path = kind.writers.lock(folder)
        const purpose = { what: 'it', operation: 'test' }
        const lock = await takeLock(path, purpose, { timing: REAL })
        await expect(takeLock(path, purpose, { timing: REAL })).rejects.toMatchObject({ code: 'locked' })
        await lock.release()
        return
      }
      const writers = await Promise.all([Writer.start(name, folder), Writer.start(name, folder)])
      const numbers = Array.from({ length: 20 }, (_, n) => n + 1)
      await Promise.all(writers.map(each => each.put(...numbers)))
      await Promise.all(writers.map(each => each.end()))
      const [one, two] = writers.map(each => each.yes)
      const found = await kind.read(folder)
      if (kind.shape === 'file') expect(found).toEqual([20])
      else {
        expect(found).toEqual(numbers)
        expect([...(one ?? []), ...(two ?? [])].toSorted((a, b) => a - b)).toEqual(numbers)
      }
    }),

  'is for its owner only, whatever the mask of the process': kind =>
    inFolder(async folder => {
      await putAll(kind, folder, [1])
      expect((await stat(kind.file(folder, 1))).mode & 0o777).toBe(0o600)
    }),

  'never writes through a link that stands in its place': kind =>
    inFolder(async folder => {
      const file = kind.file(folder, 1)
      await putAll(kind, folder, kind.shape === 'files' ? [] : [1])
      const target = join(folder, 'target of a link')
      await mkdir(dirname(file), { recursive: true })
      if (existsSync(file)) await rename(file, target)
      else await writeFile(target, 'before')
      const before = await readFile(target)
      await symlink(target, file)
      await putAll(kind, folder, [kind.shape === 'files' ? 1 : 2]).catch(() => undefined)
      expect(await readFile(target)).toEqual(before)
    }),
}

export { KINDS }
