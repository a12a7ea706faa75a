import type { LabClock } from '../../clock.ts'
import type { Answer } from '../../cloud.ts'
import type { View } from '../../propagation.ts'
import { audienceOf } from '../audiences.ts'
import type { LiveAzure } from '../estate.ts'
import { type Claims, read } from '../token.ts'
import { answer, type Found, Problem, refusal, throttled } from '../wire.ts'
import { applications } from './applications.ts'
import { assignments } from './assignments.ts'
import { directory } from './directory.ts'
import { federatedCredentials } from './federated-credentials.ts'
import { type GraphCall, type GraphRoute, OWNED } from './route.ts'
import { servicePrincipals } from './service-principals.ts'
import { tenant } from './tenant.ts'

const routes: readonly GraphRoute[] = [
  ...applications,
  ...federatedCredentials,
  ...servicePrincipals,
  ...assignments,
  ...directory,
  ...tenant,
]

const patterns = routes.map(route => ({ route, ...patternOf(route.template) }))

/** A request at Graph once its route is known. */
export interface GraphRequest {
  /** E.g. `PATCH /v1.0/servicePrincipals/{id}`. */
  operation: string
  route: GraphRoute | undefined
  params: { [name: string]: string }
  query: URLSearchParams
  method: string
  /** Without version and query. */
  path: string
  beta: boolean
}

export function findGraph(method: string, url: string): GraphRequest {
  const [address = '', text = ''] = url.split('?')
  const [, version = 'v1.0', rest = ''] = /^\/(v1\.0|beta)(\/.*)?$/.exec(address) ?? []
  const beta = version === 'beta'
  const path = decodeURIComponent(rest)
  const query = new URLSearchParams(text)
  for (const { route, pattern, names } of patterns) {
    if (route.method !== method || (route.beta === true && !beta)) continue
    const match = pattern.exec(path)
    if (match === null) continue
    const params = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']))
    return { operation: `${method} /${version}${route.template}`, route, params, query, method, path, beta }
  }
  return {
    operation: `${method} /${version}${path}`,
    route: undefined,
    params: {},
    query,
    method,
    path,
    beta,
  }
}

/** The alternatives of permissions that an operation takes, the least first; undefined for one that is not known. */
export function graphPermissions(operation: string): readonly (readonly string[])[] | undefined {
  const [method, path = ''] = operation.split(' ')
  const template = path.replace(/^\/(?:v1\.0|beta)/, '')
  return routes.find(route => route.method === method && route.template === template)?.permissions
}

export interface GraphWorld {
  estate: LiveAzure
  clock: LabClock
  view: View
  enforced: View
}

export interface GraphInput {
  headers: { readonly [name: string]: string | undefined }
  body: string
  /** E.g. `http://127.0.0.1:4566`. */
  base: string
}

/** @throws Problem */
export function runGraph(world: GraphWorld, request: GraphRequest, input: GraphInput): Found {
  const { route, params, query, path, beta } = request
  const claims = authenticate(world, input.headers['authorization'])
  if (route === undefined) {
    throw new Problem(501, 'NotImplemented', `the lab does not know ${request.operation}`)
  }
  const eventual = input.headers['consistencylevel']?.toLowerCase() === 'eventual'
  const call: GraphCall = {
    estate: world.estate,
    clock: world.clock,
    view: eventual && route.method === 'GET' ? world.enforced : world.view,
    claims,
    params,
    query,
    headers: input.headers,
    body: bodyOf(input.body),
    address: `${input.base}/${beta ? 'beta' : 'v1.0'}${path}`,
    beta,
  }
  authorize(route, call)
  if (route.writes === true) disturb(world.estate)
  return route.run(call)
}

function authenticate({ estate, clock }: GraphWorld, header: string | undefined): Claims {
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1]
  const claims = token === undefined ? undefined : read(token)
  if (claims === undefined) throw unauthenticated('Access token is empty or malformed.')
  if (audienceOf(claims.aud) !== 'graph')
    throw unauthenticated('Access token validation failure. Invalid audience.')
  if (claims.exp * 1000 <= clock.ms())
    throw unauthenticated('Lifetime validation failed, the token is expired.')
  evaluated(estate, claims)
  return claims
}

/**
 * Continuous access evaluation: for applications of the tenant itself whose client said that it can handle it, and
 * only here (Microsoft Entra documentation, "Continuous access evaluation for workload identities").
 */
function evaluated(estate: LiveAzure, claims: Claims): void {
  const principal = estate.servicePrincipals.get(claims.oid)
  const reached =
    claims.xms_cc?.includes('cp1') === true &&
    principal?.servicePrincipalType !== 'ManagedIdentity' &&
    (principal === undefined || principal.appOwnerOrganizationId === estate.fixed.tenant.id)
  if (!reached || principal?.accountEnabled === true) return
  const wanted = Buffer.from(
    JSON.stringify({ access_token: { nbf: { essential: true, value: String(claims.iat + 1) } } }),
  )
  throw new Problem(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    {
      'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${wanted.toString('base64')}"`,
    },
  )
}

function unauthenticated(message: string): Problem {
  return new Problem(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': 'Bearer realm=""' })
}

const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

function authorize(route: GraphRoute, call: GraphCall): void {
  const { permissions, writes, owned, guard } = route
  const { roles, wids, oid } = call.claims
  const has = (permission: string) => {
    if (!roles.some(role => includes(role, permission))) return false
    if (permission !== OWNED || writes !== true) return true
    return owns(call, owned?.(call) ?? call.params['id'] ?? '', oid)
  }
  const may =
    wids.includes(GLOBAL_ADMINISTRATOR) ||
    permissions.length === 0 ||
    permissions.some(all => all.every(permission => has(permission)))
  if (!may) {
    throw new Problem(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    )
  }
  guard?.(call)
}

/** What may write may read, and what may read may read the basics. */
function includes(role: string, permission: string): boolean {
  return (
    role === permission ||
    role === permission.replace('.Read.', '.ReadWrite.') ||
    role === permission.replace('.ReadBasic.', '.Read.') ||
    role === permission.replace('.ReadBasic.', '.ReadWrite.')
  )
}

function owns({ estate }: GraphCall, id: string, owner: string): boolean {
  const object = estate.applications.get(id) ?? estate.servicePrincipals.get(id)
  return object?.owners.includes(owner) === true
}

function disturb(estate: LiveAzure): void {
  const { concurrencyEvery } = estate.fixed.switches
  estate.counts.writes += 1
  if (concurrencyEvery === 0 || estate.counts.writes % concurrencyEvery !== 0) return
  throw new Problem(
    409,
    'Directory_ConcurrencyViolation',
    'Unable to complete the request due to data concurrency violation. Please retry the request.',
  )
}

interface BatchItem {
  id?: unknown
  method?: unknown
  url?: unknown
  headers?: { [name: string]: string }
  body?: unknown
  dependsOn?: string[]
}

const MOST_ITEMS = 20

/** The items of a batch's body, e.g. to count them. */
export function itemsOf(body: string): BatchItem[] {
  const { requests } = bodyOf(body)
  return Array.isArray(requests) ? requests : []
}

/** `$batch`: up to twenty requests, answered in any order, each for itself. @throws Problem for the batch as such */
export function runBatch(
  world: GraphWorld,
  version: string,
  input: GraphInput,
): { found: Found; changed: boolean } {
  authenticate(world, input.headers['authorization'])
  const items = itemsOf(input.body)
  if (items.length === 0 || items.length > MOST_ITEMS) {
    throw new Problem(400, 'BadRequest', `Number of batch request steps must be between 1 and ${MOST_ITEMS}.`)
  }
  const failed = new Set<string>()
  let changed = false
  const responses = items.map(item => {
    const id = String(item.id)
    const { reply, wrote } = runItem(world, version, input, item, failed)
    if (reply.status >= 400) failed.add(id)
    else changed ||= wrote
    const { 'content-type': type, 'retry-after': after } = reply.headers
    return {
      id,
      status: reply.status,
      headers: {
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...(after === undefined ? {} : { 'Retry-After': after }),
      },
      ...(reply.body === '' ? {} : { body: JSON.parse(reply.body) }),
    }
  })
  return { found: { body: { responses: responses.reverse() } }, changed }
}

function runItem(
  world: GraphWorld,
  version: string,
  input: GraphInput,
  { method, url, headers = {}, body, dependsOn = [] }: BatchItem,
  failed: ReadonlySet<string>,
): { reply: Answer; wrote: boolean } {
  const { batchThrottleEvery } = world.estate.fixed.switches
  world.estate.counts.items += 1
  try {
    if (dependsOn.some(each => failed.has(each))) {
      throw new Problem(424, 'FailedDependency', 'A request that this one depends on has failed.')
    }
    if (batchThrottleEvery > 0 && world.estate.counts.items % batchThrottleEvery === 0)
      throw throttled('graph')
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    if (body !== undefined && own['content-type'] === undefined) {
      throw new Problem(400, 'BadRequest', 'Write request id has no content type header.')
    }
    const address = String(url).startsWith('/') ? String(url) : `/${String(url)}`
    const request = findGraph(String(method), `/${version}${address}`)
    const found = runGraph(world, request, {
      base: input.base,
      headers: { authorization: input.headers['authorization'], ...own },
      body: body === undefined ? '' : JSON.stringify(body),
    })
    return { reply: answer(found), wrote: request.route?.writes === true }
  } catch (error) {
    if (error instanceof Problem) return { reply: refusal('graph', error), wrote: false }
    throw error
  }
}

function bodyOf(text: string): { readonly [member: string]: unknown } {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // said below
  }
  throw new Problem(400, 'BadRequest', 'Unable to read JSON request payload.')
}

function patternOf(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = []
  const source = template
    .split(/(\{\w+\})/)
    .map(piece => {
      const name = /^\{(\w+)\}$/.exec(piece)?.[1]
      if (name === undefined) return piece.replace(/[.$()]/g, '\\$&')
      names.push(names.includes(name) ? `${name}2` : name)
      return '{}'
    })
    .join('')
    .replaceAll('={}', "='([^']*)'")
    .replaceAll('{}', '([^/()]+)')
  return { pattern: new RegExp(`^${source}$`, 'i'), names }
}
