import { type Found, Problem } from '../wire.ts'
import { appManagement } from './app-management.ts'
import { applications } from './applications.ts'
import { assignments } from './assignments.ts'
import { audit, audits } from './audits.ts'
import { authenticate, authorize, disturb } from './authorize.ts'
import { creation } from './creation.ts'
import { credentials } from './credentials.ts'
import { directory } from './directory.ts'
import { federatedCredentials } from './federated-credentials.ts'
import type { GraphCall, GraphRoute } from './route.ts'
import { servicePrincipals } from './service-principals.ts'
import { tenant } from './tenant.ts'
import { bodyOf, type GraphInput, type GraphWorld } from './world.ts'

const routes: readonly GraphRoute[] = [
  ...applications,
  ...federatedCredentials,
  ...servicePrincipals,
  ...creation,
  ...credentials,
  ...assignments,
  ...directory,
  ...tenant,
  ...appManagement,
  ...audits,
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
    enforced: world.enforced,
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
  const found = route.run(call)
  if (route.writes === true) {
    const { body } = found
    audit(call, route, typeof body === 'object' && body !== null ? Reflect.get(body, 'id') : undefined)
  }
  return found
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
