/** Bytes that go out in one write at most, unless a single piece is larger. */
const GROUP_BYTES = 4 * 1024 * 1024

interface Piece<Tag> {
  bytes: Buffer
  tag: Tag
  resolve(): void
  reject(error: unknown): void
}

/** How groups are written. */
export interface GroupCommitOptions<Tag> {
  /** Writes one group of whole pieces; resolves when it is durable. */
  write(bytes: Buffer): Promise<void>
  /** Returns what callers get in place of a failed write. */
  fault(error: unknown): Error
  /** After a failed write every later piece is rejected too: a record that may lack a line must not go on. */
  final?: boolean
  /** Called when a group is durable, with the tag of its last piece, before its appends resolve. */
  written?(tag: Tag): void
}

/** Writes pieces in their order, one group at a time: pieces that come during a write share the next one. */
export class GroupCommit<Tag> {
  readonly #options: GroupCommitOptions<Tag>
  #queue: Piece<Tag>[] = []
  #writing: Promise<void> | undefined
  #failed: Error | undefined

  constructor(options: GroupCommitOptions<Tag>) {
    this.#options = options
  }

  /** Resolves when the piece is durable. Rejects with the error that `fault` made of a failed write. */
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

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /** Clears `#writing` in the same turn in which it finds the queue empty: a caller that goes on then starts another. */
  async #drain(): Promise<void> {
    // Callers that woke up together are still about to append.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const group = this.#take()
      try {
        await this.#options.write(Buffer.concat(group.map(({ bytes }) => bytes)))
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
}
