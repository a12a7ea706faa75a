/** A token bucket that a call draws from. */
export interface Limit extends BucketSize {
  /** The operations that draw from it, e.g. `aws iam writes`. */
  family: string
  /** Who shares it: an account, a project, an application, a tenant. */
  owner: string
  /** How much this call takes; 1 when missing. */
  cost?: number
  /** The service says nothing of how long to wait. */
  silent?: true
}

/** How much fits into a bucket, and how fast it fills; Infinity for no limit. */
export interface BucketSize {
  /** How many calls it is good for when it is full. */
  size: number
  /** How many calls come back each second. */
  perSecond: number
}

/** Sizes by family that take the place of the clouds' own. */
export type BucketSizes = Readonly<Record<string, BucketSize>>

/** How many buckets are remembered: those that are full again are forgotten beyond that. */
const MANY = 1000

/** The buckets of all clouds, on the lab's clock. */
export class Throttle {
  readonly #buckets = new Map<string, { level: number; at: number; limit: Limit }>()
  readonly #sizes: BucketSizes

  /** @param sizes by family, where they are not the clouds' own */
  constructor(sizes: BucketSizes = {}) {
    this.#sizes = sizes
  }

  /**
   * Takes what a call costs from all of its buckets, or from none of them.
   * @param now milliseconds
   * @returns undefined for a call that may pass; else the limit in its way, and seconds until it would not be
   */
  take(limits: readonly Limit[], now: number): { limit: Limit; seconds: number } | undefined {
    const drawn = limits
      .map(limit => ({ ...limit, ...this.#sizes[limit.family] }))
      .filter(({ size }) => size !== Number.POSITIVE_INFINITY)
      .map(limit => ({ limit, level: this.#level(limit, now) }))
    for (const { limit, level } of drawn) {
      const missing = (limit.cost ?? 1) - level
      if (missing > 0) return { limit, seconds: missing / limit.perSecond }
    }
    for (const { limit, level } of drawn) {
      this.#buckets.set(nameOf(limit), { level: level - (limit.cost ?? 1), at: now, limit })
    }
    if (this.#buckets.size > MANY) this.#forget(now)
    return undefined
  }

  #level(limit: Limit, now: number): number {
    const known = this.#buckets.get(nameOf(limit))
    if (known === undefined) return limit.size
    return Math.min(limit.size, known.level + (Math.max(0, now - known.at) / 1000) * limit.perSecond)
  }

  #forget(now: number): void {
    for (const [bucket, { limit }] of this.#buckets) {
      if (this.#level(limit, now) >= limit.size) this.#buckets.delete(bucket)
    }
  }
}

function nameOf({ family, owner }: Limit): string {
  return `${family} ${owner}`
}
