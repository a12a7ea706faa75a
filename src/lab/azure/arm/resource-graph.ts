import { randomUUID } from 'node:crypto'
import type { LiveAzure } from '../estate.ts'
import { Problem } from '../wire.ts'
import { shownIdentity } from './identities.ts'
import { parseQuery, type Row } from './query.ts'
import { allows, covers, lineage } from './rbac.ts'
import { shownResource } from './resources.ts'
import { assignmentIdOf, shownAssignment } from './role-assignments.ts'
import type { ArmCall, ArmRoute } from './route.ts'

/** The rows that Resource Graph has of a table: late, and only those that the caller may read. */
function* rowsOf(call: ArmCall, table: string): Generator<Row> {
  const { estate, enforced } = call
  const wanted = scopesOf(call)
  const inScope = (scope: string) => wanted.length === 0 || wanted.some(each => covers(estate, each, scope))
  if (table === 'authorizationresources') {
    const readable = memo(scope => may(call, 'Microsoft.Authorization/roleAssignments/read', scope))
    for (const each of estate.everyAssignment(enforced)) {
      const above = wanted.some(scope => covers(estate, each.scope, scope))
      if (!(inScope(each.scope) || above) || !readable(subscriptionOf(each.scope) ?? each.scope)) continue
      const shown = shownAssignment(each)
      yield { ...shown, id: assignmentIdOf(each), type: shown.type.toLowerCase(), ...where(call, each.scope) }
    }
    const scope = wanted[0] ?? '/'
    for (const { name, ...properties } of estate.roleDefinitions.values()) {
      yield {
        id: `/providers/microsoft.authorization/roledefinitions/${name}`,
        type: 'microsoft.authorization/roledefinitions',
        name,
        properties,
        ...where(call, scope),
      }
    }
    return
  }
  if (table === 'resources') {
    const readable = memo(scope => may(call, 'Microsoft.Resources/subscriptions/resources/read', scope))
    const seen = (id: string) => inScope(id) && readable(subscriptionOf(id) ?? id)
    for (const [, each] of estate.resources.after(undefined, enforced)) {
      if (!seen(each.id)) continue
      const shown = shownResource(estate, each)
      yield {
        ...shown,
        type: each.type.toLowerCase(),
        ...where(call, each.id),
        identity: shown['identity'] ?? null,
      }
    }
    for (const [, each] of estate.identities.after(undefined, enforced)) {
      const shown = shownIdentity(each, estate.fixed.tenant.id)
      if (seen(each.id))
        yield { ...shown, type: shown.type.toLowerCase(), ...where(call, each.id), identity: null }
    }
    return
  }
  if (table === 'resourcecontainers') {
    for (const { subscriptionId, displayName, state, ...rest } of estate.fixed.subscriptions) {
      const id = `/subscriptions/${subscriptionId}`
      if (!inScope(id) || !may(call, 'Microsoft.Resources/subscriptions/read', id)) continue
      const managementGroupAncestorsChain = lineage(estate, id).map(name => ({ name }))
      yield {
        id,
        type: 'microsoft.resources/subscriptions',
        name: displayName,
        properties: { state, managementGroupAncestorsChain, ...rest },
        ...where(call, id),
      }
    }
    return
  }
  throw new Problem(501, 'NotImplemented', `the lab does not know the table ${table}`)
}

function may({ estate, enforced, claims }: ArmCall, action: string, scope: string): boolean {
  return allows(estate, enforced, { claims, action, scope })
}

function memo(test: (scope: string) => boolean): (scope: string) => boolean {
  const known = new Map<string, boolean>()
  return scope => {
    const before = known.get(scope)
    if (before !== undefined) return before
    const result = test(scope)
    known.set(scope, result)
    return result
  }
}

function where({ estate }: ArmCall, scope: string) {
  return {
    tenantId: estate.fixed.tenant.id,
    subscriptionId: /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? '',
    resourceGroup: /\/resourceGroups\/([^/]+)/i.exec(scope)?.[1]?.toLowerCase() ?? '',
  }
}

function subscriptionOf(scope: string): string | undefined {
  return /^\/subscriptions\/[^/]+/i.exec(scope)?.[0]
}

interface Result {
  rows: Row[]
  query: string
}

/** All pages of an answer come from one look, by the caller and its number. */
const RESULTS = new WeakMap<LiveAzure, Map<string, Result>>()
const KEPT = 8

function goOn({ estate, claims }: ArmCall, { from, ...result }: Result & { from: number }): string {
  const results = RESULTS.get(estate) ?? new Map<string, Result>()
  RESULTS.set(estate, results)
  const known = [...results].find(([, { rows }]) => rows === result.rows)?.[0]
  const name = known ?? `${claims.oid}/${randomUUID()}`
  results.set(name, result)
  const [oldest] = results.keys()
  if (results.size > KEPT && oldest !== undefined) results.delete(oldest)
  return Buffer.from(JSON.stringify([name, from])).toString('base64url')
}

function begun({ estate, claims }: ArmCall, token: string, query: string): { rows: Row[]; from: number } {
  const [name, from] = namedBy(token)
  const result = RESULTS.get(estate)?.get(name)
  if (result === undefined || result.query !== query || !name.startsWith(`${claims.oid}/`)) {
    throw new Problem(400, 'BadRequest', 'The skip token is not valid for this query.')
  }
  return { rows: result.rows, from }
}

function namedBy(token: string): [name: string, from: number] {
  try {
    const [name, from] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
    return [String(name), Number(from)]
  } catch {
    return ['', 0]
  }
}

/** The subscriptions and management groups that a query is limited to; none for all that can be read. */
function scopesOf({ body }: ArmCall): string[] {
  const list = (member: string) => (Array.isArray(body[member]) ? body[member].map(String) : [])
  return [
    ...list('subscriptions').map(id => `/subscriptions/${id}`),
    ...list('managementGroups').map(name => `/providers/Microsoft.Management/managementGroups/${name}`),
  ]
}

export const resourceGraph: ArmRoute = {
  method: 'POST',
  pattern: /^\/providers\/Microsoft\.ResourceGraph\/resources$/i,
  action: 'Microsoft.ResourceGraph/resources/read',
  versions: /^(?:2021-03-01|2022-10-01|2024-04-01)$/,
  open: true,
  run: call => {
    const { query, options = {} } = call.body as {
      query?: unknown
      options?: { $top?: number; $skipToken?: string; $skip?: number }
    }
    if (typeof query !== 'string') throw new Problem(400, 'BadRequest', 'Query is required.')
    const { table, run } = parseQuery(query)
    const { pageSize } = call.estate.fixed.switches
    const top = Math.min(options.$top ?? 100, pageSize > 0 ? pageSize : 1000)
    const next = options.$skipToken === undefined ? undefined : begun(call, options.$skipToken, query)
    const from = next?.from ?? options.$skip ?? 0
    const rows = next?.rows ?? run(rowsOf(call, table))
    const data = rows.slice(from, from + top)
    const more = from + top < rows.length
    // Without ids there is nothing to go on from.
    const paged = more && data.every(row => 'id' in row)
    return {
      headers: { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:05' },
      body: {
        totalRecords: rows.length,
        count: data.length,
        data,
        facets: [],
        resultTruncated: String(more && !paged),
        ...(paged ? { $skipToken: goOn(call, { rows, query, from: from + top }) } : {}),
      },
    }
  },
}
