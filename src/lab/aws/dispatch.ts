import type { LabClock } from '../clock.ts'
import type { Trouble } from '../faults.ts'
import { authenticate, type Caller, type Signature } from './auth.ts'
import { contextOf, denial, judge } from './authorize.ts'
import { keyOf, type LiveAccount, type LiveEstate, roleArn, userArn } from './estate.ts'
import { PolicyProblem } from './evaluate/document.ts'
import type { OrganizationRates } from './organization/rates.ts'
import { routes } from './routes/index.ts'
import type { Call, Route } from './routes/route.ts'
import { type Answer, AwsError, answer, invalid, isJson, type Params, refusal, type Service } from './wire.ts'

/** A request once it is known for which service and operation it is. */
export interface Inquiry {
  service: Service
  operation: string
  signature: Signature | undefined
  /** Of a query protocol. */
  params: Params
  /** Of a JSON protocol. */
  input: { readonly [member: string]: unknown }
  address: string
  agent: string
}

export interface World {
  estate: LiveEstate
  clock: LabClock
  /** Milliseconds until the data plane knows of a change. */
  delay: number
  /** Absent: Organizations takes any number of requests. */
  organizationRates?: OrganizationRates
}

/** The answer, and whether the estate was changed on the way to it. */
export function dispatch(world: World, inquiry: Inquiry, trouble: Trouble | undefined): [Answer, boolean] {
  const { service, operation } = inquiry
  try {
    if (trouble?.kind === 'throttle') throw throttled(service)
    if (trouble?.kind === 'error') {
      throw new AwsError(trouble.code, trouble.status, trouble.message ?? 'A fault of the lab')
    }
    const route = Object.hasOwn(routes[service], operation) ? routes[service][operation] : undefined
    if (route === undefined) {
      throw new AwsError('NotImplemented', 501, `the lab does not know ${service}:${operation}`)
    }
    if (
      service === 'organizations' &&
      world.organizationRates?.takes(operation, world.clock.ms()) === false
    ) {
      throw throttled(service)
    }
    const result = run(world, inquiry, route, trouble?.kind === 'stale')
    if (trouble?.kind === 'applied-then-503') {
      const late = new AwsError('ServiceUnavailable', 503, 'Service is unavailable')
      return [refusal(service, late), route.writes === true]
    }
    return [answer(service, operation, result), route.writes === true]
  } catch (error) {
    if (error instanceof AwsError) return [refusal(service, error), false]
    if (error instanceof PolicyProblem) return [refusal(service, invalid(error.message)), false]
    throw error
  }
}

function run({ estate, clock, delay }: World, inquiry: Inquiry, route: Route, stale: boolean) {
  const { service, operation, signature, params, input } = inquiry
  const now = clock.ms()
  const enforced = { asOf: now - delay }
  const region = signature?.region ?? 'us-east-1'
  const caller =
    signature === undefined && route.permission === 'own'
      ? undefined
      : authenticate(estate, signature, service, enforced, now)
  const account = estate.accounts.get(caller?.account ?? '')
  const from = { region, address: inquiry.address, agent: inquiry.agent, now }
  const call: Call = {
    estate,
    account: account ?? nowhere(estate),
    caller,
    params,
    input,
    region,
    view: stale ? 'stale' : 'now',
    enforced,
    clock,
    context: caller === undefined ? {} : contextOf(caller, from),
  }
  if (caller !== undefined) {
    recordUse(estate, caller, { at: new Date(now).toISOString(), region, service })
    if (route.permission === undefined) permit(call, caller, service, operation, route)
  }
  return route.run(call)
}

/** For a call that nobody signed, whose route looks for the account itself. */
function nowhere(estate: LiveEstate): LiveAccount {
  const [first] = estate.accounts.values()
  if (first === undefined) throw new TypeError('an estate without accounts')
  return first
}

function permit(call: Call, caller: Caller, service: Service, operation: string, route: Route): void {
  const resource = route.resource?.(call) ?? resourceOf(call, operation)
  const action = `${service}:${operation}`
  const keys = route.keys?.(call)
  const request = { action, resource, context: { ...call.context, ...keys } }
  const verdict = judge(call.estate, caller, request, call.enforced)
  if (verdict.decision !== 'allowed') throw denial(service, caller, request, verdict)
}

/** Where no user is named, IAM takes the one who signed. */
const OF_ONE_USER =
  /User(?!s)|AccessKeys?$|SSHPublicKey|SigningCertificate|ServiceSpecificCredential|LoginProfile|MFADevices/

/** The user or role that a call is about; names of neither are a path-less ARN, as AWS reports them. */
function resourceOf({ params, account, caller }: Call, operation: string): string {
  const RoleName = params.get('RoleName')
  if (RoleName !== undefined) {
    const role = account.roles.get(keyOf({ name: RoleName }))
    return roleArn(account.id, role ?? { path: '/', name: RoleName })
  }
  const UserName = params.get('UserName')
  if (UserName !== undefined) {
    const user = account.users.get(keyOf({ name: UserName }))
    return userArn(account.id, user ?? { path: '/', name: UserName })
  }
  return caller?.kind === 'user' && OF_ONE_USER.test(operation) ? caller.arn : '*'
}

function recordUse(
  { uses }: LiveEstate,
  { kind, accessKeyId, account, principal }: Caller,
  use: { at: string; region: string; service: string },
): void {
  if (kind === 'user') uses.set(accessKeyId, use)
  else if ('role' in principal) {
    uses.set(roleArn(account, principal.role), { at: use.at, region: use.region })
  }
}

function throttled(service: Service): AwsError {
  if (service === 'ec2') return new AwsError('RequestLimitExceeded', 503, 'Request limit exceeded.')
  if (service === 'organizations') {
    return new AwsError('TooManyRequestsException', 400, 'You have sent too many requests.')
  }
  const code = isJson(service) ? 'ThrottlingException' : 'Throttling'
  return new AwsError(code, 400, 'Rate exceeded')
}
