import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../model/fault.ts'

/** Replaces a file at once, on disk before this returns; 0600. Fault `journal`. */
export async function replace(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await open(beside, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, path)
  } catch (error) {
    await unlink(beside).catch(() => undefined)
    throw diskFault('write', path, error)
  }
}

/** The text of a file; undefined when there is none. Fault `journal`. */
export async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw diskFault('read', path, error)
  }
}

interface Waiting {
  text: string
  resolve(): void
  reject(error: unknown): void
}

/** Appends lines to a file, 0600; each append is on disk when it resolves. Those that come together share a write. */
export class Appender {
  readonly #path: string
  readonly #most: number
  #handle: FileHandle | undefined
  #queue: Waiting[] = []
  #writing: Promise<void> | undefined

  /** @param most bytes, after which the file is moved to `<path>.1` and begun anew */
  constructor(path: string, most = Number.POSITIVE_INFINITY) {
    this.#path = path
    this.#most = most
  }

  append(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, resolve, reject })
      this.#writing ??= this.#drain().finally(() => {
        this.#writing = undefined
      })
    })
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue
      this.#queue = []
      try {
        await this.#write(group.map(({ text }) => text).join(''))
        for (const { resolve } of group) resolve()
      } catch (error) {
        const fault = diskFault('write', this.#path, error)
        for (const { reject } of group) reject(fault)
      }
    }
  }

  async #write(text: string): Promise<void> {
    if (!this.#handle) {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
      this.#handle = await open(this.#path, 'a', 0o600)
    }
    const handle = this.#handle
    await handle.write(text)
    await handle.sync()
    if (this.#most === Number.POSITIVE_INFINITY || (await handle.stat()).size <= this.#most) return
    await rename(this.#path, `${this.#path}.1`)
    this.#handle = undefined
    await handle.close()
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#handle?.close()
    this.#handle = undefined
  }
}

function diskFault(doing: string, path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return new Fault('journal', `cannot ${doing}: ${code}`, {
    where: path,
    next: 'check the folder, its permissions and the disk; what was not acknowledged comes again',
    cause: error,
  })
}
