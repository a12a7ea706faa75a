/** Calls a second that begin at least, however often the service throttles. */
const LEAST_PER_SECOND = 0.5

/** A cut takes the rate down to this part of itself at most, however little passed before it. */
const DEEPEST_CUT = 4

/** Seconds in which a rate that was halved is back at what it was. */
const RECOVERY_SECONDS = 2

/** Beyond what it was, a rate grows by this part as much in a second. */
const SLOWDOWN = 4

/** Calls a second by which a rate grows in a second at least. */
const LEAST_GROWTH = 0.5

/** Calls a second at least after the first throttling: others may have emptied the bucket. */
const FIRST_PER_SECOND = 4

/** Milliseconds over which passed calls are counted. */
const WINDOW_MS = 1_000

/** Milliseconds of a service's own hint that the others of a family wait for; the caller of a longer one gets the error. */
export const LONGEST_HINT_MS = 65_000

/** The answer of a service that a call was one too many. */
export interface Throttle {
  /** Milliseconds that the service asks to wait; undefined where it does not say. */
  hint: number | undefined
}

/**
 * Says when the next call of one family of operations may begin, in one account. Begins without a rate of its own; takes the rate
 * that passed when the service throttles, and halves it; lets it grow by the same amount each second until it is back, and by less
 * until the service throttles again. A token bucket loses nothing while such a rate is low: what is not taken stays in it. Times are milliseconds of any
 * clock that goes forward.
 */
export class Pacer {
  readonly #ceiling: number
  /** Calls a second at `#cutAt`. */
  #rate = Number.POSITIVE_INFINITY
  #cutAt = Number.NEGATIVE_INFINITY
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** Calls that may begin at once, as of `#creditAt`. */
  #credit: number
  #creditAt: number | undefined
  /** When the calls of the last window passed. */
  #passed: number[] = []

  /** Calls that may begin at once before the first throttling. */
  readonly #burst: number

  /**
   * @param ceiling calls a second that the service publishes; Infinity where it publishes none
   * @param burst how many of them may begin at once
   */
  constructor(ceiling = Number.POSITIVE_INFINITY, burst = ceiling) {
    this.#ceiling = ceiling
    this.#burst = Math.max(1, burst)
    this.#credit = this.#burst
  }

  /** Returns the calls a second that may begin; Infinity while nothing was throttled and no rate is published. */
  rate(now: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return this.#ceiling
    const since = Math.max(0, now - Math.max(this.#cutAt, this.#pausedUntil)) / 1_000
    const growth = this.#rate / RECOVERY_SECONDS
    const back = Math.max(LEAST_GROWTH, growth) * Math.min(since, RECOVERY_SECONDS)
    const beyond = Math.max(LEAST_GROWTH, growth / SLOWDOWN) * Math.max(0, since - RECOVERY_SECONDS)
    return Math.min(this.#ceiling, this.#rate + back + beyond)
  }

  /** Returns the milliseconds until a call may begin; 0 for at once. */
  wait(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now
    const rate = this.rate(now)
    if (rate === Number.POSITIVE_INFINITY) return 0
    this.#refill(now, rate)
    return this.#credit >= 1 - 1e-6 ? 0 : ((1 - this.#credit) / rate) * 1_000
  }

  /** A call begins, after `wait` returned 0. */
  begin(now: number): void {
    const rate = this.rate(now)
    if (rate === Number.POSITIVE_INFINITY) return
    this.#refill(now, rate)
    this.#credit -= 1
  }

  /** The service answered a call, well or not, without throttling it. */
  pass(now: number): void {
    this.#passed.push(now)
    if (this.#passed.length > 64 && (this.#passed[0] ?? now) < now - WINDOW_MS) this.#forget(now)
  }

  /**
   * The service throttled a call. Calls that began before the last cut say nothing new.
   * @param begun when the call began
   */
  throttle(now: number, begun: number, { hint }: Throttle): void {
    if (hint !== undefined && hint <= LONGEST_HINT_MS) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + hint)
    }
    if (begun <= this.#cutAt) return
    this.#forget(now)
    const rate = this.rate(now)
    const passed = (this.#passed.length * 1_000) / WINDOW_MS
    const least = rate === Number.POSITIVE_INFINITY ? FIRST_PER_SECOND : rate / DEEPEST_CUT
    this.#rate = Math.max(LEAST_PER_SECOND, least, Math.min(rate, passed) / 2)
    this.#cutAt = now
    this.#credit = 0
    this.#creditAt = now
  }

  /** Whether nothing would be lost if it were forgotten. */
  isUntouched(now: number): boolean {
    return this.#rate === Number.POSITIVE_INFINITY && this.#ceiling === this.#rate && now >= this.#pausedUntil
  }

  #refill(now: number, rate: number): void {
    const gained = ((now - (this.#creditAt ?? now)) / 1_000) * rate
    // After a throttling a tenth of a second's worth may begin at once: a timer is no more precise.
    const most = this.#rate === Number.POSITIVE_INFINITY ? this.#burst : Math.max(1, rate / 10)
    this.#credit = Math.min(most, this.#credit + gained)
    this.#creditAt = now
  }

  #forget(now: number): void {
    const from = this.#passed.findIndex(at => at >= now - WINDOW_MS)
    this.#passed = from < 0 ? [] : this.#passed.slice(from)
  }
}
