import { GoogleError } from './faults.ts'

/** Six tries over some ten seconds: an incident cannot wait longer, and `resume` tries again. */
export const ATTEMPTS = 6

const FIRST_MS = 200
const LONGEST_MS = 8_000

/** A server that asks for more than this is not waited for. */
const PATIENCE_MS = 65_000

/** The connection was never made, so that nothing was asked. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * Milliseconds to wait before the next try, or undefined when there is to be none. A write whose outcome is not known
 * (503, 500, a broken connection) is never repeated here: the caller reads again what became of it. A throttled one
 * was not carried out.
 *
 * @param attempt 1 after the first try
 */
export function waitBefore(attempt: number, kind: 'read' | 'write', error: unknown): number | undefined {
  if (attempt >= ATTEMPTS || !mayRepeat(kind, error)) return undefined
  const asked = error instanceof GoogleError ? error.retryAfter : undefined
  if (asked !== undefined) return asked * 1000 > PATIENCE_MS ? undefined : asked * 1000
  return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
}

function mayRepeat(kind: 'read' | 'write', error: unknown): boolean {
  if (error instanceof GoogleError) {
    if (error.http === 429 || error.reason === 'RATE_LIMIT_EXCEEDED') return true
    if (/^(user)?rateLimitExceeded$/i.test(error.reason)) return true
    return kind === 'read' && (error.http === 408 || (error.http >= 500 && error.http !== 501))
  }
  if (!(error instanceof Error) || error.name === 'AbortError') return false
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (UNSENT.has(code)) return true
  return kind === 'read' && (error.name === 'TimeoutError' || error.message === 'fetch failed')
}

/** Whether an operation of the discovery documents only reads; POST is used for both. */
export function kindOf(operation: string): 'read' | 'write' {
  const verb = operation.split('.').at(-1) ?? ''
  return /^(get|list|search|query|test|troubleshoot|lookup|analyze|batchGet|tokeninfo)/.test(verb)
    ? 'read'
    : 'write'
}
