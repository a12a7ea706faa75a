import type { Identity } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { allDoubts, NOT_KNOWN, youngBecause } from '../../../model/spare-doubts.ts'
import { DIRECTORY_POWERS, WRITE_ALL, WRITE_OWNED } from '../privileged-rights.ts'

/** Azure roles that write tags of a managed identity at their scope (Azure built-in roles). */
const AZURE = new Set(['Owner', 'Contributor', 'Tag Contributor', 'Managed Identity Contributor'])

/** The members that a spare rests on and that the writer of an application may change. */
const MARKS: { readonly [member: string]: string } = { tags: 'this tag', displayName: 'this name' }

/**
 * Says why a mark or a name that spares an identity is not to be relied on: by what was listed about it, the identity may
 * write it itself. Makes no call. The directory dates neither tags nor names.
 */
export async function doubts(
  identity: Identity,
  reads: readonly string[],
  now: number,
): Promise<string | undefined> {
  const marks = [...new Set(reads)].flatMap(member => MARKS[member] ?? [])
  if (marks.length === 0) return youngBecause(identity, now)
  const writes = mayWriteItself(identity)
  return allDoubts([
    writes === true ? `it may write ${marks.join(' and ')} itself` : undefined,
    writes === undefined ? NOT_KNOWN : undefined,
    youngBecause(identity, now),
  ])
}

/** Undefined where what it may do was not listed. */
function mayWriteItself({ kind, uid, facts }: Identity): boolean | undefined {
  const owners = texts(facts.owners)
  const self = kind === 'application' ? String(facts.principal ?? '') : uid
  if (self !== '' && owners?.some(each => each.toLowerCase() === self.toLowerCase())) return true
  if (texts(facts.directoryRoles)?.some(role => DIRECTORY_POWERS.has(role))) return true
  const permissions = members(facts.appRoles, 'value')
  if (permissions?.some(each => WRITE_ALL.has(each))) return true
  // Of its owners only those are listed that these credentials see.
  if (owners === undefined && permissions?.includes(WRITE_OWNED)) return true
  if (kind === 'managed-identity' && writesTags(facts.roles, String(facts.resource ?? ''))) return true
  return permissions === undefined || facts.directoryRoles === undefined ? undefined : false
}

function writesTags(roles: Json | undefined, resource: string): boolean {
  if (!Array.isArray(roles) || resource === '') return false
  return roles.some(each => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return false
    const { role, scope } = each
    if (typeof role !== 'string' || typeof scope !== 'string' || !AZURE.has(role)) return false
    const at = scope.toLowerCase().replace(/\/$/, '')
    return resource.toLowerCase() === at || resource.toLowerCase().startsWith(`${at}/`)
  })
}

function texts(value: Json | undefined): string[] | undefined {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : undefined
}

function members(value: Json | undefined, name: string): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap(each => {
    const found = memberOf(each, name)
    return typeof found === 'string' ? [found] : []
  })
}
