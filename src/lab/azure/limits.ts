import type { Limit } from '../throttle.ts'

export interface Drawing {
  service: string
  method: string
  /** Path and query. */
  url: string
  /** App id; of a call without a token there is none. */
  caller: string | undefined
  tenant: string
  /** Users of the tenant, which decide its size. */
  users: number
  /** Requests in a `$batch`; 1 for any other call. */
  items: number
}

/** Resource units of one application in ten seconds, by users of the tenant (Microsoft Graph throttling limits). */
const UNITS = (users: number) => (users < 50 ? 3500 : users <= 500 ? 5000 : 8000)

/** The bucket that a Graph or Resource Manager call draws from; none for the others. */
export function limitsOf(drawing: Drawing): Limit[] {
  if (drawing.service === 'graph') return graph(drawing)
  return drawing.service === 'arm' ? arm(drawing) : []
}

/** "Microsoft Graph service-specific throttling limits": identity and access, conditional access, reports. */
function graph({ method, url, caller = '(unsigned)', tenant, users, items }: Drawing): Limit[] {
  const writes = method !== 'GET' && !url.includes('$batch')
  const limits: Limit[] = [
    bucket('graph units', caller, UNITS(users), UNITS(users) / 10, unitsOf(method, url) * items),
  ]
  if (writes) {
    limits.push(bucket('graph writes', caller, 3000, 3000 / 150))
    limits.push(bucket('graph writes of all applications', tenant, 18_000, 18_000 / 300))
  }
  // One request a second for all applications together, and no header that says how long to wait.
  if (/\/identity\/conditionalAccess\//i.test(url)) {
    limits.push({ ...bucket('graph conditional access', tenant, 1, 1), silent: true })
  }
  if (/\/(?:reports|auditLogs)\//i.test(url)) limits.push(bucket('graph reports', caller, 5, 0.5))
  if (/[?&](?:\$|%24)select=[^&]*keyCredentials/i.test(url)) {
    limits.push(bucket('graph keys', tenant, 150, 150 / 60))
  }
  return limits
}

/** `$select` makes a read cheaper by one, down to one. */
function unitsOf(method: string, url: string): number {
  if (method !== 'GET') return 1
  const base = /\/members(?:\?|$)/.test(url)
    ? 3
    : /\/(?:applications|appRoleAssignments|oauth2PermissionGrants)(?:\?|$)/.test(url)
      ? 2
      : 1
  return Math.max(1, base - (/[?&](?:\$|%24)select=/.test(url) ? 1 : 0))
}

/** By principal and subscription ("How Azure Resource Manager throttles requests", token buckets). */
function arm({ method, url, caller = '(unsigned)', tenant }: Drawing): Limit[] {
  const [, subscription = tenant] = /^\/subscriptions\/([^/?]+)/i.exec(url) ?? []
  const [kind, size, perSecond] =
    method === 'DELETE'
      ? (['deletes', 200, 10] as const)
      : method === 'PUT' || method === 'PATCH'
        ? (['writes', 200, 10] as const)
        : (['reads', 250, 25] as const)
  return [bucket(`arm ${kind}`, `${caller} ${subscription.toLowerCase()}`, size, perSecond)]
}

function bucket(family: string, owner: string, size: number, perSecond: number, cost = 1): Limit {
  return { family: `azure ${family}`, owner, size, perSecond, cost }
}
