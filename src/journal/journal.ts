import type { FileHandle } from 'node:fs/promises'
import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { AppendLog } from '../store/append-log.ts'
import { fileFault } from '../store/files.ts'
import { sealEntry } from './chain.ts'
import type { Head, Heads } from './heads.ts'

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

/** A run that is being written. Whatever lane appends, the file has the order of the calls. */
export class Journal {
  readonly run: string
  readonly #handle: FileHandle
  readonly #log: AppendLog<Head>
  readonly #now: () => string
  readonly #sign: (hash: string) => string
  readonly #heads: Heads
  #head: Head | undefined
  #reached: Head | undefined
  #marking: Promise<void> | undefined
  #fault: Fault | undefined
  #closed = false

  constructor({ run, path, handle, now, sign, heads, head }: Opening) {
    this.run = run
    this.#now = now
    this.#sign = sign
    this.#heads = heads
    this.#head = head
    this.#log = new AppendLog({
      open: async () => handle,
      fault: error => {
        this.#fault ??= fileFault(`write the journal of run ${run}`, path, error)
        return this.#fault
      },
      final: true,
      written: reached => this.#mark(reached),
    })
    this.#handle = handle
  }

  /**
   * Resolves with the entry when it is on disk (fdatasync). Appends that come while another is being written share the
   * next write. Once a write has failed, this and every later append rejects with Fault `journal`: without a record
   * nothing may be done.
   */
  async append(body: Body): Promise<Entry> {
    if (this.#closed) throw new Fault('journal', `the journal of run ${this.run} is closed`)
    if (this.#fault) throw this.#fault
    const { run } = this
    const { entry, line } = sealEntry(body, { run, at: this.#now(), head: this.#head, sign: this.#sign })
    this.#head = { seq: entry.seq, hash: entry.hash }
    await this.#log.append(line, this.#head)
    return entry
  }

  /** Waits for what was appended, and closes the file. Fault `journal` when the head could not be recorded. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#log.close()
    await this.#marking
    await this.#handle.close()
    if (this.#fault) throw this.#fault
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
        this.#fault ??= fileFault(
          `record the head of run ${this.run}`,
          await this.#heads.path(this.run),
          error,
        )
        this.#log.fail(this.#fault)
      }
    }
    this.#marking = undefined
  }
}
