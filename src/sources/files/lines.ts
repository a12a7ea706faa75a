import { INPUT_LIMITS } from '../../model/input-limits.ts'
import { type Cut, type Cutter, EmptyValues, isEmptyValue, tooLong } from './cutter.ts'

const NEWLINE = 0x0a
const SPACE = 0x20
const [TAB, RETURN] = [0x09, 0x0d]

/**
 * A record a line. A line that is too long costs no memory and is one flawed record; empty lines are skipped by a loop
 * over their bytes.
 */
export class Lines implements Cutter {
  readonly #name: string
  #held: Buffer[] = []
  #length = 0
  #end: number
  #line: number
  readonly #empty = new EmptyValues()

  /** @param from bytes before the first, and lines */
  constructor(name: string, from: { bytes: number; lines: number } = { bytes: 0, lines: 0 }) {
    this.#name = name
    this.#end = from.bytes
    this.#line = from.lines
  }

  *cut(bytes: Buffer): Generator<Cut> {
    let from = this.#skip(bytes, 0)
    while (from < bytes.length) {
      const at = bytes.indexOf(NEWLINE, from)
      if (at === -1) break
      this.#take(bytes.subarray(from, at))
      this.#end += 1
      yield* this.#whole()
      from = this.#skip(bytes, at + 1)
    }
    this.#take(bytes.subarray(from))
    yield* this.#empty.take()
  }

  *rest(): Generator<Cut> {
    if (this.#length > 0) yield* this.#whole()
    yield* this.#empty.take()
  }

  /** Where the next line begins that holds something; white space before it is counted. */
  #skip(bytes: Buffer, from: number): number {
    if (this.#length > 0) return from
    let at = from
    for (; at < bytes.length; at++) {
      const code = bytes[at]
      if (code === NEWLINE) this.#line++
      else if (code !== RETURN && code !== SPACE && code !== TAB) break
    }
    this.#end += at - from
    return at
  }

  #take(part: Buffer): void {
    this.#end += part.length
    // Of what is too long only the beginning is kept.
    if (part.length > 0 && this.#length <= INPUT_LIMITS.line) this.#held.push(part)
    this.#length += part.length
  }

  *#whole(): Generator<Cut> {
    this.#line++
    const [length, held] = [this.#length, this.#held]
    this.#held = []
    this.#length = 0
    const where = `${this.#name}:${this.#line}`
    if (length > INPUT_LIMITS.line) {
      const record = held[0]?.subarray(0, INPUT_LIMITS.excerpt).toString('utf8') ?? ''
      yield* this.#empty.take()
      yield {
        delivered: tooLong(record, where, `a line of ${length} bytes`),
        end: this.#end,
        line: this.#line,
      }
      return
    }
    const text = (held.length === 1 ? held[0] : Buffer.concat(held))?.toString('utf8').trim() ?? ''
    // A byte order mark is no record either.
    if (text === '' || text === '\ufeff') return
    const record = text.replace(/^\ufeff/, '')
    const cut = { delivered: { record, where }, end: this.#end, line: this.#line }
    if (isEmptyValue(record)) this.#empty.add(cut)
    else {
      yield* this.#empty.take()
      yield cut
    }
  }
}
