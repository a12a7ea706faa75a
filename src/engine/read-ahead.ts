/**
 * Items of several streams, one stream after the other, while the next ones are already being read. Each stream is read at
 * most `room` items ahead, so that memory does not grow with them. A stream that fails throws when it is its turn,
 * unless `lost` takes the error.
 */
export async function* readAhead<Source, Item>(
  sources: readonly Source[],
  open: (source: Source) => AsyncIterable<Item>,
  { atOnce, room, lost }: { atOnce: number; room: number; lost?: (source: Source, error: unknown) => void },
): AsyncIterable<Item> {
  const begun: Ahead<Item>[] = []
  try {
    for (const [at, source] of sources.entries()) {
      for (let next = begun.length; next < Math.min(sources.length, at + atOnce); next++) {
        const upcoming = sources[next]
        if (upcoming !== undefined) begun.push(new Ahead(open(upcoming), room))
      }
      const stream = begun[at]
      if (!stream) return
      try {
        for (let item = await stream.next(); item !== undefined; item = await stream.next()) yield item.value
      } catch (error) {
        if (!stream.failed || !lost) throw error
        lost(source, error)
      }
    }
  } finally {
    for (const each of begun) each.stop()
  }
}

/** Reads one stream into a buffer of limited size. */
class Ahead<Item> {
  readonly #buffer: Item[] = []
  readonly #room: number
  #ended = false
  #stopped = false
  #error: { error: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(stream: AsyncIterable<Item>, room: number) {
    this.#room = room
    void this.#read(stream)
  }

  get failed(): boolean {
    return this.#error !== undefined
  }

  async next(): Promise<{ value: Item } | undefined> {
    while (this.#buffer.length === 0 && !this.#ended) await this.#change()
    const taken = this.#buffer.splice(0, 1)
    if (this.#buffer.length === this.#room - 1) this.#wake()
    const [value] = taken
    if (taken.length > 0) return { value: value as Item }
    if (this.#error) throw this.#error.error
    return undefined
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async #read(stream: AsyncIterable<Item>): Promise<void> {
    try {
      for await (const item of stream) {
        while (this.#buffer.length >= this.#room && !this.#stopped) await this.#change()
        if (this.#stopped) break
        this.#buffer.push(item)
        this.#wake()
      }
    } catch (error) {
      this.#error = { error }
    }
    this.#ended = true
    this.#wake()
  }

  /** Reader and consumer never wait at the same time: one waits for room, the other for an item. */
  #change(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }
}
