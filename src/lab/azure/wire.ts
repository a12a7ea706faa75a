import { randomUUID } from 'node:crypto'
import type { Answer } from '../cloud.ts'

export type Service = 'graph' | 'arm' | 'login' | 'vault' | 'blob' | 'imds'

/** A refusal, in the words of whichever service answers. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** A refusal of the token endpoint: `code` is the AADSTS number, `error` the OAuth one. */
export class TokenProblem extends Problem {
  readonly error: string

  constructor(number: number, error: string, message: string) {
    super(error === 'invalid_client' ? 401 : 400, String(number), message)
    this.error = error
  }
}

/** The answer of a route: a body, or nothing (204). */
export interface Found {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

export function answer({ status, headers = {}, body }: Found): Answer {
  if (body === undefined) return { status: status ?? 204, headers: { ...ids(), ...headers }, body: '' }
  return {
    status: status ?? 200,
    headers: { ...ids(), 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

export function refusal(service: Service, problem: Problem): Answer {
  const { status, code, message, headers } = problem
  return answer({ status, headers, body: bodyOf(service, problem, code, message) })
}

/** The body that a service would send along. */
export function bodyOf(service: Service, problem: Problem, code: string, message: string): unknown {
  const date = new Date().toISOString()
  if (problem instanceof TokenProblem) {
    const [trace, correlation] = [randomUUID(), randomUUID()]
    return {
      error: problem.error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${date}`,
      error_codes: [Number(code)],
      timestamp: date,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    }
  }
  if (service === 'login' || service === 'imds') return { error: code, error_description: message }
  if (service === 'graph') {
    const request = randomUUID()
    return {
      error: { code, message, innerError: { date, 'request-id': request, 'client-request-id': request } },
    }
  }
  if (service === 'vault' && code === 'Forbidden')
    return { error: { code, message, innererror: { code: 'ForbiddenByRbac' } } }
  return { error: { code, message } }
}

/** @param seconds until it may be tried again; null where the service does not say */
export function throttled(service: Service, seconds: number | null = 1): Problem {
  const headers: Record<string, string> =
    seconds === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(seconds))) }
  return new Problem(429, 'TooManyRequests', `Too many requests to ${service}`, headers)
}

function ids(): Record<string, string> {
  const id = randomUUID()
  return { 'request-id': id, 'x-ms-request-id': id, 'x-ms-correlation-request-id': id }
}
