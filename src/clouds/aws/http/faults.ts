import { networkAdvice, networkText } from '../../../egress/advice.ts'
import { Fault, type FaultCode } from '../../../model/fault.ts'
import { isLoopback } from '../../../model/target-word.ts'

/** Error names, modelled or as on the wire; the SDK appends `Exception` to some of them. */
const CODES: { [name: string]: FaultCode } = {
  AccessDenied: 'denied',
  UnauthorizedOperation: 'denied',
  OptInRequired: 'denied',
  NoSuchEntity: 'gone',
  ResourceNotFound: 'gone',
  'InvalidInstanceID.NotFound': 'gone',
  'InvalidAssociationID.NotFound': 'gone',
  LimitExceeded: 'quota',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  ConcurrentModification: 'conflict',
  EntityTemporarilyUnmodifiable: 'conflict',
  IncorrectState: 'conflict',
  IncorrectInstanceState: 'conflict',
  UnmodifiableEntity: 'unmodifiable',
  MalformedPolicyDocument: 'rejected',
  InvalidInput: 'rejected',
  ValidationError: 'rejected',
  PolicyNotAttachable: 'rejected',
  EntityAlreadyExists: 'rejected',
  InvalidClientTokenId: 'not-authenticated',
  UnrecognizedClient: 'not-authenticated',
  InvalidAccessKeyId: 'not-authenticated',
  MissingAuthenticationToken: 'not-authenticated',
  IncompleteSignature: 'not-authenticated',
  SignatureDoesNotMatch: 'not-authenticated',
  RequestExpired: 'not-authenticated',
  ExpiredToken: 'not-authenticated',
  AuthFailure: 'not-authenticated',
  CredentialsProviderError: 'not-authenticated',
  TokenProviderError: 'not-authenticated',
  TargetNotFound: 'gone',
  PolicyNotFound: 'gone',
  PolicyNotAttached: 'gone',
  PolicyInUse: 'conflict',
  PolicyChangesInProgress: 'conflict',
  ConstraintViolation: 'quota',
  DuplicatePolicy: 'rejected',
  DuplicatePolicyAttachment: 'rejected',
  PolicyTypeNotEnabled: 'rejected',
  AWSOrganizationsNotInUse: 'rejected',
  InvalidAction: 'unsupported',
  NotImplemented: 'unsupported',
  ServiceFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  InternalFailure: 'unavailable',
  TimeoutError: 'unavailable',
}

const NEXT: Partial<Record<FaultCode, string>> = {
  denied: 'grant the permission (interdict permissions PLAYBOOK prints the policy), then: interdict resume',
  'not-authenticated': 'sign in (aws sso login, AWS_PROFILE or keys) and check: interdict doctor',
  quota: 'free a place or have the quota raised (IAM console, Account settings), then: interdict resume',
  unmodifiable: 'only AWS changes this one; act on the service that owns it',
  throttled: 'wait a little, then: interdict resume',
  unavailable: 'check the network and the endpoint, then: interdict resume',
}

/**
 * Returns the error of an AWS call as a Fault. `where` is the operation and the account. `custom`: URL of the endpoint, where it
 * is not AWS's. A page of HTML from there in place of an answer means that it does not implement the operation (tested:
 * moto), and so does any error with HTTP 501 (LocalStack: `InternalFailure`).
 */
export function toAwsFault(error: unknown, operation: string, account: string, custom?: string): Fault {
  if (error instanceof Fault) return error
  if (!(error instanceof Error)) return new Fault('bug', String(error), { where: operation })
  const html = custom !== undefined && isPage(error)
  const code = html || (custom !== undefined && statusOf(error) === 501) ? 'unsupported' : codeOf(error)
  const next = networkAdvice(error, 'AWS_CA_BUNDLE') ?? NEXT[code]
  const emulator = code === 'unsupported' && custom !== undefined && isLoopback(custom) ? custom : undefined
  return new Fault(code, `${operation}: ${html ? NOT_THERE : messageOf(error)}${statusText(error)}`, {
    where: account ? `${operation} in ${account}` : operation,
    ...(next === undefined ? {} : { next }),
    ...(emulator === undefined ? {} : { emulator }),
    cause: error,
  })
}

/** Whether the answer is a page of HTML, and not that of a proxy which does not reach what is behind it. */
function isPage(error: Error): boolean {
  const isHtml = error.message.includes('XML parse error') && error.message.includes('html')
  return isHtml && !OF_A_PROXY.has(statusOf(error) ?? 0)
}

/** Bad gateway, unavailable, gateway time-out: a proxy says so of what is behind it. */
const OF_A_PROXY: ReadonlySet<number> = new Set([502, 503, 504])

/**
 * Whether an emulator on this machine answered that it does not know the operation (tested: moto, HTTP 500). Another try gives the same;
 * a page with another status, or of another endpoint, may be of a proxy that fails for a moment.
 *
 * @param endpoint where the call went, if it did not go to AWS
 */
export function isNotImplemented(error: unknown, endpoint: string | undefined): boolean {
  if (endpoint === undefined || !isLoopback(endpoint) || !(error instanceof Error)) return false
  const status = statusOf(error)
  return status === 501 || (status === 500 && isPage(error))
}

/** An emulator's answer to an operation that it does not know. */
const NOT_THERE = 'the endpoint does not implement it (it answers with a page of HTML)'

/** The words that the SDK appends to an answer that it cannot read (smithy, deserializerMiddleware). */
const UNREADABLE = /\s*Deserialization error: to see the raw response[\s\S]*$/

function messageOf({ name, message }: Error): string {
  if (UNREADABLE.test(message)) return 'the answer is not one of AWS’s'
  // IAM sends some errors without a message, which the SDK calls unknown (recorded: ReportNotPresent).
  return networkText(/^(Unknown(Error)?)?$/.test(message) ? name : message)
}

/** ` (HTTP 501)`, where the answer itself could not be read; else empty: the message says more. */
function statusText(error: Error): string {
  const status = UNREADABLE.test(error.message) ? statusOf(error) : undefined
  return status === undefined ? '' : ` (HTTP ${status})`
}

/** The status of the answer: the SDK keeps it in `$metadata`, or with the answer that it could not read. */
function statusOf(error: Error): number | undefined {
  const { $metadata, $response } = error as Error & {
    $metadata?: { httpStatusCode?: number }
    $response?: { statusCode?: number }
  }
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

function codeOf(error: Error): FaultCode {
  const known = CODES[error.name] ?? CODES[error.name.replace(/Exception$/, '')]
  if (known) return known
  const status = statusOf(error)
  if (status === undefined) return 'code' in error || 'errno' in error ? 'unavailable' : 'bug'
  if (status === 501) return 'unsupported'
  if (status >= 500) return 'unavailable'
  if (status === 429) return 'throttled'
  return status === 403 || status === 401 ? 'denied' : 'rejected'
}
