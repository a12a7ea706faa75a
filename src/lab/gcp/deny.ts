import type { View } from '../propagation.ts'
import { holds, type Scope } from './cel.ts'
import type { LiveEstate } from './estate.ts'
import type { DenyPolicy, DenyRule } from './store.ts'

/**
 * The name of a permission in deny policies: service and resource, e.g. `iam.googleapis.com/serviceAccounts.disable`
 * (IAM, "Permissions supported in deny policies").
 */
export function deniableName(permission: string): string {
  const [service = '', ...rest] = permission.split('.')
  const host = service === 'resourcemanager' ? 'cloudresourcemanager' : service
  return `${host}.googleapis.com/${rest.join('.')}`
}

/** Services whose permissions the lab takes into deny rules; a permission of another one is refused with the policy. */
const DENIABLE = new Set(
  'apikeys artifactregistry bigquery cloudbuild cloudfunctions cloudkms cloudresourcemanager cloudsql compute container dns iam logging orgpolicy pubsub run secretmanager serviceusage spanner storage'
    .split(' ')
    .map(service => `${service}.googleapis.com`),
)

/**
 * Not every permission can be denied. Deny policies cannot protect themselves, and switching keys is in no deny policy that
 * is in use, while creating and deleting them is (IAM, "Permissions supported in deny policies").
 */
const NEVER = /^iam\.googleapis\.com\/(denypolicies\.(\*|\w+)|serviceAccountKeys\.(enable|disable|upload))$/

/** `service/resource.action`, or one of the groups `service/resource.*`, `service/*.*`, `service/*.verb`. */
export function isDeniable(name: string): boolean {
  const [, host, rest] = /^([a-z]+\.googleapis\.com)\/((?:[A-Za-z]+|\*)\.(?:[A-Za-z]+|\*))$/.exec(name) ?? []
  return host !== undefined && rest !== undefined && DENIABLE.has(host) && !NEVER.test(name)
}

export interface DenyQuestion {
  /** Every name that deny policies may have for the principal. */
  names: ReadonlySet<string>
  /** As in allow policies, e.g. `iam.serviceAccounts.disable`. */
  permission: string
  /** Resource keys, the resource first. */
  lineage: readonly string[]
  scope: Scope
  view: View
}

/** The deny policies that stand in the way, of the resource's project, folders and organization. */
export function denying(estate: LiveEstate, question: DenyQuestion): DenyPolicy[] {
  const name = deniableName(question.permission)
  return attached(estate, question.lineage, question.view).filter(({ rules }) =>
    rules.some(rule => denies(rule, name, question)),
  )
}

export function attached(estate: LiveEstate, lineage: readonly string[], view: View): DenyPolicy[] {
  const points = new Set(lineage.map(resource => attachmentPoint(estate, resource)))
  const found: DenyPolicy[] = []
  for (const [, policy] of estate.denyPolicies.after(undefined, view)) {
    if (points.has(policy.attachedTo)) found.push(policy)
  }
  return found
}

/** Projects by their number, as responses have them. */
export function attachmentPoint(estate: LiveEstate, resource: string): string {
  const [kind = '', id = ''] = resource.split('/')
  return kind === 'projects' ? `projects/${estate.project(id)?.number ?? id}` : resource
}

function denies({ denyRule }: DenyRule, name: string, { names, scope }: DenyQuestion): boolean {
  const { deniedPrincipals, exceptionPrincipals, deniedPermissions, exceptionPermissions, denialCondition } =
    denyRule
  if (!deniedPrincipals?.some(principal => names.has(principal))) return false
  if (exceptionPrincipals?.some(principal => names.has(principal))) return false
  if (!deniedPermissions?.some(pattern => covers(pattern, name))) return false
  if (exceptionPermissions?.some(pattern => covers(pattern, name))) return false
  // A condition that cannot be evaluated denies ("Deny policies": structure of a deny rule).
  return denialCondition === undefined || holds(denialCondition.expression, scope) !== false
}

function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true
  const [host = '', group = ''] = pattern.split('/')
  const [ownHost = '', own = ''] = name.split('/')
  if (host !== ownHost || !group.includes('*')) return false
  const [resource, action] = group.split('.')
  const [ownResource, ownAction] = own.split('.')
  return (resource === '*' || resource === ownResource) && (action === '*' || action === ownAction)
}
