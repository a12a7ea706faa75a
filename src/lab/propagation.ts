/**
 * How a reader sees the estate: `now`; `stale`, as it was before the last write to each record; or as the data plane
 * does, which learns of every write only some time after it (IAM User Guide, "Changes that I make are not always
 * immediately visible"): nothing that was written after the given moment.
 */
export type View = 'now' | 'stale' | { asOf: number }

interface Past<T> {
  /** When it was overwritten, in milliseconds of the lab's clock. */
  until: number
  /** Absent: there was no such record. */
  value: T | undefined
}

/** How many deleted records a table remembers for a stale read; more only as long as a view lags behind them. */
const MOST_GONE = 1000

/**
 * Records by key, with as much of their past as some view can still see. Records are never changed in place: a write
 * puts a new one.
 */
export class Table<T> {
  readonly #records = new Map<string, T>()
  readonly #past = new Map<string, Past<T>[]>()
  readonly #clock: { ms(): number }
  readonly #delay: number
  /** Keys of records that are gone, and that some view may still see. */
  readonly #gone = new Set<string>()
  #sorted: readonly string[] | undefined

  /** @param delay the longest time, in milliseconds, by which a view lags */
  constructor(clock: { ms(): number }, delay: number, records: Iterable<readonly [string, T]> = []) {
    this.#clock = clock
    this.#delay = delay
    for (const [key, value] of records) this.#records.set(key, value)
  }

  get size(): number {
    return this.#records.size
  }

  get(key: string, view: View = 'now'): T | undefined {
    const current = this.#records.get(key)
    if (view === 'now') return current
    const past = this.#past.get(key)
    if (past === undefined) return current
    const seen = view === 'stale' ? past.at(-1) : past.find(({ until }) => until > view.asOf)
    return seen === undefined ? current : seen.value
  }

  set(key: string, value: T): void {
    this.#remember(key)
    this.#gone.delete(key)
    if (!this.#records.has(key)) this.#sorted = undefined
    this.#records.set(key, value)
  }

  delete(key: string): void {
    this.#remember(key)
    if (!this.#records.delete(key)) return
    this.#gone.delete(key)
    this.#gone.add(key)
    this.#sorted = undefined
    this.#forget()
  }

  values(): Iterable<T> {
    return this.#records.values()
  }

  /**
   * The records after the marker, in the order of their keys, and as the view has them: one that lags still has what is
   * gone. A record that is gone by the time that the next page is asked for does not upset the order.
   */
  *after(marker: string | undefined, view: View): Generator<readonly [string, T]> {
    this.#sorted ??= [...this.#records.keys()].sort()
    const gone = view === 'now' ? [] : [...this.#gone].filter(key => this.get(key, view) !== undefined)
    const keys = gone.length === 0 ? this.#sorted : [...this.#sorted, ...gone].sort()
    for (let at = marker === undefined ? 0 : firstAfter(keys, marker); at < keys.length; at += 1) {
      const key = keys[at] ?? ''
      const value = this.get(key, view)
      if (value !== undefined) yield [key, value]
    }
  }

  /** Of what is gone, the longest ago that no view lags behind any more; the first, as the set has them in order. */
  #forget(): void {
    if (this.#gone.size <= MOST_GONE) return
    const now = this.#clock.ms()
    for (const key of this.#gone) {
      const until = this.#past.get(key)?.at(-1)?.until ?? 0
      if (this.#gone.size <= MOST_GONE || until > now - this.#delay) return
      this.#gone.delete(key)
      this.#past.delete(key)
    }
  }

  #remember(key: string): void {
    const now = this.#clock.ms()
    const visible = (this.#past.get(key) ?? []).filter(({ until }) => until > now - this.#delay)
    this.#past.set(key, [...visible, { until: now, value: this.#records.get(key) }])
  }
}

function firstAfter(sorted: readonly string[], marker: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') > marker) high = middle
    else low = middle + 1
  }
  return low
}
