import { differences, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Json, same } from '../../../model/json.ts'
import type { GcpClient } from '../client.ts'
import { PolicyEditor } from '../policies/editor.ts'
import type { Condition, Delta } from '../policies/policy.ts'
import { type PolicyResource, typeOf } from '../policies/resource.ts'

/**
 * One member's hold on one role of one resource: the member as it is spelt in the policy, and the conditions under which
 * it has the role, `null` for none. One member may have one role several times, under different conditions.
 */
export interface Grant {
  resource: PolicyResource
  role: string
  member: string
  conditions: (Condition | null)[]
}

/** As a facet has it; the resource and the role stand in it again, so that an entry can be put back by itself. */
export function grantToJson({ resource, role, member, conditions }: Grant): Json {
  return { resource, role, member, conditions: [...conditions] }
}

/** Entries of journals are checked before they are written to a cloud. */
export function grantFromJson(value: Json | undefined): Grant | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { resource, role, member, conditions } = value
  if (typeof resource !== 'string' || typeof role !== 'string' || typeof member !== 'string') return undefined
  if (typeOf(resource) === undefined || !Array.isArray(conditions)) return undefined
  const known = conditions.every(each => each === null || (typeof each === 'object' && !Array.isArray(each)))
  return known ? { resource, role, member, conditions: conditions as Grant['conditions'] } : undefined
}

/**
 * Carries out the differing entries, as one edit for each resource; queued before it returns, so that what several
 * identities write in one turn becomes one policy write.
 */
export function writeGrants(client: GcpClient, from: Facet, to: Facet, where: string): Promise<void> {
  const byResource = new Map<PolicyResource, Delta[]>()
  for (const difference of differences(from, to)) {
    const before = grantFromJson(difference.from)
    const after = grantFromJson(difference.to)
    const known = after ?? before
    if (!known || (difference.from !== undefined && !before) || (difference.to !== undefined && !after)) {
      throw new Fault('rejected', `not a grant: ${difference.entry}`, { where })
    }
    const deltas = [...deltasOf('remove', before, after), ...deltasOf('add', after, before)]
    byResource.set(known.resource, [...(byResource.get(known.resource) ?? []), ...deltas])
  }
  const editor = PolicyEditor.of(client)
  const edits = [...byResource].map(([resource, deltas]) =>
    editor.edit(client, resource, deltas).catch((error: unknown) => {
      throw ifMissing(error, deltas)
    }),
  )
  return Promise.all(edits).then(() => undefined)
}

/**
 * A policy is refused whole for one role or member that is not there any more ("Service account … does not exist.",
 * "Role … is not supported for this resource.", "Role … does not exist in the resource's hierarchy."): the fault of an
 * addition, as `missing` where that is what it says of something that these deltas add.
 */
function ifMissing(error: unknown, deltas: readonly Delta[]): unknown {
  if (!(error instanceof Fault) || (error.code !== 'rejected' && error.code !== 'gone')) return error
  const { message } = error
  if (
    !/does not exist|is not supported for this resource|is deleted|was deleted|unknown type/i.test(message)
  ) {
    return error
  }
  const what = deltas
    .filter(({ op }) => op === 'add')
    .flatMap(({ role, member }) => [role, member.replace(/^(?:deleted:)?[a-zA-Z]+:/, '')])
    .find(each => message.toLowerCase().includes(each.toLowerCase()))
  if (what === undefined) return error
  return new Fault('missing', `${what} no longer exists, so it cannot be granted again`, {
    ...(error.where === undefined ? {} : { where: error.where }),
    cause: error,
  })
}

/** The grants that are in one and not in the other. */
function deltasOf(op: Delta['op'], grant: Grant | undefined, other: Grant | undefined): Delta[] {
  if (!grant) return []
  const { role, member, conditions } = grant
  return conditions
    .filter(condition => !other?.conditions.some(each => same(each, condition)))
    .map(condition => ({ op, role, member, ...(condition === null ? {} : { condition }) }))
}
