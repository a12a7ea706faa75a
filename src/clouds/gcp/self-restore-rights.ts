import { Fault, unlessBug } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Json } from '../../model/json.ts'
import { isObject } from '../../model/json-object.ts'
import type { GcpClient } from './client.ts'
import { mayUse } from './settings/troubleshoot.ts'

/**
 * Predefined roles by which a service account enables itself or its keys again, takes its roles back, or removes a deny policy
 * (IAM documentation, "IAM roles and permissions index").
 */
const POWERS: ReadonlySet<string> = new Set([
  'roles/owner',
  'roles/editor',
  'roles/iam.serviceAccountAdmin',
  'roles/iam.serviceAccountKeyAdmin',
  'roles/iam.securityAdmin',
  'roles/iam.denyAdmin',
  'roles/resourcemanager.projectIamAdmin',
  'roles/resourcemanager.folderAdmin',
  'roles/resourcemanager.folderIamAdmin',
  'roles/resourcemanager.organizationAdmin',
])

/** One permission for each way: the account, its keys, its roles, a deny policy. */
const PERMISSIONS = [
  'iam.serviceAccounts.enable',
  'iam.serviceAccountKeys.enable',
  'resourcemanager.projects.setIamPolicy',
  'iam.denypolicies.delete',
]

/**
 * Names what lets a service account, or the one that a credential belongs to, undo a containment of itself: predefined roles among
 * those that were listed, with what they are on; where there are none, permissions on its project by Policy Troubleshooter,
 * which knows custom roles and groups, too. Other kinds of identity have none. Throws the Fault where Google does not tell.
 */
export async function undoes(client: GcpClient, identity: Identity): Promise<string[]> {
  const { kind, name, facts } = identity
  const email = kind === 'service-account' ? name : facts.serviceAccount
  if (typeof email !== 'string' || email === '') return []
  const listed = kind === 'service-account' ? amongRoles(email, facts.roles, facts.impersonators) : []
  if (listed.length > 0) return listed
  const asked = await Promise.all(PERMISSIONS.map(permission => ask(client, email, permission)))
  const allowed = PERMISSIONS.filter((_, at) => asked[at] === true)
  if (allowed.length > 0 || asked.every(each => each === false)) return allowed
  const fault = asked.find(each => each instanceof Fault)
  if (fault) throw fault
  throw new Fault('unsupported', 'Policy Troubleshooter cannot tell what it may do', {
    where: identity.id,
    next: 'grant roles/iam.securityReviewer, so that it may read the policies and groups that count',
  })
}

async function ask(
  client: GcpClient,
  email: string,
  permission: string,
): Promise<boolean | Fault | undefined> {
  try {
    return await mayUse(client, email, permission)
  } catch (error) {
    const fault = unlessBug(error)
    return fault
  }
}

/** Roles on the project and above it, and on the account itself. */
function amongRoles(email: string, roles: Json | undefined, members: Json | undefined): string[] {
  const own = `serviceaccount:${email}`.toLowerCase()
  const above = recordsIn(roles).flatMap(({ role, resource }) =>
    POWERS.has(String(role)) ? [`${String(role)} on ${String(resource)}`] : [],
  )
  const itself = recordsIn(members).flatMap(({ member, role }) =>
    POWERS.has(String(role)) && String(member).toLowerCase() === own ? [`${String(role)} on itself`] : [],
  )
  return [...new Set([...above, ...itself])]
}

function recordsIn(value: Json | undefined): { [name: string]: Json }[] {
  if (!Array.isArray(value)) return []
  return value.flatMap(each => (isObject(each) ? [each] : []))
}
