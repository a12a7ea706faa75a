import { StringDecoder } from 'node:string_decoder'
import { INPUT_LIMITS } from '../../model/input-limits.ts'
import { type Cut, type Cutter, EmptyValues, isEmptyValue, tooLong } from './cutter.ts'

/** Members that hold the records in what clouds write as one document. */
const WRAPPERS = ['Records', 'records', 'value', 'events', 'Events', 'findings', 'Findings', 'items']
const WRAPPED = new RegExp(`^\\s*\\{\\s*"(?:${WRAPPERS.join('|')})"\\s*:\\s*\\[`)

/** Characters before the bracket that begins an array of records, at most. */
const OPENING = 256

/** How much of the beginning of a file {@link isDocument} is given. */
export const PEEK = 64 * 1024

/**
 * Whether bytes are a document (an array, a wrapped array, indented JSON, values with no line end between them) rather
 * than a record a line.
 */
export function isDocument(start: Buffer): boolean {
  const text = start
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
  if (text.startsWith('[') || WRAPPED.test(text)) return true
  const first = text.split('\n', 1)[0]?.trim() ?? ''
  return first.startsWith('{') && (/[{[,]$/.test(first) || isGlued(first))
}

/** Whether a second value begins where the first ends. Follows braces and strings only. */
function isGlued(line: string): boolean {
  let [depth, quoted] = [0, false]
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (quoted) {
      if (code === 0x5c) at++
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x7b || code === 0x5b) depth++
    else if ((code === 0x7d || code === 0x5d) && --depth === 0)
      return /^\s*\{/.test(line.slice(at + 1, at + 100))
  }
  return false
}

/**
 * Elements of documents, without holding the documents: of `[…]` and of `{"Records": […]}` each element, of anything
 * else the whole value. Follows braces and strings only; whether an element is JSON is found when it is parsed.
 */
export class Elements implements Cutter {
  readonly #name: string
  readonly #decoder = new StringDecoder('utf8')
  #text: string[] = []
  #length = 0
  #depth = 0
  #quoted = false
  #escaped = false
  /** Depth at which an element begins: 0, or 1 in an array, or 2 in a wrapped one. */
  #floor = 0
  #count = 0
  #bytes = 0
  readonly #empty = new EmptyValues()

  constructor(name: string) {
    this.#name = name
  }

  *cut(bytes: Buffer): Generator<Cut> {
    this.#bytes += bytes.length
    const chunk = this.#decoder.write(bytes)
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at)
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false
        else if (code === 0x5c) this.#escaped = true
        else if (code === 0x22) this.#quoted = false
        continue
      }
      if (code === 0x22) this.#quoted = true
      else if (code === 0x7b || code === 0x5b) {
        this.#depth++
        if (code !== 0x5b || !this.#mayOpen(at + 1 - from) || !this.#opens(chunk.slice(from, at + 1)))
          continue
        this.#floor = this.#depth
        this.#drop()
        from = at + 1
      } else if (code === 0x7d || code === 0x5d) {
        this.#depth = Math.max(0, this.#depth - 1)
        if (this.#floor === Number.POSITIVE_INFINITY) {
          if (this.#depth > 0) continue
          this.#floor = 0
          this.#drop()
          from = at + 1
        } else if (this.#depth < this.#floor) {
          // The end of the array: what follows in its document is no record.
          yield* this.#element(chunk.slice(from, at))
          this.#floor = this.#depth === 0 ? 0 : Number.POSITIVE_INFINITY
          from = at + 1
        } else if (this.#depth === 0) {
          if (this.#floor === 0) yield* this.#element(chunk.slice(from, at + 1))
          this.#floor = 0
          this.#drop()
          from = at + 1
        }
      } else if (code === 0x2c && this.#floor > 0 && this.#depth === this.#floor) {
        yield* this.#element(chunk.slice(from, at))
        from = at + 1
      }
    }
    this.#keep(chunk.slice(from))
    yield* this.#empty.take()
  }

  *rest(): Generator<Cut> {
    if (this.#floor !== Number.POSITIVE_INFINITY) yield* this.#element('')
    yield* this.#empty.take()
  }

  /** The text before an array of records is short: a long text before a bracket is not looked at for each bracket. */
  #mayOpen(more: number): boolean {
    return this.#floor === 0 && this.#depth <= 2 && this.#length + more <= OPENING
  }

  /** Whether this bracket begins the array of records. */
  #opens(text: string): boolean {
    const before = `${this.#text.join('')}${text}`
    if (this.#depth === 1) return before.replace(/^\ufeff/, '').trim() === '['
    return WRAPPED.test(before)
  }

  #keep(text: string): void {
    if (text === '') return
    if (this.#length <= INPUT_LIMITS.line && this.#floor !== Number.POSITIVE_INFINITY) this.#text.push(text)
    this.#length += text.length
  }

  #drop(): void {
    this.#text = []
    this.#length = 0
  }

  *#element(last: string): Generator<Cut> {
    this.#keep(last)
    const length = this.#length
    const text = this.#text
      .join('')
      .replace(/^\ufeff/, '')
      .trim()
    this.#drop()
    if (text === '') return
    const where = `${this.#name} #${++this.#count}`
    const at = { end: this.#bytes, line: 0 }
    if (isEmptyValue(text)) {
      this.#empty.add({ delivered: { record: text, where }, ...at })
      return
    }
    yield* this.#empty.take()
    const isLong = length > INPUT_LIMITS.line
    const delivered = isLong
      ? tooLong(text, where, `an element of ${length} characters`)
      : { record: text, where }
    yield { delivered, ...at }
  }
}
