import { backoffDelay } from '../../../model/backoff.ts'
import type { Timing } from '../../../model/timing.ts'
import { LONGEST_HINT_MS, type Throttle } from '../../kit/http/pacer.ts'
import { GoogleError, isBroken } from './faults.ts'

/** Six tries over some ten seconds: an incident cannot wait longer, and `resume` tries again. */
export const ATTEMPTS = 6

const FIRST_MS = 200
const LONGEST_MS = 8_000

/** The connection was never made, so that nothing was asked. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * Milliseconds to wait before the next try, or undefined when there is to be none. A write whose outcome is not known
 * (503, 500, a broken connection, no answer in time) is repeated only if doing it twice is the same as once
 * (`idempotent`); for others the caller reads again what became of it. A throttled one was not carried out.
 *
 * @param attempt 1 after the first try
 */
export function waitBefore(
  attempt: number,
  kind: CallKind,
  error: unknown,
  timing: Timing,
): number | undefined {
  if (attempt >= ATTEMPTS || !mayRepeat(kind, error)) return undefined
  const asked = error instanceof GoogleError ? error.retryAfter : undefined
  if (asked !== undefined) return asked * 1000 > LONGEST_HINT_MS ? undefined : asked * 1000
  return backoffDelay(attempt, { first: FIRST_MS, most: LONGEST_MS, jitter: 1, timing })
}

function mayRepeat(kind: CallKind, error: unknown): boolean {
  if (error instanceof GoogleError) {
    if (isThrottled(error)) return true
    return kind !== 'write' && (error.http === 408 || (error.http >= 500 && error.http !== 501))
  }
  if (!(error instanceof Error)) return false
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (UNSENT.has(code)) return true
  return kind !== 'write' && isBroken(error)
}

function isThrottled({ http, reason }: GoogleError): boolean {
  return http === 429 || reason === 'RATE_LIMIT_EXCEEDED' || /^(user)?rateLimitExceeded$/i.test(reason)
}

/** Returns what an error says about throttling, with the wait that it asks for (`RetryInfo`, `Retry-After`); else undefined. */
export function throttleOf(error: unknown): Throttle | undefined {
  if (!(error instanceof GoogleError && isThrottled(error))) return undefined
  return { hint: error.retryAfter === undefined ? undefined : error.retryAfter * 1000 }
}

/** `idempotent`: a write after which the thing reads the same however often it is made. */
export type CallKind = 'read' | 'idempotent' | 'write'

/** Returns the kind of an operation of the discovery documents by its verb; POST is used for reads and writes. */
export function kindOf(operation: string): CallKind {
  const verb = operation.split('.').at(-1) ?? ''
  if (/^(get|list|search|query|test|troubleshoot|lookup|analyze|batchGet|tokeninfo)/.test(verb)) return 'read'
  // They set a state. setIamPolicy and delete are not here: a second one meets another etag, or a 404.
  return /^(disable|enable)$/.test(verb) ? 'idempotent' : 'write'
}
