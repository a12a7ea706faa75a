/** Records in a row, of one source, of which nothing could be understood, that make it look like the wrong source. */
const MOST = 10

/** Knows when a source delivers only records that cannot be understood: the person who set it up has to be notified. */
export class Streaks {
  readonly #missed = new Map<string, number>()
  readonly #warned = new Set<string>()

  /** A record was understood. */
  heard(source: string): void {
    this.#missed.delete(source)
  }

  /** @returns how many it were in a row, when that has to be reported now: once for each source */
  missed(source: string, times = 1): number | undefined {
    const count = (this.#missed.get(source) ?? 0) + times
    this.#missed.set(source, count)
    if (count < MOST || this.#warned.has(source)) return undefined
    this.#warned.add(source)
    return count
  }
}
