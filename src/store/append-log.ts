import type { FileHandle } from 'node:fs/promises'
import { nothingWritten } from './file-operations.ts'
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts'

/** The file under an append log, and the log's answers to failures and growth. */
export interface AppendLogOptions<Tag> extends Omit<GroupCommitOptions<Tag>, 'write'> {
  /** Opens the file for appending; called before the first write, and again after `rotate` has closed it. */
  open(): Promise<FileHandle>
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
  readonly #groups: GroupCommit<Tag>

  constructor(options: AppendLogOptions<Tag>) {
    this.#options = options
    this.#groups = new GroupCommit({ ...options, write: bytes => this.#write(bytes) })
  }

  /** @throws what `fault` made of a failed write */
  append(bytes: Buffer, tag: Tag): Promise<void> {
    return this.#groups.append(bytes, tag)
  }

  /** Rejects everything from now on. */
  fail(error: Error): void {
    this.#groups.fail(error)
  }

  /** Waits for what was appended, and closes the file. */
  async close(): Promise<void> {
    await this.#groups.idle()
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
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
