import { networkAdvice, networkText } from '../../../egress/advice.ts'
import { Fault, type FaultCode } from '../../../model/fault.ts'
import { isLoopback } from '../../../model/target-word.ts'
import { permissionsFor } from '../permission-map.ts'

/** One of `google.rpc.*` in an error's details. */
export interface GoogleDetail {
  '@type'?: string
  /** Of `ErrorInfo`, e.g. `SERVICE_DISABLED`. */
  reason?: string
  metadata?: { [name: string]: string }
  /** Of `RetryInfo`, e.g. `30s`. */
  retryDelay?: string
  /** Of `PreconditionFailure` and `QuotaFailure`. */
  violations?: { type?: string; subject?: string; description?: string }[]
}

/** The error of a Google API; the cause of the Fault that is thrown. */
export class GoogleError extends Error {
  /** HTTP status. */
  readonly http: number
  /** The canonical word, e.g. `ABORTED`; empty where the answer was not one of Google's. */
  readonly status: string
  readonly details: readonly GoogleDetail[]
  /** Seconds that the server asked for. */
  readonly retryAfter: number | undefined

  constructor(http: number, status: string, message: string, more: Partial<GoogleError> = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'GoogleError'
    this.http = http
    this.status = status
    this.details = more.details ?? []
    this.retryAfter = more.retryAfter
  }

  /** Of the first `ErrorInfo`. */
  get reason(): string {
    return this.details.find(({ reason }) => reason !== undefined)?.reason ?? ''
  }
}

/** The canonical word (`ALREADY_EXISTS`, `ABORTED`, …) behind a Fault of a Google call; empty for any other error. */
export function googleStatus(error: unknown): string {
  const cause = error instanceof Fault ? error.cause : error
  return cause instanceof GoogleError ? cause.status : ''
}

const STATUSES: { [status: string]: FaultCode } = {
  UNAUTHENTICATED: 'not-authenticated',
  PERMISSION_DENIED: 'denied',
  NOT_FOUND: 'gone',
  ABORTED: 'conflict',
  ALREADY_EXISTS: 'rejected',
  RESOURCE_EXHAUSTED: 'throttled',
  INVALID_ARGUMENT: 'rejected',
  FAILED_PRECONDITION: 'rejected',
  OUT_OF_RANGE: 'rejected',
  UNIMPLEMENTED: 'unsupported',
  UNAVAILABLE: 'unavailable',
  INTERNAL: 'unavailable',
  DEADLINE_EXCEEDED: 'unavailable',
  CANCELLED: 'unavailable',
  DATA_LOSS: 'unavailable',
  UNKNOWN: 'unavailable',
}

const HTTP: { [http: number]: FaultCode } = {
  401: 'not-authenticated',
  403: 'denied',
  404: 'gone',
  408: 'unavailable',
  409: 'conflict',
  412: 'conflict',
  429: 'throttled',
  501: 'unsupported',
}

/** Reasons that say more than the status that they come with. */
const REASONS: { [reason: string]: FaultCode } = {
  RATE_LIMIT_EXCEEDED: 'throttled',
  rateLimitExceeded: 'throttled',
  userRateLimitExceeded: 'throttled',
  ACCESS_TOKEN_EXPIRED: 'not-authenticated',
  CREDENTIALS_MISSING: 'not-authenticated',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'not-authenticated',
  ACCOUNT_STATE_INVALID: 'not-authenticated',
}

const NEXT: Partial<Record<FaultCode, string>> = {
  denied:
    'grant the permission (interdict permissions PLAYBOOK prints a custom role), then: interdict resume',
  'not-authenticated':
    'sign in (gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS) and check: interdict doctor',
  quota: 'free a place in the policy or have the quota raised, then: interdict resume',
  throttled: 'wait a minute, then: interdict resume',
  unavailable: 'check the network and the endpoint, then: interdict resume',
}

/** A policy that is full is refused as an invalid argument: "(1,501) is larger than the maximum allowed size 1,500". */
const FULL = /larger than the maximum allowed size/

function codeOf(error: GoogleError): FaultCode {
  const { http, status, message, reason } = error
  if (status === '' && http === 404) return 'unsupported'
  if (FULL.test(message)) return 'quota'
  return REASONS[reason] ?? STATUSES[status] ?? HTTP[http] ?? (http >= 500 ? 'unavailable' : 'rejected')
}

function nextOf(code: FaultCode, operation: string, error: GoogleError): string | undefined {
  const { reason, details } = error
  const { service, consumer, permission } = details.find(each => each.reason === reason)?.metadata ?? {}
  if (reason === 'SERVICE_DISABLED' && service) {
    const project = consumer?.replace(/^projects\//, '')
    return `gcloud services enable ${service}${project ? ` --project ${project}` : ''}`
  }
  if (reason === 'USER_PROJECT_DENIED') {
    return 'name a quota project that you may use (serviceusage.services.use): GOOGLE_CLOUD_QUOTA_PROJECT'
  }
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT') {
    return 'sign in with the scope https://www.googleapis.com/auth/cloud-platform'
  }
  const forbids = details
    .flatMap(({ violations = [] }) => violations)
    .find(({ type }) => type?.startsWith('constraints/'))?.type
  if (forbids) return `the organization policy ${forbids} is in force: have it lifted for this project`
  const lacking = permission ?? permissionsFor(operation).join(', ')
  if (code === 'denied' && lacking !== '') {
    return `grant ${lacking} (interdict permissions PLAYBOOK prints a custom role), then: interdict resume`
  }
  return NEXT[code]
}

/**
 * Returns what a Google call failed with, as a Fault; `where` is the operation and the project. An abort is a time-out
 * here: the holder of the caller's own signal checks that first.
 *
 * @param endpoint URL that takes the place of Google's, where one is set
 */
export function toGcpFault(error: unknown, operation: string, project: string, endpoint?: string): Fault {
  if (error instanceof Fault) return error
  const where = project ? `${operation} in ${project}` : operation
  if (error instanceof GoogleError) {
    const code = codeOf(error)
    const next = networkAdvice(error.cause) ?? nextOf(code, operation, error)
    const said = networkText(error.message) || error.status || `HTTP ${error.http}`
    const emulator =
      code === 'unsupported' && endpoint !== undefined && isLoopback(endpoint) ? endpoint : undefined
    return new Fault(code, `${operation}: ${said}`, {
      where,
      ...(next ? { next } : {}),
      ...(emulator === undefined ? {} : { emulator }),
      cause: error,
    })
  }
  if (!(error instanceof Error)) return new Fault('bug', String(error), { where })
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : ''
  const network = isBroken(error) || 'code' in error
  const code = network ? 'unavailable' : 'bug'
  const next = networkAdvice(error) ?? NEXT[code]
  return new Fault(code, `${operation}: ${networkText(`${error.message}${cause}`)}`, {
    where,
    ...(next ? { next } : {}),
    cause: error,
  })
}

/** Whether no whole answer came: a time-out, or a connection that broke before or in the middle of the answer. */
export function isBroken({ name, message }: Error): boolean {
  return (
    name === 'TimeoutError' || name === 'AbortError' || message === 'fetch failed' || message === 'terminated'
  )
}
