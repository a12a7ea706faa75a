import type { Timing } from '../../../model/timing.ts'

/** Reads, and writes, a minute of one quota project (IAM documentation, "Quotas and limits": IAM v2 API). */
export const A_MINUTE = 5

const MINUTE_MS = 60_000

/**
 * Lets so many through in any minute, in the order in which they came. A bucket that refills would let nearly twice as
 * many through within the first one.
 */
export class Quota {
  readonly #timing: Timing
  readonly #passed: number[] = []
  #queued = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(timing: Timing) {
    this.#timing = timing
  }

  /** Waits for a place; rejects when the signal is aborted first. */
  take(signal?: AbortSignal): Promise<void> {
    this.#queued += 1
    const turn = this.#last
      .then(() => this.#pass(signal))
      .finally(() => {
        this.#queued -= 1
      })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Milliseconds until a call that comes now would have a place; 0 when it has one. */
  waits(): number {
    const place = this.#passed.length + this.#queued - A_MINUTE
    const oldest = place < 0 ? undefined : this.#passed[Math.min(place, this.#passed.length - 1)]
    return oldest === undefined ? 0 : Math.max(0, oldest + MINUTE_MS - this.#timing.now())
  }

  async #pass(signal: AbortSignal | undefined): Promise<void> {
    const oldest = this.#passed.length < A_MINUTE ? undefined : this.#passed.shift()
    const wait = oldest === undefined ? 0 : oldest + MINUTE_MS - this.#timing.now()
    if (wait > 0) await this.#timing.sleep(wait, signal)
    signal?.throwIfAborted()
    this.#passed.push(this.#timing.now())
  }
}

/** The reads and writes that a project's quota allows. */
export interface Quotas {
  reads: Pick<Quota, 'take' | 'waits'>
  writes: Pick<Quota, 'take' | 'waits'>
  /** Milliseconds for which a reading is used again: as long as the quota makes us wait for the next one on average. */
  freshMs: number
}

const NONE = { take: () => Promise.resolve(), waits: () => 0 }

const known = new Map<string, Quotas>()

/**
 * Returns the quota of a project, shared by all that is done in this process.
 *
 * @param emulator where the calls go when it is not Google: it has no quota until it says so, see `quotaFelt`
 */
export function quotaOf(project: string, emulator: string | undefined, timing: Timing): Quotas {
  const name = nameOf(project, emulator)
  if (emulator !== undefined) return known.get(name) ?? { reads: NONE, writes: NONE, freshMs: 0 }
  return known.get(name) ?? quotaFelt(project, emulator, timing)
}

/** Notes that calls for a project are limited. */
export function quotaFelt(project: string, emulator: string | undefined, timing: Timing): Quotas {
  const name = nameOf(project, emulator)
  const found = known.get(name) ?? {
    reads: new Quota(timing),
    writes: new Quota(timing),
    freshMs: MINUTE_MS / A_MINUTE,
  }
  known.set(name, found)
  return found
}

function nameOf(project: string, emulator = ''): string {
  return `${emulator}/${project}`
}

/**
 * Seconds that the quota costs for this many deny policies: each is looked at while it is being made, and read to verify
 * it.
 */
export function secondsFor(policies: number): number {
  return Math.ceil((Math.max(0, policies * 3 - A_MINUTE) * 60) / A_MINUTE)
}
