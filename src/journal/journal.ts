import type { FileHandle } from 'node:fs/promises'
import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { type Sealed, sealEntry } from './chain.ts'
import { fileFault } from './files.ts'
import type { Head, Heads } from './heads.ts'

interface Waiting extends Sealed {
  resolve: (entry: Entry) => void
  reject: (fault: Fault) => void
}

interface Opening {
  run: string
  path: string
  handle: FileHandle
  /** RFC 3339, UTC, milliseconds. */
  now: () => string
  sign: (hash: string) => string
  heads: Heads
  /** The last entry on disk; undefined for a new run. */
  head: Head | undefined
}

/** Bytes that go out in one write at most, unless a single entry is larger. */
const GROUP_BYTES = 4 * 1024 * 1024

/** A run that is being written. Whatever lane appends, the file has the order of the calls. */
export class Journal {
  readonly run: string
  readonly #path: string
  readonly #handle: FileHandle
  readonly #now: () => string
  readonly #sign: (hash: string) => string
  readonly #heads: Heads
  #head: Head | undefined
  #queue: Waiting[] = []
  #writing: Promise<void> | undefined
  #reached: Head | undefined
  #marking: Promise<void> | undefined
  #fault: Fault | undefined
  #closed = false

  constructor({ run, path, handle, now, sign, heads, head }: Opening) {
    this.run = run
    this.#path = path
    this.#handle = handle
    this.#now = now
    this.#sign = sign
    this.#heads = heads
    this.#head = head
  }

  /**
   * Resolves with the entry when it is on disk (fdatasync). Appends that come while another is being written share the
   * next write. Once a write has failed, this and every later append rejects with Fault `journal`: without a record
   * nothing may be done.
   */
  append(body: Body): Promise<Entry> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Fault('journal', `the journal of run ${this.run} is closed`)
      if (this.#fault) throw this.#fault
      const { run } = this
      const sealed = sealEntry(body, { run, at: this.#now(), head: this.#head, sign: this.#sign })
      this.#head = { seq: sealed.entry.seq, hash: sealed.entry.hash }
      this.#queue.push({ ...sealed, resolve, reject })
      this.#writing ??= this.#drain()
    })
  }

  /** Waits for what was appended, and closes the file. Fault `journal` when the head could not be recorded. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writing
    await this.#marking
    await this.#handle.close()
    if (this.#fault) throw this.#fault
  }

  async #drain(): Promise<void> {
    // Lanes that woke up together are still about to append.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const group = this.#take()
      try {
        await this.#handle.appendFile(Buffer.concat(group.map(({ line }) => line)))
        await this.#handle.datasync()
      } catch (error) {
        this.#fail(fileFault(`write the journal of run ${this.run}`, this.#path, error), group)
        break
      }
      const last = group.at(-1)
      if (last) this.#mark({ seq: last.entry.seq, hash: last.entry.hash })
      for (const { entry, resolve } of group) resolve(entry)
    }
    this.#writing = undefined
  }

  #take(): Waiting[] {
    let bytes = 0
    const over = this.#queue.findIndex(({ line }, index) => {
      bytes += line.length
      return index > 0 && bytes > GROUP_BYTES
    })
    return this.#queue.splice(0, over < 0 ? this.#queue.length : over)
  }

  #fail(fault: Fault, group: Waiting[] = []): void {
    this.#fault ??= fault
    for (const { reject } of [...group, ...this.#queue.splice(0)]) reject(this.#fault)
  }

  /** Nobody waits for the head: after a crash it may be behind the journal, and that is allowed. */
  #mark(head: Head): void {
    this.#reached = head
    this.#marking ??= this.#markAll()
  }

  async #markAll(): Promise<void> {
    while (this.#reached) {
      const head = this.#reached
      this.#reached = undefined
      try {
        await this.#heads.write(this.run, head)
      } catch (error) {
        this.#fail(fileFault(`record the head of run ${this.run}`, await this.#heads.path(this.run), error))
      }
    }
    this.#marking = undefined
  }
}
