import { setTimeout as pause } from 'node:timers/promises'

/** One try of a workload to get at its data. */
export interface Call {
  actor: string
  /** How it went about it, e.g. `key`, `earlier session`, `fresh session`. */
  way: string
  /** When the answer was there: `performance.now()` of this process, in milliseconds. */
  at: number
  /** The same moment on the wall clock, ISO 8601. */
  wall: string
  accepted: boolean
  /** The name of the error, e.g. `AccessDeniedException`. */
  error?: string
}

/** One way in which an actor uses what it has, again and again. */
export interface Way {
  name: string
  /** Calls a second, at most: a new call waits for the answer to the one before. */
  rate: number
  /** Gets at the data or throws. Obtaining credentials is not getting at the data. */
  attempt: () => Promise<unknown>
}

/** The actors of a cloud. A part is opened when its actor is needed: it has its first credentials then. */
export interface Troupe {
  parts: { readonly [actor: string]: (() => Promise<Way[]>) | undefined }
  close(): void
}

interface Waiter {
  wants: (call: Call) => boolean
  left: number
  resolve: () => void
  reject: (reason: Error) => void
}

/** A workload that does nothing but call, by all its ways at once, until it is stopped. */
export class Actor {
  readonly name: string
  readonly calls: Call[] = []
  readonly #ways: readonly Way[]
  readonly #stopping = new AbortController()
  #waiters: Waiter[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(name: string, ways: readonly Way[]) {
    this.name = name
    this.#ways = ways
  }

  start(): void {
    this.#running = Promise.all(this.#ways.map(way => this.#repeat(way)))
  }

  /** Ends after the calls under way have been answered. Whoever still waits for calls is refused. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const waiter of this.#waiters) waiter.reject(new Error(`${this.name} was stopped`))
    this.#waiters = []
    await this.#running
  }

  /** Resolves when this many calls more, from now on, have been answered in the way wanted. */
  wait(count: number, wants: (call: Call) => boolean): Promise<void> {
    if (count <= 0) return Promise.resolve()
    if (this.#stopping.signal.aborted) return Promise.reject(new Error(`${this.name} was stopped`))
    return new Promise((resolve, reject) => {
      this.#waiters.push({ wants, left: count, resolve, reject })
    })
  }

  async #repeat({ name, rate, attempt }: Way): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const begun = performance.now()
      const error = await attempt().then(() => undefined, nameOf)
      this.#record(name, error)
      const rest = Math.max(0, 1000 / rate - (performance.now() - begun))
      await pause(rest, undefined, { signal }).catch(() => undefined)
    }
  }

  #record(way: string, error: string | undefined): void {
    const call: Call = {
      actor: this.name,
      way,
      at: performance.now(),
      wall: new Date().toISOString(),
      accepted: error === undefined,
      ...(error === undefined ? {} : { error }),
    }
    this.calls.push(call)
    for (const waiter of this.#waiters) {
      if (!waiter.wants(call)) continue
      waiter.left -= 1
      if (waiter.left === 0) waiter.resolve()
    }
    this.#waiters = this.#waiters.filter(({ left }) => left > 0)
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}
