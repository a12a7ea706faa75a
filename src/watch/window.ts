/** Events of one group, by event time, in any order of arrival. */
export type WindowState = {
  times: number[]
  ids: string[]
  /** The counted value, if different values are counted; absent for events. */
  values?: string[]
}

/** Which of the events made it enough: indexes, the last one included. */
export interface Span {
  from: number
  to: number
}

/** Dropped together, so that a flood moves the arrays only now and then. */
const SLACK = 32

export class Window {
  readonly #times: number[]
  readonly #ids: string[]
  readonly #values: string[] | undefined
  /** How often each value is there. */
  readonly #counts = new Map<string, number>()

  constructor(distinct: boolean, state?: WindowState) {
    this.#times = state?.times ?? []
    this.#ids = state?.ids ?? []
    this.#values = distinct ? (state?.values ?? []) : undefined
    for (const value of this.#values ?? []) this.#count(value, 1)
  }

  get size(): number {
    return this.#times.length
  }

  /** The newest event's time. */
  get newest(): number {
    return this.#times.at(-1) ?? Number.NEGATIVE_INFINITY
  }

  /** Keeps at most `most` events, and some more until they are dropped together. */
  add(time: number, id: string, value: string | undefined, most: number): void {
    const at = this.#placeOf(time)
    if (at === this.#times.length) {
      this.#times.push(time)
      this.#ids.push(id)
      if (value !== undefined) this.#values?.push(value)
    } else {
      this.#times.splice(at, 0, time)
      this.#ids.splice(at, 0, id)
      if (value !== undefined) this.#values?.splice(at, 0, value)
    }
    if (value !== undefined) this.#count(value, 1)
    if (this.size > most + SLACK) this.#thin(most)
  }

  /** Forgets what is older than a time. */
  forget(before: number): void {
    let old = 0
    while (old < this.size && (this.#times[old] ?? 0) < before) old += 1
    if (old >= SLACK || old === this.size) this.#drop(old)
  }

  /** A span no longer than `timespan` around a time with at least `gte` events, or values; the earliest of them. */
  enough(time: number, timespan: number, gte: number): Span | undefined {
    return this.#values === undefined ? this.#many(time, timespan, gte) : this.#different(time, timespan, gte)
  }

  ids({ from, to }: Span): string[] {
    return [...new Set(this.#ids.slice(from, to + 1))]
  }

  save(): WindowState {
    const values = this.#values === undefined ? {} : { values: [...this.#values] }
    return { times: [...this.#times], ids: [...this.#ids], ...values }
  }

  #many(time: number, timespan: number, gte: number): Span | undefined {
    const last = this.#placeOf(time) - 1
    for (let from = Math.max(0, last - gte + 1); from <= last; from += 1) {
      const to = from + gte - 1
      const end = this.#times[to]
      if (end === undefined) return undefined
      if (end - (this.#times[from] ?? 0) <= timespan) return { from, to: Math.max(to, last) }
    }
    return undefined
  }

  #different(time: number, timespan: number, gte: number): Span | undefined {
    if (this.#counts.size < gte || this.#values === undefined) return undefined
    const inside = new Map<string, number>()
    const last = this.#placeOf(time) - 1
    let from = this.#placeOf(time - timespan - 1)
    for (let to = from; to < this.size; to += 1) {
      const value = this.#values[to] ?? ''
      inside.set(value, (inside.get(value) ?? 0) + 1)
      for (; (this.#times[to] ?? 0) - (this.#times[from] ?? 0) > timespan; from += 1) {
        const gone = this.#values[from] ?? ''
        const left = (inside.get(gone) ?? 1) - 1
        if (left === 0) inside.delete(gone)
        else inside.set(gone, left)
      }
      if ((this.#times[from] ?? 0) > time) return undefined
      if (to >= last && inside.size >= gte) return { from, to }
    }
    return undefined
  }

  /** Where an event of this time is put: after those of the same time. */
  #placeOf(time: number): number {
    let [low, high] = [0, this.#times.length]
    if (high === 0 || (this.#times[high - 1] ?? 0) <= time) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The oldest go; of values first those that are there again later, so that a flood of one hides no other. */
  #thin(most: number): void {
    const excess = this.size - most
    if (this.#values === undefined) {
      this.#drop(excess)
      return
    }
    const going = new Set<number>()
    for (const [index, value] of this.#values.entries()) {
      if (going.size === excess) break
      if ((this.#counts.get(value) ?? 0) <= 1) continue
      going.add(index)
      this.#count(value, -1)
    }
    const stays = <Of>(_: Of, index: number) => !going.has(index)
    replace(this.#times, this.#times.filter(stays))
    replace(this.#ids, this.#ids.filter(stays))
    replace(this.#values, this.#values.filter(stays))
    if (this.size > most) this.#drop(this.size - most)
  }

  #drop(count: number): void {
    this.#times.splice(0, count)
    this.#ids.splice(0, count)
    for (const value of this.#values?.splice(0, count) ?? []) this.#count(value, -1)
  }

  #count(value: string, by: number): void {
    const count = (this.#counts.get(value) ?? 0) + by
    if (count <= 0) this.#counts.delete(value)
    else this.#counts.set(value, count)
  }
}

function replace<Of>(list: Of[], by: Of[]): void {
  list.splice(0, list.length, ...by)
}
