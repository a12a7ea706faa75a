import type { LabClock } from '../../clock.ts'
import type { View } from '../../propagation.ts'
import type { LiveAzure } from '../estate.ts'
import { filterOf, type Shown, select } from '../odata.ts'
import type { Claims } from '../token.ts'
import { type Found, Problem } from '../wire.ts'

/** The input of a route. */
export interface GraphCall {
  estate: LiveAzure
  clock: LabClock
  /** How this read sees the directory: late when the index answers it, stale when a fault says so. */
  view: View
  /** How Graph sees the directory when it asks who may do what. */
  enforced: View
  claims: Claims
  /** From the path, by the names in the template; a second `{id}` is `id2`. */
  params: { readonly [name: string]: string }
  query: URLSearchParams
  headers: { readonly [name: string]: string | undefined }
  body: { readonly [member: string]: unknown }
  /** Scheme, host and path of the request, for the address of the next page. */
  address: string
  beta: boolean
}

export interface GraphRoute {
  method: string
  /** As in Microsoft's permission map, without the version. */
  template: string
  /** Alternatives, the least first; each is all that it takes. Empty: anybody with a token. */
  permissions: readonly (readonly string[])[]
  /** Not in v1.0. */
  beta?: true
  writes?: true
  /** It makes an object, which its maker will own: `Application.ReadWrite.OwnedBy` is enough. */
  creates?: true
  /** Object id that `Application.ReadWrite.OwnedBy` must own; `id` of the path when missing. */
  owned?: (call: GraphCall) => string
  /** More than the permissions say; @throws Problem */
  guard?: (call: GraphCall) => void
  run: (call: GraphCall) => Found
}

/** Alternatives of one permission each. */
export function oneOf(...permissions: string[]): string[][] {
  return permissions.map(each => [each])
}

export const OWNED = 'Application.ReadWrite.OwnedBy'
export const READ_APPLICATIONS = oneOf(
  'Application.Read.All',
  OWNED,
  'Application.ReadWrite.All',
  'Directory.Read.All',
)
export const WRITE_APPLICATIONS = oneOf(OWNED, 'Application.ReadWrite.All')

export interface Listing {
  /** Name of the type, e.g. `servicePrincipal`. */
  type: string
  /** Records after a key, in the order of the keys. */
  after: (marker: string | undefined) => Iterable<readonly [string, Shown]>
}

/** A page: at most 100, or `$top` up to 999. */
export function page(call: GraphCall, { type, after }: Listing): Found {
  const { query, address, estate, headers } = call
  const eventual = headers['consistencylevel']?.toLowerCase() === 'eventual'
  if (query.has('$expand') || query.has('$search') || query.has('$orderby')) {
    throw new Problem(501, 'NotImplemented', 'the lab does not know $expand, $search and $orderby')
  }
  const top = Number(query.get('$top') ?? '100')
  if (!Number.isInteger(top) || top < 1 || top > 999) {
    throw new Problem(
      400,
      'Request_UnsupportedQuery',
      'Invalid page size specified. Must be between 1 and 999.',
    )
  }
  const { pageSize } = estate.fixed.switches
  const most = pageSize > 0 ? Math.min(top, pageSize) : top
  const matches = filterOf(query.get('$filter') ?? undefined, eventual)
  const token = query.get('$skiptoken')
  const marker = token === null ? undefined : Buffer.from(token, 'base64url').toString()
  const value: Shown[] = []
  let last = ''
  let more = false
  for (const [key, shown] of after(marker)) {
    if (!matches(shown)) continue
    if (value.length === most) {
      more = true
      break
    }
    value.push(select(shown, query.get('$select') ?? undefined, type))
    last = key
  }
  const next = new URLSearchParams(query)
  next.set('$skiptoken', Buffer.from(last).toString('base64url'))
  return {
    body: {
      '@odata.context': `${address.replace(/\/(v1\.0|beta)\/.*/, '/$1')}/$metadata#${type}s`,
      ...(more ? { '@odata.nextLink': `${address}?${next}` } : {}),
      value,
    },
  }
}

/** One record, with the properties that were selected. */
export function one(call: GraphCall, type: string, shown: Shown): Found {
  const selected = select(shown, call.query.get('$select') ?? undefined, type)
  const context = `${call.address.replace(/\/(v1\.0|beta)\/.*/, '/$1')}/$metadata#${type}s/$entity`
  return { body: { '@odata.context': context, ...selected } }
}

/** Entries of a table whose keys begin so. */
export function* within<T>(
  table: { after(marker: string | undefined, view: View): Iterable<readonly [string, T]> },
  prefix: string,
  marker: string | undefined,
  view: View,
): Generator<readonly [string, T]> {
  for (const entry of table.after(marker ?? prefix, view)) {
    if (!entry[0].startsWith(prefix)) return
    yield entry
  }
}

export function notFound(id: string): Problem {
  return new Problem(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

export function bad(message: string): Problem {
  return new Problem(400, 'Request_BadRequest', message)
}

/** @throws Problem unless it is text */
export function textOf(body: GraphCall['body'], member: string): string {
  const value = body[member]
  if (typeof value === 'string' && value !== '') return value
  throw bad(`Invalid value specified for property '${member}' of resource.`)
}

/** Object id in `{"@odata.id": "https://…/directoryObjects/{id}"}`. */
export function referenceOf(body: GraphCall['body']): string {
  const [, id] = /\/([0-9a-f-]{36})$/i.exec(textOf(body, '@odata.id')) ?? []
  if (id === undefined) throw bad('Invalid reference.')
  return id.toLowerCase()
}
