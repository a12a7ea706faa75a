import type { FileHandle } from 'node:fs/promises'
import { nothingWritten } from './file-operations.ts'

/** Bytes that go out in one write at most, unless a single piece is larger. */
const GROUP_BYTES = 4 * 1024 * 1024

interface Piece<Tag> {
  bytes: Buffer
  tag: Tag
  resolve(): void
  reject(error: unknown): void
}

/** The file under an append log, and the log's answers to failures and growth. */
export interface AppendLogOptions<Tag> {
  /** Opens the file for appending; called before the first write, and again after `rotate` has closed it. */
  open(): Promise<FileHandle>
  /** Returns what callers get in place of a failed file operation. */
  fault(error: unknown): Error
  /** After a failed write every later append is rejected too: a record that may lack a line must not go on. */
  final?: boolean
  /** Called when a group is on disk, with the tag of its last piece, before its appends resolve. */
  written?(tag: Tag): void
  /** Called after a write with the size of the file. True: the file was moved away, and another is opened next. */
  rotate?(size: number): Promise<boolean>
}

/**
 * A file that grows by whole pieces. An append resolves when every byte of its piece is on disk (fdatasync); pieces that
 * come while another is being written share the next write. The rest of a failed write is cut off before the next
 * one, so that no piece is ever joined to half of another.
 */
export class AppendLog<Tag = undefined> {
  readonly #options: AppendLogOptions<Tag>
  #file: { handle: FileHandle; end: number; torn: boolean } | undefined
  #queue: Piece<Tag>[] = []
  #writing: Promise<void> | undefined
  #failed: Error | undefined

  constructor(options: AppendLogOptions<Tag>) {
    this.#options = options
  }

  /** @throws what `fault` made of a failed write */
  append(bytes: Buffer, tag: Tag): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failed) throw this.#failed
      this.#queue.push({ bytes, tag, resolve, reject })
      this.#writing ??= this.#drain()
    })
  }

  /** Rejects everything from now on. */
  fail(error: Error): void {
    this.#failed ??= error
    for (const { reject } of this.#queue.splice(0)) reject(this.#failed)
  }

  /** Waits for what was appended, and closes the file. */
  async close(): Promise<void> {
    await this.#writing
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
  }

  /** Clears `#writing` in the same turn in which it finds the queue empty: a caller that goes on then starts another. */
  async #drain(): Promise<void> {
    // Callers that woke up together are still about to append.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const group = this.#take()
      try {
        await this.#write(Buffer.concat(group.map(({ bytes }) => bytes)))
      } catch (error) {
        const fault = this.#options.fault(error)
        for (const { reject } of group) reject(fault)
        if (this.#options.final) this.fail(fault)
        continue
      }
      const last = group.at(-1)
      if (last) this.#options.written?.(last.tag)
      for (const { resolve } of group) resolve()
    }
    this.#writing = undefined
  }

  #take(): Piece<Tag>[] {
    let bytes = 0
    const over = this.#queue.findIndex(({ bytes: { length } }, index) => {
      bytes += length
      return index > 0 && bytes > GROUP_BYTES
    })
    return this.#queue.splice(0, over < 0 ? this.#queue.length : over)
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#file ??= await this.#open()
    const file = this.#file
    const { handle } = file
    if (file.torn) await handle.truncate(file.end)
    file.torn = true
    // A write may take less than it is given; a full disk takes what fits.
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
      if (bytesWritten === 0) throw nothingWritten()
      at += bytesWritten
    }
    await handle.datasync()
    file.torn = false
    file.end += bytes.length
    if (!(await this.#options.rotate?.(file.end))) return
    this.#file = undefined
    await handle.close()
  }

  async #open() {
    const handle = await this.#options.open()
    return { handle, end: (await handle.stat()).size, torn: false }
  }
}
