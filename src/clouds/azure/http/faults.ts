import { networkAdvice, networkText } from '../../../egress/advice.ts'
import { Fault, type FaultCode } from '../../../model/fault.ts'

/** Error codes of Microsoft Graph and Azure Resource Manager, and of the token endpoint. */
const CODES: { readonly [code: string]: FaultCode } = {
  Authorization_RequestDenied: 'denied',
  Authorization_IdentityNotFound: 'denied',
  AuthorizationFailed: 'denied',
  LinkedAuthorizationFailed: 'denied',
  AccessDenied: 'denied',
  accessDenied: 'denied',
  Forbidden: 'denied',
  RequestDisallowedByPolicy: 'denied',
  DenyAssignmentAuthorizationFailed: 'denied',
  Authentication_RequestFromNonPremiumTenantOrB2CTenant: 'unsupported',
  Request_ResourceNotFound: 'gone',
  ResourceNotFound: 'gone',
  ResourceGroupNotFound: 'gone',
  SubscriptionNotFound: 'gone',
  RoleAssignmentNotFound: 'gone',
  DenyAssignmentNotFound: 'gone',
  itemNotFound: 'gone',
  NotFound: 'gone',
  Directory_QuotaExceeded: 'quota',
  RoleAssignmentLimitExceeded: 'quota',
  QuotaExceeded: 'quota',
  TooManyRequests: 'throttled',
  RateLimiting: 'throttled',
  activityLimitReached: 'throttled',
  SubscriptionRequestsThrottled: 'throttled',
  ResourceRequestsThrottled: 'throttled',
  Directory_ConcurrencyViolation: 'conflict',
  ConcurrentUpdateError: 'conflict',
  ConflictingConcurrentWriteNotAllowed: 'conflict',
  PreconditionFailed: 'conflict',
  ScopeLocked: 'unmodifiable',
  RoleAssignmentExists: 'rejected',
  RoleAssignmentUpdateNotPermitted: 'rejected',
  PrincipalNotFound: 'rejected',
  Request_BadRequest: 'rejected',
  Request_UnsupportedQuery: 'unsupported',
  InvalidAuthenticationToken: 'not-authenticated',
  InvalidAuthenticationTokenTenant: 'not-authenticated',
  AuthenticationFailed: 'not-authenticated',
  ExpiredAuthenticationToken: 'not-authenticated',
  InvalidResourceType: 'unsupported',
  InvalidApiVersionParameter: 'unsupported',
  NoRegisteredProviderFound: 'unsupported',
  MissingSubscriptionRegistration: 'unsupported',
  NotImplemented: 'unsupported',
  invalid_client: 'not-authenticated',
  unauthorized_client: 'not-authenticated',
  invalid_grant: 'not-authenticated',
  invalid_request: 'not-authenticated',
  CredentialUnavailableError: 'not-authenticated',
  AggregateAuthenticationError: 'not-authenticated',
  ChainedTokenCredentialError: 'not-authenticated',
  AuthenticationRequiredError: 'not-authenticated',
  AuthenticationError: 'not-authenticated',
}

/** Codes of a refusal that a later try does not change: not permitted, or not there. */
export const REFUSALS: ReadonlySet<FaultCode> = new Set(['denied', 'unsupported', 'rejected', 'gone'])

const NEXT: Partial<Record<FaultCode, string>> = {
  denied:
    'grant the permission (interdict permissions PLAYBOOK prints what is needed), then: interdict resume',
  'not-authenticated':
    'sign in (az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret, certificate or token file) and check: interdict doctor',
  quota: 'free a place (the limit is per subscription or directory), then: interdict resume',
  unmodifiable: 'a resource lock holds it; interdict never removes one',
  throttled: 'wait a little, then: interdict resume',
  unavailable: 'check the network and the endpoint, then: interdict resume',
}

/** The service's own account of a failure. */
export interface ServiceError {
  /** The innermost code that we know, else the outermost. */
  code: string | undefined
  message: string
}

/** Where a call went and what for, for people. */
export interface Where {
  operation: string
  tenant: string
}

/** Graph and ARM: `{error:{code,message,details,innerError}}`; the token endpoint: `{error, error_description}`. */
export function serviceError(body: unknown): ServiceError {
  const error = member(body, 'error')
  if (typeof error === 'string') {
    const text = member(body, 'error_description')
    return { code: error, message: firstLine(typeof text === 'string' ? text : error) }
  }
  const outer = stringOf(member(error, 'code'))
  const details = member(error, 'details')
  const inner = [member(error, 'innerError'), ...(Array.isArray(details) ? details : [])]
    .map(each => stringOf(member(each, 'code')))
    .find(code => code !== undefined && Object.hasOwn(CODES, code))
  const known = outer !== undefined && Object.hasOwn(CODES, outer)
  return {
    code: known ? outer : (inner ?? outer),
    message: firstLine(stringOf(member(error, 'message')) ?? outer ?? ''),
  }
}

/** Returns the answer of a failed call as a Fault whose `where` is the operation and the tenant. */
export function replyFault(status: number, body: unknown, where: Where, more: string[] = []): Fault {
  const { code, message } = serviceError(body)
  const fault = codeOf(status, code)
  const text = [code, message].filter(each => each !== undefined && each !== '').join(': ')
  return faultOf(fault, [text || `HTTP ${status}`, ...more].join('; '), where)
}

/**
 * Returns a Fault for a call that got no answer. `interrupted` only if `signal`, the caller's own, is aborted: Azure's
 * pipeline reports its time-outs as AbortErrors too, and those are `unavailable`.
 */
export function callFault(error: unknown, where: Where, signal: AbortSignal | undefined): Fault {
  if (error instanceof Fault) return error
  if (!(error instanceof Error)) return new Fault('bug', String(error), { where: where.operation })
  if (signal?.aborted) return faultOf('interrupted', 'interrupted', where, error)
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return faultOf('unavailable', 'no answer in time', where, error)
  const network = 'code' in error || 'errno' in error || error.name === 'RestError'
  const code = CODES[error.name] ?? (network ? 'unavailable' : 'bug')
  return faultOf(code, networkText(firstLine(error.message)) || error.name, where, error)
}

export function faultOf(code: FaultCode, text: string, { operation, tenant }: Where, cause?: unknown): Fault {
  const next = networkAdvice(cause) ?? NEXT[code]
  return new Fault(code, `${operation}: ${text}`, {
    where: tenant ? `${operation} in ${tenant}` : operation,
    ...(next === undefined ? {} : { next }),
    ...(cause === undefined ? {} : { cause }),
  })
}

function codeOf(status: number, code: string | undefined): FaultCode {
  // A directory object that a quota keeps from being made answers 403 or 429; neither is what the status says.
  if (code !== undefined && Object.hasOwn(CODES, code)) return CODES[code] ?? 'rejected'
  if (status === 401) return 'not-authenticated'
  if (status === 403) return 'denied'
  if (status === 404 || status === 410) return 'gone'
  if (status === 409 || status === 412 || status === 423 || status === 424) return 'conflict'
  if (status === 429) return 'throttled'
  if (status === 501) return 'unsupported'
  return status >= 500 || status === 408 ? 'unavailable' : 'rejected'
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as { [name: string]: unknown })[name]
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The rest is trace ids and times. */
function firstLine(text: string): string {
  return (text.split(/\r?\n/)[0] ?? '').trim()
}
