import { createHash } from 'node:crypto'
import { identityOf } from './binding.ts'
import { mistakeIn } from './cel.ts'
import type { LiveEstate } from './estate.ts'
import { concurrent, invalid } from './google-error.ts'
import { checkMembers } from './members.ts'
import type { AuditConfig, Binding, Expression, Policy, StoredPolicy } from './store.ts'

/** The etag of a policy that nobody ever set. */
export const EMPTY_ETAG = 'ACAB'

/** "The number of members": every appearance counts, those exempted from audit too (IAM, "Quotas and limits"). */
const MOST_MEMBERS = 1500

export function etagOf(resource: string, { revision }: { revision: number }): string {
  if (revision === 0) return EMPTY_ETAG
  const hash = createHash('sha256').update(`${resource}#${revision}`).digest()
  return Buffer.concat([Buffer.from([7]), hash.subarray(0, 6)]).toString('base64')
}

/**
 * A policy as it is shown. A caller that does not ask for version 3 sees conditional bindings under another role name and
 * without their condition (IAM, "Policy versions" and "Troubleshoot: _withcond_ in role names").
 */
export function shown(resource: string, stored: StoredPolicy, requestedVersion: number): object {
  const etag = etagOf(resource, stored)
  if (stored.revision === 0) return { etag }
  const conditional = stored.bindings.some(({ condition }) => condition !== undefined)
  const { bindings, auditConfigs } = stored
  return {
    version: conditional && requestedVersion >= 3 ? 3 : 1,
    etag,
    ...(bindings.length > 0 ? { bindings: requestedVersion >= 3 ? bindings : bindings.map(disguised) } : {}),
    ...(auditConfigs !== undefined && auditConfigs.length > 0 ? { auditConfigs } : {}),
  }
}

function disguised({ role, members, condition }: Binding): Binding {
  if (condition === undefined) return { role, members }
  const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20)
  return { role: `${role}_withcond_${hash}`, members }
}

/**
 * Returns the policy that a setIamPolicy leaves.
 * @param value the body's `policy`, unchecked
 * @param mask the body's `updateMask`; `bindings, etag` when missing, so that audit configs stay as they are
 * @throws GoogleError ABORTED for an old etag, INVALID_ARGUMENT and FAILED_PRECONDITION for a policy that is refused
 */
export function replaced(
  estate: LiveEstate,
  resource: string,
  stored: StoredPolicy,
  value: unknown,
  mask: unknown,
): StoredPolicy {
  const { version, etag, bindings, auditConfigs } = policyOf(value)
  const fields = fieldsOf(mask)
  const conditional = stored.bindings.some(({ condition }) => condition !== undefined)
  if (etag !== undefined && etag !== etagOf(resource, stored)) throw concurrent()
  if (version < 3 && bindings.some(({ condition }) => condition !== undefined)) {
    throw invalid('Policy version must be set to 3 for a policy that has conditional role bindings.')
  }
  // Without an etag nothing protects what an old client cannot see: the conditions are lost.
  if (version < 3 && conditional && etag !== undefined) {
    throw invalid(
      'The policy contains conditional role bindings, so that the version of the policy that is set must be 3.',
    )
  }
  const next: Policy = {
    bindings: fields.has('bindings') ? merged(bindings) : stored.bindings,
    ...(fields.has('auditConfigs')
      ? { auditConfigs }
      : stored.auditConfigs === undefined
        ? {}
        : { auditConfigs: stored.auditConfigs }),
  }
  for (const { role, condition } of next.bindings) {
    const isOld = stored.bindings.some(each => each.role === role)
    if (!isOld && estate.permissionsOf(role) === undefined) {
      throw invalid(`Role ${role} is not supported for this resource.`)
    }
    if (condition !== undefined) checkCondition(condition)
  }
  const count = sizeOf(next)
  if (count > MOST_MEMBERS) {
    throw invalid(
      `The number of members in the policy (${count.toLocaleString('en-US')}) is larger than the maximum allowed size 1,500.`,
    )
  }
  checkMembers(estate, resource, stored.bindings, next.bindings)
  return { ...next, revision: stored.revision + 1 }
}

function checkCondition({ expression }: Expression): void {
  const mistake = mistakeIn(expression)
  if (mistake !== undefined) throw invalid(`Condition expression compilation failed: ${mistake}`)
}

function sizeOf({ bindings, auditConfigs = [] }: Policy): number {
  let count = 0
  for (const { members } of bindings) count += members.length
  for (const { auditLogConfigs } of auditConfigs) {
    for (const { exemptedMembers = [] } of auditLogConfigs) count += exemptedMembers.length
  }
  return count
}

/** Bindings with the same role and condition are one; a member is in it once, its email in lower case. */
function merged(bindings: readonly Binding[]): Binding[] {
  const found = new Map<string, Binding>()
  for (const { role, members, condition } of bindings) {
    const key = identityOf({ role, members, ...(condition === undefined ? {} : { condition }) })
    const known = found.get(key)
    const all = new Set([...(known?.members ?? []), ...members.map(lowered)])
    found.set(key, { role, members: [...all], ...(condition === undefined ? {} : { condition }) })
  }
  return [...found.values()]
}

function lowered(member: string): string {
  return /^(?:deleted:)?(?:user|serviceAccount|group|domain):[^[]*$/.test(member)
    ? member.replace(/:[^:]*@[^?]*/, part => part.toLowerCase())
    : member
}

interface Sent {
  version: number
  etag: string | undefined
  bindings: Binding[]
  auditConfigs: AuditConfig[]
}

function policyOf(value: unknown): Sent {
  if (!isRecord(value)) throw invalid('Policy is required.')
  const { version = 0, etag, bindings = [], auditConfigs = [] } = value
  if (typeof version !== 'number' || ![0, 1, 3].includes(version)) throw invalid('Invalid policy version.')
  if (etag !== undefined && typeof etag !== 'string') throw invalid('Invalid value at policy.etag.')
  if (!Array.isArray(bindings) || !bindings.every(isBinding))
    throw invalid('Invalid value at policy.bindings.')
  if (!Array.isArray(auditConfigs) || !auditConfigs.every(isAuditConfig)) {
    throw invalid('Invalid value at policy.audit_configs.')
  }
  for (const { role, members } of bindings) {
    if (members.length === 0) throw invalid(`The binding of ${role} has no members.`)
  }
  return { version, etag, bindings, auditConfigs }
}

function fieldsOf(mask: unknown): ReadonlySet<string> {
  if (mask === undefined || mask === '') return new Set(['bindings', 'etag'])
  if (typeof mask !== 'string') throw invalid('Invalid value at update_mask.')
  return new Set(mask.split(',').map(field => field.trim().replace('audit_configs', 'auditConfigs')))
}

function isBinding(value: unknown): value is Binding {
  if (!isRecord(value)) return false
  const { role, members, condition } = value
  return (
    typeof role === 'string' &&
    Array.isArray(members) &&
    members.every(member => typeof member === 'string') &&
    (condition === undefined || (isRecord(condition) && typeof condition.expression === 'string'))
  )
}

function isAuditConfig(value: unknown): value is AuditConfig {
  return isRecord(value) && typeof value.service === 'string' && Array.isArray(value.auditLogConfigs)
}

export function isRecord(value: unknown): value is { [member: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
