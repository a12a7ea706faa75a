import { randomUUID } from 'node:crypto'
import type { DirectoryAudit } from '../store.ts'
import { Problem } from '../wire.ts'
import { type GraphCall, type GraphRoute, oneOf, page } from './route.ts'

/** As Microsoft Entra's audit log calls them ("Microsoft Entra audit log categories and activities"). */
const ACTIVITIES: { readonly [operation: string]: string | undefined } = {
  'POST /applications': 'Add application',
  'DELETE /applications/{id}': 'Delete application',
  'POST /applications/{id}/addPassword': 'Update application – Certificates and secrets management',
  'POST /applications/{id}/addKey': 'Update application – Certificates and secrets management',
  'POST /applications/{id}/federatedIdentityCredentials': 'Update application',
  'POST /servicePrincipals': 'Add service principal',
  'DELETE /servicePrincipals/{id}': 'Remove service principal',
  'POST /servicePrincipals/{id}/addPassword': 'Add service principal credentials',
  'POST /servicePrincipals/{id}/addKey': 'Add service principal credentials',
  'PATCH /applications/{id}': 'Update application',
  'PATCH /servicePrincipals/{id}': 'Update service principal',
}
const MOST_ENTRIES = 10_000

/** Writes down who made or changed an application or its principal. @param made id of what a `POST` made */
export function audit({ estate, clock, claims, params }: GraphCall, route: GraphRoute, made: unknown): void {
  const activity = ACTIVITIES[`${route.method} ${route.template}`]
  const id = params['id'] ?? (typeof made === 'string' ? made : undefined)
  if (activity === undefined || id === undefined) return
  const caller = estate.servicePrincipals.get(claims.oid.toLowerCase())
  estate.audits.push({
    id: randomUUID(),
    at: clock.now(),
    activity,
    by: { id: claims.oid, appId: claims.appid, displayName: caller?.displayName ?? claims.appid },
    target: { id, type: route.template.startsWith('/applications') ? 'Application' : 'ServicePrincipal' },
  })
  if (estate.audits.length > MOST_ENTRIES) estate.audits.shift()
}

/** Graph, "List directoryAudits". */
export const audits: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/auditLogs/directoryAudits',
    permissions: oneOf('AuditLog.Read.All'),
    run: call => {
      const query = new URLSearchParams(call.query)
      const matches = matchOf(query.get('$filter') ?? '')
      const order = query.get('$orderby') ?? 'activityDateTime desc'
      const [, direction] = /^activityDateTime(?: (asc|desc))?$/.exec(order) ?? []
      if (!order.startsWith('activityDateTime'))
        throw new Problem(400, 'BadRequest', `Invalid orderby: ${order}`)
      query.delete('$filter')
      query.delete('$orderby')
      const found = call.estate.audits.filter(matches).map(shown)
      if (direction !== 'asc') found.reverse()
      const keyed = found.map((each, at) => [String(at).padStart(9, '0'), each] as const)
      const listed = page(
        { ...call, query },
        {
          type: 'directoryAudit',
          after: marker => keyed.filter(([key]) => marker === undefined || key > marker),
        },
      )
      return withQuery(listed, call.query)
    },
  },
]

/** The address of the next page keeps what was asked. */
function withQuery(found: ReturnType<typeof page>, query: URLSearchParams): typeof found {
  const body = { ...(found.body as { '@odata.nextLink'?: string }) }
  const link = body['@odata.nextLink']
  if (link !== undefined) {
    const next = new URL(link)
    for (const name of ['$filter', '$orderby']) {
      const value = query.get(name)
      if (value !== null) next.searchParams.set(name, value)
    }
    body['@odata.nextLink'] = next.toString()
  }
  return { ...found, body }
}

function shown({ id, at, activity, by, target }: DirectoryAudit) {
  return {
    id,
    category: 'ApplicationManagement',
    correlationId: id,
    result: 'success',
    resultReason: '',
    activityDisplayName: activity,
    activityDateTime: at,
    loggedByService: 'Core Directory',
    operationType: activity.split(' ')[0],
    initiatedBy: {
      user: null,
      app: {
        appId: by.appId,
        displayName: by.displayName,
        servicePrincipalId: by.id,
        servicePrincipalName: null,
      },
    },
    targetResources: [{ id: target.id, displayName: null, type: target.type, modifiedProperties: [] }],
    additionalDetails: [],
  }
}

/** `activityDateTime ge …` and `category eq '…'`, joined by `and`. */
function matchOf(filter: string): (audit: DirectoryAudit) => boolean {
  if (filter === '') return () => true
  const terms = filter.split(/ and /i).map(term => {
    const [, since] = /^activityDateTime ge (\S+)$/i.exec(term.trim()) ?? []
    if (since !== undefined && !Number.isNaN(Date.parse(since))) {
      return ({ at }: DirectoryAudit) => Date.parse(at) >= Date.parse(since)
    }
    const [, category] = /^category eq '([^']*)'$/i.exec(term.trim()) ?? []
    if (category !== undefined) return () => category === 'ApplicationManagement'
    throw new Problem(400, 'BadRequest', `Invalid filter clause: ${term}`)
  })
  return each => terms.every(holds => holds(each))
}
