import fs, { type PathLike, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { dirname } from 'node:path'

/** An operation that changes what is on a disk, or makes it durable. */
export interface Operation {
  name: string
  path: string
  /** Writes only: carries out half of it. */
  half?: () => void
}

const SYNC = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
] as const
const ASYNC = ['open', 'rename', 'link', 'unlink'] as const
const HANDLE = ['write', 'writeFile', 'sync', 'datasync', 'truncate'] as const

type Plain = (...args: never[]) => unknown

/**
 * Sees every operation of Node on the files below a folder, whoever asks for it: it stands in front of `node:fs`, which carries the
 * operation out as ever. `before` may throw, and then the operation does not happen; `after` sees what happened.
 */
export class DiskTap {
  readonly #root: string
  readonly #before: (operation: Operation) => void
  readonly #after: (operation: Operation) => void
  readonly #paths = new Map<number, string>()
  readonly #undo: (() => void)[] = []

  constructor(
    root: string,
    before: (operation: Operation) => void,
    after: (operation: Operation) => void = () => undefined,
  ) {
    this.#root = root
    this.#before = before
    this.#after = after
  }

  /** Carries out the work with the tap in place. */
  async during(work: () => Promise<void>): Promise<void> {
    const probe = await fs.promises.open(import.meta.filename)
    const prototype = Object.getPrototypeOf(probe) as { [name: string]: Plain }
    await probe.close()
    for (const name of SYNC) this.#replace(fs as unknown as { [name: string]: Plain }, name, false)
    for (const name of ASYNC) this.#replace(fs.promises as unknown as { [name: string]: Plain }, name, true)
    for (const name of HANDLE) this.#replace(prototype, name, true)
    syncBuiltinESMExports()
    try {
      await work()
    } finally {
      for (const undo of this.#undo.splice(0)) undo()
      syncBuiltinESMExports()
    }
  }

  #replace(of: { [name: string]: Plain }, name: string, isAsync: boolean): void {
    const original = of[name] as (...args: unknown[]) => unknown
    const tap = this
    of[name] = function (this: unknown, ...args: unknown[]) {
      const path = tap.#pathOf(name, this, args)
      if (path === undefined) return original.apply(this, args)
      const half =
        name === 'writeSync' || name === 'write' || name === 'writeFile'
          ? () => tap.#writeHalf(this, name, args)
          : undefined
      const operation = { name, path, ...(half ? { half } : {}) }
      const done = (result: unknown) => {
        if (typeof result === 'number' && name === 'openSync') tap.#paths.set(result, path)
        if (name === 'open') tap.#paths.set((result as FileHandle).fd, path)
        tap.#after(operation)
        return result
      }
      if (!isAsync) {
        tap.#before(operation)
        return done(original.apply(this, args))
      }
      return (async () => {
        tap.#before(operation)
        return done(await original.apply(this, args))
      })()
    }
    this.#undo.push(() => {
      of[name] = original as Plain
    })
  }

  /** The path that an operation is about; undefined for one that is not below the folder, or opens a file to read it. */
  #pathOf(name: string, of: unknown, args: unknown[]): string | undefined {
    const [first, second] = args
    if (name === 'open' || name === 'openSync') {
      const path = String(first as PathLike)
      return path.startsWith(this.#root) ? path : undefined
    }
    const fd =
      typeof first === 'number' && name.endsWith('Sync') ? first : (of as { fd?: number } | undefined)?.fd
    const path =
      typeof fd === 'number' && fd >= 0
        ? this.#paths.get(fd)
        : String(name.startsWith('rename') || name.startsWith('link') ? second : first)
    return path?.startsWith(this.#root) ? path : undefined
  }

  #writeHalf(of: unknown, name: string, args: unknown[]): void {
    const fd = name === 'writeSync' ? (args[0] as number) : (of as FileHandle).fd
    const bytes = Buffer.from((name === 'writeSync' ? args[1] : args[0]) as Uint8Array | string as string)
    const write = fs.writeSync
    const path = this.#paths.get(fd)
    this.#paths.delete(fd)
    write(fd, bytes.subarray(0, bytes.length >> 1))
    if (path !== undefined) this.#paths.set(fd, path)
  }
}

/** The part of a folder that a disk certainly has, by the operations that {@link DiskTap} saw: synced files, and their synced names. */
export class DurableDisk {
  readonly #root: string
  /** The file behind each number: the system gives the number of a removed file to a new one. */
  readonly #inodes = new Map<number, object>()
  readonly #contents = new Map<object, Buffer>()
  #names = new Map<string, object>()

  /** Takes what is in the folder now for durable. */
  constructor(root: string) {
    this.#root = root
    for (const [path, { ino }] of this.#files()) {
      this.#contents.set(this.#inodeOf(ino), fs.readFileSync(path))
      this.#names.set(path, this.#inodeOf(ino))
    }
  }

  /** Sees an operation that was carried out. */
  note({ name, path }: Operation): void {
    const isNew = /^open/.test(name)
    if (!isNew && !/^(f?(data)?sync(Sync)?)$/.test(name)) return
    const stat = fs.statSync(path, { throwIfNoEntry: false })
    if (!stat) return
    if (isNew && stat.isDirectory()) return
    if (!stat.isDirectory()) {
      if (isNew) {
        if (stat.size === 0) this.#inodes.set(stat.ino, {})
      } else this.#contents.set(this.#inodeOf(stat.ino), fs.readFileSync(path))
      return
    }
    const there = new Map(
      [...this.#files()]
        .filter(([each]) => dirname(each) === path)
        .map(([each, { ino }]) => [each, this.#inodeOf(ino)] as const),
    )
    const elsewhere = [...this.#names].filter(([each]) => dirname(each) !== path)
    this.#names = new Map([...elsewhere, ...there])
  }

  /**
   * The files after a power failure now. `synced`: nothing is there that was not synced. `names first`: every name is there, with
   * the content that was synced, or none. Folders count as durable.
   */
  image(kind: 'synced' | 'names first'): Map<string, Buffer> {
    const names =
      kind === 'synced'
        ? [...this.#names]
        : [...this.#files()].map(([path, { ino }]) => [path, this.#inodeOf(ino)] as const)
    return new Map(names.map(([path, inode]) => [path, this.#contents.get(inode) ?? Buffer.alloc(0)]))
  }

  /** Makes the folder what an image says. */
  restore(image: ReadonlyMap<string, Buffer>): void {
    for (const [path] of this.#files()) fs.rmSync(path)
    for (const [path, content] of image) {
      fs.writeFileSync(path, content, { mode: 0o600 })
      // The machine takes longer than this to start again.
      fs.utimesSync(path, 0, 0)
    }
  }

  #inodeOf(number: number): object {
    const inode = this.#inodes.get(number) ?? {}
    this.#inodes.set(number, inode)
    return inode
  }

  #files(): Map<string, Stats> {
    const names = fs.readdirSync(this.#root, { recursive: true, encoding: 'utf8' })
    const stats = names.map(name => [`${this.#root}/${name}`, fs.lstatSync(`${this.#root}/${name}`)] as const)
    return new Map(stats.filter(([, stat]) => stat.isFile()))
  }
}
