import type { LabClock } from '../../clock.ts'
import type { View } from '../../propagation.ts'
import { audienceOf } from '../audiences.ts'
import type { LiveAzure } from '../estate.ts'
import { type Claims, read } from '../token.ts'
import { type Found, Problem } from '../wire.ts'
import { denyAssignments } from './deny-assignments.ts'
import { features } from './features.ts'
import { identities } from './identities.ts'
import { resourceGraph } from './resource-graph.ts'
import { resources } from './resources.ts'
import { roleAssignments } from './role-assignments.ts'
import { roleDefinitions } from './role-definitions.ts'
import { type ArmCall, type ArmRoute, permit } from './route.ts'
import { scopes } from './scopes.ts'

const routes: readonly ArmRoute[] = [
  resourceGraph,
  ...roleAssignments,
  ...roleDefinitions,
  ...denyAssignments,
  ...scopes,
  ...identities,
  ...features,
  ...resources,
]

/** A request at Azure Resource Manager once its route is known. */
export interface ArmRequest {
  /** The action that it takes, e.g. `Microsoft.Authorization/roleAssignments/delete`. */
  operation: string
  route: ArmRoute | undefined
  params: { [name: string]: string }
  query: URLSearchParams
  path: string
}

export function findArm(method: string, url: string): ArmRequest {
  const [address = '', text = ''] = url.split('?')
  const path = decodeURIComponent(address)
  const query = new URLSearchParams(text)
  for (const route of routes) {
    if (route.method !== method) continue
    const match = route.pattern.exec(path)
    if (match === null) continue
    const params: { [name: string]: string } = {}
    for (const [name, value] of Object.entries(match.groups ?? {}))
      if (value !== undefined) params[name] = value
    const operation = route.action.replace('{type}', params['type'] ?? '')
    return { operation, route, params, query, path }
  }
  return { operation: `${method} ${path}`, route: undefined, params: {}, query, path }
}

export interface ArmWorld {
  estate: LiveAzure
  clock: LabClock
  view: View
  enforced: View
}

export interface ArmInput {
  authorization: string | undefined
  body: string
  base: string
}

/** @throws Problem */
export function runArm(world: ArmWorld, request: ArmRequest, input: ArmInput): Found {
  const { route, operation, params, query, path } = request
  const claims = authenticate(world, input.authorization, 'arm')
  if (route === undefined) throw new Problem(501, 'NotImplemented', `the lab does not know ${operation}`)
  const version = query.get('api-version')
  if (version === null) {
    throw new Problem(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  }
  if (!route.versions.test(version)) {
    throw new Problem(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid for ${operation}.`,
    )
  }
  const call: ArmCall = {
    ...world,
    claims,
    params,
    query,
    body: bodyOf(input.body),
    base: input.base,
    path,
  }
  const scope = route.scope?.(call) ?? params['scope']
  if (route.open !== true) permit(call, operation, scope === undefined || scope === '' ? '/' : scope)
  return route.run(call)
}

/** Tokens are accepted here until they expire, even if their principal was deleted. @throws Problem */
export function authenticate(
  { clock }: Pick<ArmWorld, 'clock'>,
  header: string | undefined,
  audience: 'arm' | 'vault' | 'storage',
): Claims {
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1]
  if (token === undefined) {
    throw new Problem(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
      {
        'www-authenticate':
          'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token"',
      },
    )
  }
  const claims = read(token)
  if (claims === undefined)
    throw new Problem(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
  if (audienceOf(claims.aud) !== audience) {
    throw new Problem(
      401,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for the wrong audience or resource '${claims.aud}'.`,
    )
  }
  if (claims.exp * 1000 <= clock.ms()) {
    throw new Problem(
      401,
      'ExpiredAuthenticationToken',
      'The access token expiry UTC time is earlier than current UTC time.',
    )
  }
  return claims
}

function bodyOf(text: string): { readonly [member: string]: unknown } {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Reported below.
  }
  throw new Problem(
    400,
    'InvalidRequestContent',
    'The request content was invalid and could not be deserialized.',
  )
}
