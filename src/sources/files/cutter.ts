import { INPUT_LIMITS } from '../../model/input-limits.ts'
import type { Delivered } from '../source.ts'

/** A record with the number of bytes, since the start, up to and with its line end. */
export interface Cut {
  delivered: Delivered
  end: number
  /** Lines so far, where there are lines. */
  line: number
}

/** Cuts bytes into records; what is not whole yet waits for more. */
export interface Cutter {
  cut(bytes: Buffer): Generator<Cut>
  /** Returns the rest at the end of the input. */
  rest(): Generator<Cut>
}

/** Values that hold nothing: no record of any format is one of these. */
const EMPTY = /^(?:\{\s*\}|\[\s*\]|null|true|false|""|-?\d{1,9})$/

export function isEmptyValue(text: string): boolean {
  return text.length <= 10 && EMPTY.test(text)
}

/** Folds values that hold nothing, and come one after the other, into one flaw. */
export class EmptyValues {
  #first: Cut | undefined
  #times = 0

  add(cut: Cut): void {
    this.#first = { ...cut, delivered: this.#first?.delivered ?? cut.delivered }
    this.#times++
  }

  /** Returns the text that was added since the last call. */
  *take(): Generator<Cut> {
    if (!this.#first) return
    const { delivered, ...at } = this.#first
    const times = this.#times
    this.#first = undefined
    this.#times = 0
    yield { delivered: { ...delivered, flaw: 'not a record: a value that holds nothing', times }, ...at }
  }
}

export function tooLong(record: string, where: string, what: string): Delivered {
  return { record: record.slice(0, INPUT_LIMITS.excerpt), where, flaw: what }
}
