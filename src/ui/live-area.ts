import { repeat, type Timing } from '../model/timing.ts'
import { columnsOf } from './page.ts'

/** The parts of a terminal's stream that the area needs. */
export interface LiveStream {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
  rows?: number
}

/**
 * Returns the lines of a part, none of which takes more than so many columns. `frame` is a character that turns from one drawing to
 * the next.
 */
export type LivePart = (columns: number, frame: string) => readonly string[]

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Milliseconds between two drawings. */
const PERIOD = 100

/**
 * The last lines of a terminal, which are drawn again and again: the lanes of a run, and what is being waited for. Everything else
 * is written above them.
 */
export class LiveArea {
  readonly #stream: LiveStream
  readonly #timing: Timing
  readonly #parts = new Set<LivePart>()
  #turn = 0
  /** The lines that stand on the terminal now. */
  #drawn: readonly string[] = []
  #ended = new AbortController()

  constructor(stream: LiveStream, timing: Timing) {
    this.#stream = stream
    this.#timing = timing
  }

  /** Draws a part below the others until the returned function is called. */
  add(part: LivePart): () => void {
    if (this.#parts.size === 0) {
      this.#ended = new AbortController()
      void repeat(PERIOD, this.#timing, this.#ended.signal, () => this.#draw())
    }
    this.#parts.add(part)
    this.#draw()
    return () => {
      if (!this.#parts.delete(part)) return
      if (this.#parts.size === 0) this.#ended.abort()
      this.#draw()
    }
  }

  /** Removes every part, also of work that nobody waits for any more. */
  clear(): void {
    this.#parts.clear()
    this.#ended.abort()
    this.#erase()
  }

  /** Writes to the terminal, or to another stream that ends there: whole lines, above what is drawn. */
  above(write: () => void): void {
    this.#erase()
    write()
    this.#draw()
  }

  #draw(): void {
    const lines = this.#lines()
    if (lines.length === 0) {
      this.#erase()
      return
    }
    const up = this.#drawn.length === 0 ? '' : `\r\u001b[${this.#drawn.length}A`
    const rest = this.#drawn.length > lines.length ? '\u001b[J' : ''
    this.#stream.write(`${up}${lines.map(line => `\u001b[2K${line}\n`).join('')}${rest}`)
    this.#drawn = lines
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#stream.write(`\r\u001b[${this.#drawn.length}A\u001b[J`)
    this.#drawn = []
  }

  #lines(): readonly string[] {
    if (this.#parts.size === 0) return []
    const frame = FRAMES[this.#turn++ % FRAMES.length] ?? ''
    // A line as wide as the terminal would take two, and nothing could be drawn over it.
    const columns = Math.min(columnsOf(this.#stream), this.#stream.columns || 80) - 1
    const lines = [...this.#parts].flatMap(part => part(columns, frame))
    // Lines that left the screen at its top cannot be drawn over either.
    const most = Math.max(1, (this.#stream.rows || 24) - 2)
    return lines.length <= most
      ? lines
      : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`]
  }
}
