import type { View } from '../../propagation.ts'
import { audienceOf } from '../audiences.ts'
import type { LiveAzure } from '../estate.ts'
import { type Claims, read } from '../token.ts'
import { Problem } from '../wire.ts'
import { type GraphCall, type GraphRoute, OWNED } from './route.ts'
import type { GraphWorld } from './world.ts'

/** Whose token it is. @throws Problem */
export function authenticate({ estate, clock, enforced }: GraphWorld, header: string | undefined): Claims {
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1]
  const claims = token === undefined ? undefined : read(token)
  if (claims === undefined) throw unauthenticated('Access token is empty or malformed.')
  if (audienceOf(claims.aud) !== 'graph')
    throw unauthenticated('Access token validation failure. Invalid audience.')
  if (claims.exp * 1000 <= clock.ms())
    throw unauthenticated('Lifetime validation failed, the token is expired.')
  evaluated(estate, claims, enforced)
  return claims
}

/**
 * Continuous access evaluation: for applications of the tenant itself whose client said that it can handle it, and
 * only here (Microsoft Entra documentation, "Continuous access evaluation for workload identities"). The event that a
 * principal was disabled or deleted takes its time to get here, like every other change.
 */
function evaluated(estate: LiveAzure, claims: Claims, view: View): void {
  const principal = estate.servicePrincipals.get(claims.oid, view)
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

/** @throws Problem unless the token has one of the alternatives, or its principal administers everything */
export function authorize(route: GraphRoute, call: GraphCall): void {
  const { permissions, writes, creates, owned, guard } = route
  const { roles, wids, oid } = call.claims
  const has = (permission: string) => {
    if (!roles.some(role => includes(role, permission))) return false
    if (permission !== OWNED || writes !== true || creates === true) return true
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

/** A permission to write includes reading; a permission to read includes reading the basics. */
function includes(role: string, permission: string): boolean {
  return (
    role === permission ||
    role === permission.replace('.Read.', '.ReadWrite.') ||
    role === permission.replace('.ReadBasic.', '.Read.') ||
    role === permission.replace('.ReadBasic.', '.ReadWrite.')
  )
}

function owns({ estate, enforced }: GraphCall, id: string, owner: string): boolean {
  const object = estate.applications.get(id, enforced) ?? estate.servicePrincipals.get(id, enforced)
  return object?.owners.includes(owner) === true
}

/** @throws Problem for each so-many-th write, where a switch says so */
export function disturb(estate: LiveAzure): void {
  const { concurrencyEvery } = estate.fixed.switches
  estate.counts.writes += 1
  if (concurrencyEvery === 0 || estate.counts.writes % concurrencyEvery !== 0) return
  throw new Problem(
    409,
    'Directory_ConcurrencyViolation',
    'Unable to complete the request due to data concurrency violation. Please retry the request.',
  )
}
