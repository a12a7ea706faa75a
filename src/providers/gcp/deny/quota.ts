import { setTimeout as delay } from 'node:timers/promises'

/** Reads, and writes, a minute of one quota project (IAM documentation, "Quotas and limits": IAM v2 API). */
export const A_MINUTE = 5

const MINUTE_MS = 60_000

/**
 * Lets so many through in any minute, in the order in which they came. A bucket that refills would let nearly twice as
 * many through within the first one.
 */
export class Quota {
  readonly #passed: number[] = []
  #last: Promise<unknown> = Promise.resolve()

  /** Waits for a place; rejects when the signal is aborted first. */
  take(signal?: AbortSignal): Promise<void> {
    const turn = this.#last.then(() => this.#pass(signal))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #pass(signal: AbortSignal | undefined): Promise<void> {
    const oldest = this.#passed.length < A_MINUTE ? undefined : this.#passed.shift()
    const wait = oldest === undefined ? 0 : oldest + MINUTE_MS - performance.now()
    if (wait > 0) await delay(wait, undefined, signal ? { signal } : {})
    this.#passed.push(performance.now())
  }
}

/** What the two sides of a project's quota let through. */
export interface Quotas {
  reads: Pick<Quota, 'take'>
  writes: Pick<Quota, 'take'>
  /** Milliseconds for which a reading is used again: as long as the quota makes us wait for the next one on average. */
  freshMs: number
}

const NONE = { take: () => Promise.resolve() }

const known = new Map<string, Quotas>()

/** The quota of a project, shared by all that is done in this process; without one for an emulator. */
export function quotaOf(project: string, emulated: boolean): Quotas {
  if (emulated) return { reads: NONE, writes: NONE, freshMs: 0 }
  const found = known.get(project) ?? {
    reads: new Quota(),
    writes: new Quota(),
    freshMs: MINUTE_MS / A_MINUTE,
  }
  known.set(project, found)
  return found
}

/**
 * Seconds that the quota costs for this many deny policies: each is read when planned, read when applied, looked at
 * while it is being made, and read to verify it.
 */
export function secondsFor(policies: number): number {
  return Math.ceil((Math.max(0, policies * 4 - A_MINUTE) * 60) / A_MINUTE)
}
