import type { Answer, Inquiry } from '../cloud.ts'
import type { Trouble } from '../faults.ts'
import type { Exchange } from '../server.ts'
import { permit } from './authorize.ts'
import { exhausted, failure, GoogleError, json, OAuthError, refusal, storageFailure } from './google-error.ts'
import { limitsOf } from './limits.ts'
import { type Match, match, segmentsOf } from './match.ts'
import { isRecord } from './policy.ts'
import { nameOf, type Principal } from './principal.ts'
import type { Call } from './routes/route.ts'
import { holderOf, partsOf, tokenOf } from './tokens.ts'
import type { World } from './world.ts'

/** The operation that a request names; an answer at once for one that cannot be read or is unknown. */
export function receive(world: World, exchange: Exchange): Inquiry | Answer {
  const { method, url, headers, body } = exchange
  const [path = '/', search = ''] = url.split('?', 2)
  const segments = segmentsOf(path)
  if (segments === undefined) return failure(400, 'INVALID_ARGUMENT', `Invalid path: ${path}`)
  const found = match(method, segments)
  if (found === undefined) return failure(501, 'UNIMPLEMENTED', `the lab does not know ${method} ${path}`)
  const query = new URLSearchParams(search)
  const isForm = String(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  const form = new URLSearchParams(isForm ? body : '')
  const parsed = isForm || body === '' ? {} : parse(body)
  if (parsed === undefined) return failure(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.')
  const { id } = found.route
  const asked: Asked = { found, query, form, body: parsed, headers }
  const caller = callerOf(world, asked)
  return {
    service: id.slice(0, id.indexOf('.')),
    operation: id,
    ...(caller === undefined ? {} : { caller }),
    params: { ...Object.fromEntries(query), ...Object.fromEntries(form), ...parsed, ...found.path },
    limits: () => limitsOf(id, found.route.writes === true, payerOf(world, asked)),
    run: trouble => run(world, asked, trouble),
  }
}

interface Asked {
  found: Match
  query: URLSearchParams
  form: URLSearchParams
  body: { readonly [member: string]: unknown }
  headers: Exchange['headers']
}

function run(world: World, asked: Asked, trouble: Trouble | undefined): { answer: Answer; changed: boolean } {
  const { route } = asked.found
  const service = route.id.slice(0, route.id.indexOf('.'))
  const fail = (http: number, status: string, message: string) =>
    service === 'storage' ? storageFailure(http, message) : failure(http, status, message)
  try {
    if (trouble?.kind === 'throttle')
      throw exhausted('Quota exceeded: too many requests a minute.', trouble.seconds ?? undefined)
    if (trouble?.kind === 'error') {
      const { code, status, message = 'A fault of the lab' } = trouble
      if (route.id === 'oauth2.token') throw new OAuthError(code.toLowerCase(), message, status)
      return { answer: fail(status, code, message), changed: false }
    }
    const call = prepare(world, asked, trouble)
    allow(call, route)
    const result = route.run(call)
    const changed = route.writes === true
    record(call, route, result ?? {})
    if (trouble?.kind === 'applied-then-503') {
      return { answer: fail(503, 'UNAVAILABLE', 'The service is currently unavailable.'), changed }
    }
    return { answer: json(200, result ?? {}), changed }
  } catch (error) {
    const answer = refusal(error, service)
    if (answer === undefined) throw error
    return { answer, changed: false }
  }
}

function prepare(
  world: World,
  { found, query, form, body, headers }: Asked,
  trouble: Trouble | undefined,
): Call {
  const now = world.clock.ms()
  const enforced = { asOf: now - world.delay }
  const bearer = bearerOf(headers)
  const { route, path } = found
  if (bearer === undefined && route.open !== true) {
    throw new GoogleError(
      'UNAUTHENTICATED',
      'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    )
  }
  const caller =
    route.open === true || bearer === undefined ? undefined : holderOf(world.estate, bearer, enforced, now)
  const view = trouble?.kind === 'stale' ? 'stale' : 'now'
  const quotaProject = quotaProjectOf(world, caller, headers['x-goog-user-project'])
  return { world, path, query, form, body, caller, quotaProject, view, enforced, now }
}

function allow(call: Call, { permissions, asks, resource }: Match['route']): void {
  const { world, caller, enforced: view, now } = call
  if (resource === undefined || caller === undefined) return
  const on = resource(call)
  for (const permission of asks?.(call) ?? permissions) {
    permit(world.estate, { principal: caller, permission, resource: on, view, now })
  }
}

/** Writes down who made something. */
function record({ world, caller, path, now }: Call, { logged }: Match['route'], result: object): void {
  if (logged === undefined || caller === undefined) return
  const { estate } = world
  const account = estate.account(path['account'] ?? '')
  const named = path['project'] === '-' ? account?.project : path['project']
  const project = estate.project(named ?? '')?.id
  if (project === undefined) return
  const response: { [field: string]: string } = {}
  for (const [field, member] of Object.entries(logged.fields)) {
    const value: unknown = Reflect.get(result, member)
    if (typeof value === 'string') response[field] = value
  }
  const at = new Date(now).toISOString()
  estate.activity.add({ at, project, method: logged.method, caller: nameOf(caller), response })
}

/** Whose quota is used: the project of the header, else the one that the credential belongs to. */
function quotaProjectOf({ estate }: World, caller: Principal | undefined, header: unknown): string {
  const own = caller?.kind === 'account' ? estate.account(caller.email)?.project : caller?.project
  const name = typeof header === 'string' ? header : own
  return name === undefined ? '' : (estate.project(name)?.number ?? name)
}

/** The same before anybody knows whether the credential is good. */
function payerOf(world: World, { headers }: Asked): string {
  const bearer = bearerOf(headers)
  const principal = bearer === undefined ? undefined : tokenOf(world.estate, bearer)?.principal
  return quotaProjectOf(world, principal, headers['x-goog-user-project'])
}

function bearerOf(headers: Exchange['headers']): string | undefined {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
}

/** As counted: who the token says it is, also when it is refused afterwards. */
function callerOf({ estate }: World, { headers, form }: Asked): string | undefined {
  const bearer = bearerOf(headers) ?? form.get('assertion') ?? undefined
  if (bearer === undefined) return undefined
  const known = tokenOf(estate, bearer)
  if (known !== undefined) return nameOf(known.principal)
  const issuer = bearer.startsWith('eyJ') ? partsOf(bearer)?.payload.iss : undefined
  return typeof issuer === 'string' ? issuer : undefined
}

function parse(text: string): { readonly [member: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
