import type { Timing } from '../../src/model/timing.ts'

interface Sleeper {
  at: number
  order: number
  wake: () => void
}

/**
 * Time that passes only when everybody sleeps: no test waits, and a fight of minutes is over in milliseconds. The random numbers
 * are those of a seed.
 */
export class VirtualTime implements Timing {
  readonly #start: number
  #now = 0
  #order = 0
  #sleepers: Sleeper[] = []
  #running = false
  #seed: number

  constructor(seed = 1, start = Date.parse('2026-11-23T10:00:00Z')) {
    this.#seed = seed
    this.#start = start
  }

  now = (): number => this.#now

  date = (): number => this.#start + this.#now

  /** RFC 3339, for `World.clock`. */
  clock = (): string => new Date(this.date()).toISOString()

  random = (): number => {
    // mulberry32
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let value = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter(each => each !== sleeper)
          resolve()
        },
        { once: true },
      )
      void this.#run()
    })

  /** Lets time pass until nobody sleeps any more. */
  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (this.#sleepers.length > 0) {
      // Work that needs no time to pass goes on first; work of the disk takes several turns.
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, each) =>
          !first || each.at < first.at || (each.at === first.at && each.order < first.order) ? each : first,
        undefined,
      )
      if (!next) break
      this.#sleepers = this.#sleepers.filter(each => each !== next)
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
    this.#running = false
  }
}
