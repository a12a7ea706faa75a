import type { Right } from '../../model/capability.ts'
import { unlessBug } from '../../model/fault.ts'
import { Answers, perClient } from '../kit/session/per-client.ts'
import type { AzureClient } from './client.ts'
import { armCall, authorization, DENY_READ, RIGHTS_READ, ROLE_READ, VERSIONS } from './settings/arm.ts'
import { scopeText } from './settings/display-names.ts'
import { grants, type Right as RoleRight } from './settings/restore-rights.ts'

/** Scopes below a subscription that are asked about. */
const BELOW = 20

/** Conditions narrow whom roles are given to and taken from ("Delegate Azure access management to others"). */
const CONDITIONAL = /^Microsoft\.Authorization\/roleAssignments\/(write|delete)$/i

/**
 * Whether we may do each action in the subscriptions of the scope, by what Azure says that we may do there (Azure RBAC,
 * "Permissions - List"), by our own role assignments below them, and by deny assignments that name us. Reads only.
 */
export async function resourceRights(
  client: AzureClient,
  actions: readonly string[],
): Promise<Map<string, Right>> {
  if (actions.length === 0) return new Map()
  const scopes = client.subscriptions.map(({ id }) => `/subscriptions/${id}`)
  if (scopes.length === 0) {
    const why = 'no subscription is shown to these credentials'
    return new Map(actions.map(each => [each, { held: 'unknown', why }]))
  }
  const found = await Promise.all(
    scopes.map(async scope => ({ scope, held: await heldAt(client, scope, actions) })),
  )
  const named = (scope: string) => scopeText(scope, client.subscriptions)
  return new Map(
    actions.map(action => {
      const its = found.map(({ scope, held }) => ({ scope, right: held.get(action) ?? UNASKED }))
      return [action, merged(its, named)]
    }),
  )
}

const UNASKED: Right = { held: 'unknown', why: 'it was not asked about' }

function merged(its: readonly { scope: string; right: Right }[], named: (scope: string) => string): Right {
  const [first] = its
  if (first !== undefined && its.length === 1) return first.right
  const no = its.filter(({ right }) => right.held === 'no')
  if (no.length === its.length) return first?.right ?? UNASKED
  const unknown = its.map(({ right }) => right).find(({ held }) => held === 'unknown')
  if (unknown !== undefined) return unknown
  const part = its.flatMap(({ scope, right }) =>
    right.held === 'part'
      ? [`on ${named(scope)} ${right.where}`]
      : right.held === 'no'
        ? [`not on ${named(scope)}`]
        : [],
  )
  return part.length === 0 ? { held: 'yes' } : { held: 'part', where: part.join('; ') }
}

async function heldAt(
  client: AzureClient,
  scope: string,
  actions: readonly string[],
): Promise<Map<string, Right>> {
  const rights = await rightsAt(client, scope)
  if (!Array.isArray(rights))
    return new Map(actions.map(each => [each, { held: 'unknown', why: rights.why }]))
  const lacking = actions.filter(each => !rights.some(right => grants(right, each)))
  const [below, denies] = await Promise.all([
    lacking.length > 0 ? belowOf(client, scope) : [],
    deniesOf(client, scope),
  ])
  return new Map(
    actions.map((action): [string, Right] => {
      // Azure has just answered it.
      if (action === RIGHTS_READ) return [action, { held: 'yes' }]
      const deny = denies.find(({ permissions }) => permissions.some(each => grants(each, action)))
      if (deny !== undefined) {
        const where = `denied by deny assignment ${deny.name}`
        return [action, deny.whole ? { held: 'no', where } : { held: 'part', where }]
      }
      const giving = rights.filter(right => grants(right, action))
      if (giving.length === 0) {
        const only = below.filter(each => each.rights.some(right => grants(right, action)))
        if (only.length === 0) return [action, { held: 'no' }]
        return [action, { held: 'part', where: `only at ${only.map(each => each.scope).join(', ')}` }]
      }
      if (CONDITIONAL.test(action) && giving.every(({ condition }) => condition)) {
        return [
          action,
          { held: 'unknown', why: `our own role assignment that gives ${action} has a condition` },
        ]
      }
      return [action, { held: 'yes' }]
    }),
  )
}

const rightsOf = perClient((_: AzureClient) => new Answers<RoleRight[]>())

/** Our rights at a scope, or why Azure does not say. */
export async function rightsAt(client: AzureClient, scope: string): Promise<RoleRight[] | { why: string }> {
  try {
    return await rightsOf(client).once(scope.toLowerCase(), async () => {
      const id = authorization(scope, 'permissions')
      return await Array.fromAsync(
        client.pages<RoleRight>(armCall('GET', RIGHTS_READ, id, VERSIONS.permissions)),
      )
    })
  } catch (error) {
    return { why: whyOf(error, RIGHTS_READ) }
  }
}

/** @returns the permission where that is what is missing, else what the cloud says. Throws `bug` and `interrupted`. */
export function whyOf(error: unknown, permission: string): string {
  const fault = unlessBug(error)
  return fault.code === 'denied' ? permission : fault.message
}

interface Assignment {
  properties?: { scope?: string | null } | null
}

/** Scopes below one at which roles are assigned to us or our groups, with what we may do there. */
async function belowOf(
  client: AzureClient,
  scope: string,
): Promise<{ scope: string; rights: RoleRight[] }[]> {
  const { oid } = await client.claims()
  if (oid === undefined) return []
  try {
    const call = armCall(
      'GET',
      ROLE_READ,
      authorization(scope, 'roleAssignments'),
      VERSIONS.roleAssignments,
      {
        filter: `assignedTo('${oid}')`,
      },
    )
    const own = await Array.fromAsync(client.pages<Assignment>(call))
    const scopes = own.flatMap(({ properties }) => properties?.scope ?? [])
    const below = [
      ...new Set(scopes.filter(each => each.toLowerCase().startsWith(`${scope.toLowerCase()}/`))),
    ]
    return await Promise.all(
      below.slice(0, BELOW).map(async each => {
        const rights = await rightsAt(client, each)
        return { scope: each, rights: Array.isArray(rights) ? rights : [] }
      }),
    )
  } catch (error) {
    whyOf(error, ROLE_READ)
    return []
  }
}

interface DenyAssignment {
  properties?: {
    denyAssignmentName?: string | null
    scope?: string | null
    denyAssignmentEffect?: string | null
    permissions?: RoleRight[] | null
    principals?: { id: string }[] | null
    excludePrincipals?: { id: string }[] | null
  } | null
}

/** Deny assignments that name us, at a scope, above and below; none where they may not be read. */
async function deniesOf(
  client: AzureClient,
  scope: string,
): Promise<{ name: string; permissions: RoleRight[]; whole: boolean }[]> {
  const { oid } = await client.claims()
  if (oid === undefined) return []
  try {
    const call = armCall('GET', DENY_READ, authorization(scope, 'denyAssignments'), DENY_VERSION, {
      filter: `principalId eq '${oid}'`,
    })
    const denies = await Array.fromAsync(client.pages<DenyAssignment>(call))
    const isUs = ({ id }: { id: string }) => id.toLowerCase() === oid.toLowerCase()
    return denies.flatMap(({ properties }) => {
      const { principals, excludePrincipals, permissions, denyAssignmentName, denyAssignmentEffect } =
        properties ?? {}
      if (denyAssignmentEffect === 'audit' || excludePrincipals?.some(isUs) || !principals?.some(isUs))
        return []
      const whole = !(properties?.scope ?? '').toLowerCase().startsWith(`${scope.toLowerCase()}/`)
      return [{ name: denyAssignmentName ?? '', permissions: permissions ?? [], whole }]
    })
  } catch (error) {
    whyOf(error, DENY_READ)
    return []
  }
}

/** Every cloud has this one; those that are made need a preview (azure-rest-api-specs, Microsoft.Authorization). */
const DENY_VERSION = '2022-04-01'
