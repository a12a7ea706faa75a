import type { View } from '../propagation.ts'
import { holds, type Scope } from './cel.ts'
import { denying } from './deny.ts'
import type { LiveEstate } from './estate.ts'
import { errorInfo, GoogleError } from './google-error.ts'
import { denyNamesOf, membersOf, type Principal } from './principal.ts'
import type { Binding } from './store.ts'

/** A thing that permission is asked on. */
export interface Resource {
  /** As policies are found, e.g. `serviceAccounts/<email>`. */
  key: string
  /** As in conditions; the key's own form when missing. */
  name?: string
  service?: string
  type?: string
}

export interface Question {
  principal: Principal
  permission: string
  resource: Resource
  /** How the data plane sees the estate. */
  view: View
  /** Milliseconds. */
  now: number
}

export type Verdict = 'granted' | 'not granted' | 'denied'

/** Deny policies before allow policies, both inherited from project, folders and organization. */
export function judge(estate: LiveEstate, question: Question): Verdict {
  const { principal, permission, resource, view, now } = question
  const lineage = estate.lineage(resource.key)
  const scope = scopeOf(resource, now)
  const names = denyNamesOf(estate, principal)
  if (denying(estate, { names, permission, lineage, scope, view }).length > 0) return 'denied'
  const members = membersOf(estate, principal)
  for (const at of lineage) {
    for (const binding of estate.policy(at, view).bindings) {
      if (grants(estate, binding, { permission, members, scope, view })) return 'granted'
    }
  }
  return 'not granted'
}

/** @throws GoogleError PERMISSION_DENIED */
export function permit(estate: LiveEstate, question: Question): void {
  const verdict = judge(estate, question)
  if (verdict === 'granted') return
  const { permission, resource } = question
  const name = resource.name ?? resource.key
  throw new GoogleError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${name}' (or it may not exist).`,
    [errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource: name })],
  )
}

/** A condition that cannot be evaluated grants nothing. */
function grants(
  estate: LiveEstate,
  { role, members, condition }: Binding,
  {
    permission,
    members: caller,
    scope,
    view,
  }: { permission: string; members: ReadonlySet<string>; scope: Scope; view: View },
): boolean {
  if (!estate.permissionsOf(role, view)?.has(permission)) return false
  if (!members.some(member => caller.has(member))) return false
  return condition === undefined || holds(condition.expression, scope) === true
}

export function scopeOf({ key, name = key, service = '', type = '' }: Resource, now: number): Scope {
  return { request: { time: new Date(now) }, resource: { name, service, type } }
}
