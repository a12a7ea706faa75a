/** A line, or what is left of one that was too long to keep. */
export type Line = { text: Buffer } | { tooLong: true; head: string; tail: string }

const EDGE = 512
const NEWLINE = 0x0a

/** Cuts a stream into lines of at most `most` bytes; of a longer one only the edges are kept, so memory stays flat. */
export class Lines {
  readonly #most: number
  #parts: Buffer[] = []
  #size = 0
  #head: string | undefined
  #tail = Buffer.alloc(0)

  constructor(most: number) {
    this.#most = most
  }

  *push(chunk: Buffer): Generator<Line> {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.#take(chunk.subarray(from, to))
      const line = this.#end()
      if (line) yield line
      from = to + 1
    }
    this.#take(chunk.subarray(from))
  }

  /** The rest after the last newline when the stream ended. */
  *rest(): Generator<Line> {
    const line = this.#end()
    if (line) yield line
  }

  #take(part: Buffer): void {
    if (part.length === 0) return
    this.#size += part.length
    if (this.#head === undefined) {
      this.#parts.push(part)
      if (this.#size <= this.#most) return
      this.#head = Buffer.concat(this.#parts).subarray(0, EDGE).toString('utf8')
      this.#parts = []
    }
    this.#tail = Buffer.concat([this.#tail, part.subarray(-EDGE)]).subarray(-EDGE)
  }

  #end(): Line | undefined {
    const [head, tail, parts, size] = [this.#head, this.#tail, this.#parts, this.#size]
    this.#head = undefined
    this.#tail = Buffer.alloc(0)
    this.#parts = []
    this.#size = 0
    if (head !== undefined) return { tooLong: true, head, tail: tail.toString('utf8') }
    if (size === 0) return undefined
    const text = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    return text.toString('latin1').trim() === '' ? undefined : { text }
  }
}

/** The id of a request that was too long, where it stands at one of its ends, as JSON writers put it. */
export function edgeId({ head, tail }: { head: string; tail: string }): string | number | null {
  const found =
    /^\{"jsonrpc":"2\.0","id":(\d{1,16}|"[^"\\]{0,200}")[,}]/.exec(head) ??
    /,"id":(\d{1,16}|"[^"\\]{0,200}")\}\s*$/.exec(tail)
  const id: unknown = found?.[1] === undefined ? null : JSON.parse(found[1])
  return typeof id === 'string' || Number.isSafeInteger(id) ? (id as string | number) : null
}
