import type { Timing } from '../../../model/timing.ts'
import type { Throttle } from '../../kit/http/pacer.ts'

/** Six tries: an incident cannot wait longer, and `resume` tries again. */
export const ATTEMPTS = 6

/** The longest wait within a command, in milliseconds, even if the service asks for more. */
export const LONGEST_WAIT = 60_000

/** Milliseconds before the second try at most, and before any. */
export interface Backoff {
  first: number
  most: number
}

export const BACKOFF: Backoff = { first: 1_000, most: 32_000 }

/** The facts of a failed attempt that decide whether another may be made. */
export interface Failed {
  method: string
  /** Undefined: nothing came back. */
  status: number | undefined
  /** The service's own word, e.g. `Directory_ConcurrencyViolation`. */
  code: string | undefined
  /** The caller says that doing it twice is the same as once. */
  repeatable: boolean
  /** It named a version that it must be done on, which is not going to come back. */
  conditional?: boolean
}

/** Failures after which it is certain that nothing was done. */
const NOT_DONE = new Set([
  'Directory_ConcurrencyViolation',
  'TooManyRequests',
  'activityLimitReached',
  'RetryableError',
])

/**
 * Whether to try again. A call that was throttled, or lost a race for the directory object, was not done. After a 5xx or a
 * broken connection it may have been done all the same, so only what can be done twice is repeated: reads, PUT and
 * DELETE by their definition, and what the caller vouches for.
 */
export function again({ method, status, code, repeatable, conditional = false }: Failed): boolean {
  if (status === 429 || (code !== undefined && NOT_DONE.has(code))) return true
  // Without a condition of ours it is the service's own: two of its replicas disagreed, and nothing was done.
  if (status === 412) return !conditional
  const unknown = status === undefined || status === 408 || status >= 500
  if (!unknown || status === 501) return false
  return repeatable || method === 'GET' || method === 'PUT' || method === 'DELETE'
}

/**
 * Milliseconds until the next try: what the service asks for, else full jitter over an exponentially growing time.
 *
 * @param attempt counted from 0
 * @param retryAfter the header: seconds or an HTTP date (RFC 9110, "Retry-After")
 */
export function waitFor(
  attempt: number,
  retryAfter: string | undefined,
  timing: Pick<Timing, 'date' | 'random'>,
  { first, most }: Backoff = BACKOFF,
): number {
  const asked = retryAfter === undefined ? undefined : askedFor(retryAfter.trim(), timing.date())
  return asked ?? Math.round(timing.random() * Math.min(most, first * 2 ** attempt))
}

/**
 * Returns what an answer says about throttling; undefined for any other answer. 509 is Graph's for bandwidth
 * ("Microsoft Graph error responses").
 */
export function throttleOf(
  status: number | undefined,
  retryAfter: string | undefined,
  timing: Pick<Timing, 'date'>,
): Throttle | undefined {
  if (status !== 429 && status !== 509) return undefined
  return { hint: retryAfter === undefined ? undefined : askedFor(retryAfter.trim(), timing.date()) }
}

function askedFor(retryAfter: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(retryAfter)) return Number(retryAfter) * 1_000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
