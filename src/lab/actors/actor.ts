import { setTimeout as pause } from 'node:timers/promises'
import type { Call } from './call.ts'
import type { Loop, Move } from './fight.ts'

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
  parts: { readonly [actor: string]: (() => Promise<(Way | Loop)[]>) | undefined }
  /** Of fighting thieves: thief → name of its second identity, as the cloud knows it. */
  helpers?: { readonly [actor: string]: string | undefined }
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
  readonly moves: Move[] = []
  readonly #ways: readonly (Way | Loop)[]
  readonly #now: () => number
  readonly #stopping = new AbortController()
  #waiters: Waiter[] = []
  #running: Promise<unknown> = Promise.resolve()

  /** @param now the clock of calls and moves, in milliseconds */
  constructor(name: string, ways: readonly (Way | Loop)[], now: () => number = () => performance.now()) {
    this.name = name
    this.#ways = ways
    this.#now = now
  }

  start(): void {
    this.#running = Promise.all(
      this.#ways.map(way => ('round' in way ? this.#fight(way) : this.#repeat(way))),
    )
  }

  /** Ends after the calls under way have been answered. Calls that still wait are refused. */
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
      const begun = this.#now()
      const error = await attempt().then(() => undefined, nameOf)
      this.#record({
        way: name,
        begun,
        at: this.#now(),
        wall: new Date().toISOString(),
        accepted: error === undefined,
        ...(error === undefined ? {} : { error }),
      })
      const rest = Math.max(0, 1000 / rate - (this.#now() - begun))
      await pause(rest, undefined, { signal }).catch(() => undefined)
    }
  }

  async #fight({ rest, round }: Loop): Promise<void> {
    const { signal } = this.#stopping
    const ledger = {
      now: this.#now,
      call: (call: Omit<Call, 'actor'>) => this.#record(call),
      move: (move: Omit<Move, 'actor' | 'at'>) => {
        this.moves.push({ actor: this.name, at: this.#now(), ...move })
      },
    }
    while (!signal.aborted) {
      await round(ledger)
      await pause(rest(), undefined, { signal }).catch(() => undefined)
    }
  }

  #record(made: Omit<Call, 'actor'>): void {
    const call: Call = { actor: this.name, ...made }
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
