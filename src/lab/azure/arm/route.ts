import type { LabClock } from '../../clock.ts'
import type { View } from '../../propagation.ts'
import type { LiveAzure } from '../estate.ts'
import type { Claims } from '../token.ts'
import { type Found, Problem } from '../wire.ts'
import { allows, denied } from './rbac.ts'

/** The input of a route. */
export interface ArmCall {
  estate: LiveAzure
  clock: LabClock
  /** How this read sees the estate. */
  view: View
  /** How role and deny assignments are enforced. */
  enforced: View
  claims: Claims
  /** The parts of the address, without `api-version`. `scope` begins with `/`. */
  params: { readonly [name: string]: string }
  query: URLSearchParams
  body: { readonly [member: string]: unknown }
  base: string
  path: string
}

export interface ArmRoute {
  method: string
  /** Groups by name: `scope`, `name` and what the route needs. */
  pattern: RegExp
  /** The action, which is also the operation's name; `{type}` stands for the resource type of the address. */
  action: string
  /** Accepted values of `api-version`. */
  versions: RegExp
  writes?: true
  /** Where the permission is asked; the scope of the address when missing. */
  scope?: (call: ArmCall) => string
  /** The route shows only what the caller may see, or asks itself. */
  open?: true
  run: (call: ArmCall) => Found
}

/** @throws Problem unless these credentials may do it there */
export function permit(
  call: ArmCall,
  action: string,
  scope: string,
  attributes?: { [attribute: string]: string },
): void {
  const { estate, enforced, claims } = call
  const asked = { claims, action, scope, ...(attributes === undefined ? {} : { attributes }) }
  if (allows(estate, enforced, asked)) return
  const deny = denied(estate, enforced, asked)
  const who = `The client '${claims.appid}' with object id '${claims.oid}'`
  throw deny === undefined
    ? new Problem(
        403,
        'AuthorizationFailed',
        `${who} does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      )
    : new Problem(
        403,
        'DenyAssignmentAuthorizationFailed',
        `${who} has permission to perform action '${action}' on scope '${scope}'; however, the access is denied because of the deny assignment with name '${deny.denyAssignmentName}' and Id '${deny.name}' at scope '${deny.scope}'.`,
      )
}

/** A page of a list in ARM's form: 1000 at most, fewer where a switch says so. */
export function armPage(call: ArmCall, entries: Iterable<readonly [string, unknown]>): Found {
  const { pageSize } = call.estate.fixed.switches
  const most = pageSize > 0 ? pageSize : 1000
  const token = call.query.get('$skipToken')
  const marker = token === null ? undefined : Buffer.from(token, 'base64url').toString()
  const value: unknown[] = []
  let last = ''
  for (const [key, entry] of entries) {
    if (marker !== undefined && key <= marker) continue
    if (value.length === most) {
      const next = new URLSearchParams(call.query)
      next.set('$skipToken', Buffer.from(last).toString('base64url'))
      return { body: { value, nextLink: `${call.base}${call.path}?${next}` } }
    }
    value.push(entry)
    last = key
  }
  return { body: { value } }
}

export function propertiesOf({ body }: ArmCall): { readonly [member: string]: unknown } {
  const { properties } = body
  if (typeof properties === 'object' && properties !== null) return { ...properties }
  throw new Problem(400, 'InvalidRequestContent', 'The request content was invalid: properties are missing.')
}

export function textIn(properties: { readonly [member: string]: unknown }, member: string): string | null {
  const value = properties[member]
  return typeof value === 'string' ? value : null
}
