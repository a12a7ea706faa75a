import type { Answer } from '../cloud.ts'

/** HTTP status of each canonical code (google.rpc.Code). */
const HTTP = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
} as const

export type Status = keyof typeof HTTP

export interface Detail {
  '@type': string
  [member: string]: unknown
}

/** A refusal in Google's words: `error.code`, `message`, `status` and `details`. */
export class GoogleError extends Error {
  readonly http: number
  readonly status: string
  readonly details: readonly Detail[]

  constructor(status: Status, message: string, details: readonly Detail[] = []) {
    super(message)
    this.http = HTTP[status]
    this.status = status
    this.details = details
  }
}

/** A refusal of a token endpoint: `error` and `error_description` (RFC 6749, section 5.2). */
export class OAuthError extends Error {
  readonly http: number
  readonly code: string

  constructor(code: string, description: string, http = 400) {
    super(description)
    this.http = http
    this.code = code
  }
}

/** Cloud Storage JSON API: reasons instead of canonical codes; 412 for an etag that is none any more. */
export class StorageError extends Error {
  readonly http: number
  readonly reason: string

  constructor(http: number, reason: string, message: string) {
    super(message)
    this.http = http
    this.reason = reason
  }
}

export function invalid(message: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', message)
}

export function notFound(message: string): GoogleError {
  return new GoogleError('NOT_FOUND', message)
}

export function precondition(message: string, violations?: readonly PreconditionViolation[]): GoogleError {
  const details =
    violations === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.PreconditionFailure', violations }]
  return new GoogleError('FAILED_PRECONDITION', message, details)
}

export interface PreconditionViolation {
  type: string
  subject: string
  description: string
}

/** "There were concurrent policy changes": the answer to a write whose etag is out of date. */
export function concurrent(): GoogleError {
  return new GoogleError(
    'ABORTED',
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  )
}

export function unauthenticated(reason: string): GoogleError {
  return new GoogleError(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    [errorInfo(reason, 'googleapis.com')],
  )
}

export function errorInfo(reason: string, domain: string, metadata: { [name: string]: string } = {}): Detail {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata }
}

/** @param seconds until it may be tried again */
export function exhausted(message: string, seconds?: number): GoogleError {
  const retry =
    seconds === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(seconds)}s` }]
  return new GoogleError('RESOURCE_EXHAUSTED', message, [
    errorInfo('RATE_LIMIT_EXCEEDED', 'googleapis.com'),
    ...retry,
  ])
}

export function json(status: number, value: unknown, headers: { [name: string]: string } = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: `${JSON.stringify(value)}\n`,
  }
}

/** Reasons of the JSON APIs from before there were canonical codes (Cloud Storage, "HTTP status and error codes"). */
const REASONS: { readonly [http: number]: string } = {
  400: 'invalid',
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  412: 'conditionNotMet',
  429: 'rateLimitExceeded',
  503: 'backendError',
}

/**
 * undefined for what is no refusal but a fault of the lab's own.
 * @param service as in method ids: `storage` has a format of its own
 */
export function refusal(error: unknown, service: string): Answer | undefined {
  if (error instanceof GoogleError && service === 'storage') return storageFailure(error.http, error.message)
  if (error instanceof GoogleError) return failure(error.http, error.status, error.message, error.details)
  if (error instanceof OAuthError) {
    return json(error.http, { error: error.code, error_description: error.message })
  }
  if (error instanceof StorageError) return storageFailure(error.http, error.message, error.reason)
  return undefined
}

export function storageFailure(
  code: number,
  message: string,
  reason = REASONS[code] ?? 'internalError',
): Answer {
  return json(code, { error: { code, message, errors: [{ message, domain: 'global', reason }] } })
}

export function failure(
  http: number,
  status: string,
  message: string,
  details: readonly Detail[] = [],
): Answer {
  return json(http, { error: { code: http, message, status, ...(details.length > 0 ? { details } : {}) } })
}
