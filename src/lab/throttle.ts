/** A token bucket that a call draws from. */
export interface Limit {
  /** Who shares it, and for what, e.g. `iam writes 111122223333`. */
  bucket: string
  /** How many calls it is good for when it is full. */
  size: number
  /** How many calls come back each second. */
  perSecond: number
  /** How much this call takes; 1 when missing. */
  cost?: number
  /** The service says nothing of how long to wait. */
  silent?: true
}

/** How many buckets are remembered: those that are full again are forgotten beyond that. */
const MANY = 1000

/** The buckets of all clouds, on the lab's clock. */
export class Throttle {
  readonly #buckets = new Map<string, { level: number; at: number; limit: Limit }>()

  /**
   * Takes what a call costs from all of its buckets, or from none of them.
   * @param now milliseconds
   * @returns undefined for a call that may pass; else the limit in its way, and seconds until it would not be
   */
  take(limits: readonly Limit[], now: number): { limit: Limit; seconds: number } | undefined {
    const drawn = limits.map(limit => ({ limit, level: this.#level(limit, now) }))
    for (const { limit, level } of drawn) {
      const missing = (limit.cost ?? 1) - level
      if (missing > 0) return { limit, seconds: missing / limit.perSecond }
    }
    for (const { limit, level } of drawn) {
      this.#buckets.set(limit.bucket, { level: level - (limit.cost ?? 1), at: now, limit })
    }
    if (this.#buckets.size > MANY) this.#forget(now)
    return undefined
  }

  #level(limit: Limit, now: number): number {
    const known = this.#buckets.get(limit.bucket)
    if (known === undefined) return limit.size
    return Math.min(limit.size, known.level + (Math.max(0, now - known.at) / 1000) * limit.perSecond)
  }

  #forget(now: number): void {
    for (const [bucket, { limit }] of this.#buckets) {
      if (this.#level(limit, now) >= limit.size) this.#buckets.delete(bucket)
    }
  }
}
