import type { LiveAzure } from '../estate.ts'
import type { Json, Resource, ResourceIdentity } from '../store.ts'
import { Problem } from '../wire.ts'
import { type ArmCall, type ArmRoute, armPage, permit } from './route.ts'

/** Resources of any type: read, listed by type, and updated in part. */

const GROUP = '/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?'
const ONE =
  '(?<scope>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/(?<type>Microsoft\\.[^/]+/[^/]+)/(?<name>[^/]+))'
const VERSIONS = /^\d{4}-\d\d-\d\d(?:-preview)?$/

export function shownResource(estate: LiveAzure, resource: Resource): { [member: string]: unknown } {
  const { id, type, location, tags, identity, properties } = resource
  return {
    id,
    name: id.split('/').at(-1),
    type,
    location,
    tags,
    ...(identity === null ? {} : { identity: shownIdentity(estate, identity) }),
    properties,
  }
}

function shownIdentity(estate: LiveAzure, { type, principalId, userAssignedIdentities }: ResourceIdentity) {
  const assigned = userAssignedIdentities.map(id => {
    const found = estate.identities.get(id.toLowerCase())
    return [
      id,
      found === undefined ? {} : { principalId: found.principalId, clientId: found.clientId },
    ] as const
  })
  return {
    type,
    ...(principalId === null ? {} : { principalId, tenantId: estate.fixed.tenant.id }),
    ...(assigned.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(assigned) }),
  }
}

function the(call: ArmCall, view = call.view): Resource {
  const id = call.params['scope'] ?? ''
  const found = call.estate.resources.get(id.toLowerCase(), view)
  if (found === undefined) throw new Problem(404, 'ResourceNotFound', `The Resource '${id}' was not found.`)
  return found
}

/** As the request leaves it: identities are added with `{}` and taken off with null; their keys' casing does not matter. */
function identityAfter(
  call: ArmCall,
  before: ResourceIdentity | null,
  given: unknown,
): ResourceIdentity | null {
  if (typeof given !== 'object' || given === null) return before
  const { type, userAssignedIdentities: changes } = given as {
    type?: unknown
    userAssignedIdentities?: unknown
  }
  const wanted = typeof type === 'string' ? type : (before?.type ?? 'None')
  const system = /SystemAssigned/i.test(wanted)
  if (before?.principalId != null && !system) {
    throw new Problem(
      501,
      'NotImplemented',
      'the lab does not delete system-assigned identities: that cannot be undone',
    )
  }
  let assigned = before?.userAssignedIdentities ?? []
  for (const [id, value] of Object.entries((changes ?? {}) as { [id: string]: Json })) {
    const same = (each: string) => each.toLowerCase() === id.toLowerCase()
    if (value === null) assigned = assigned.filter(each => !same(each))
    else if (!assigned.some(same)) {
      if (call.estate.identities.get(id.toLowerCase()) === undefined) {
        throw new Problem(
          400,
          'FailedIdentityOperation',
          `Identity operation failed: '${id}' does not exist.`,
        )
      }
      permit(call, 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action', id)
      assigned = [...assigned, id]
    }
  }
  if (!/UserAssigned/i.test(wanted.replace(/SystemAssigned/i, ''))) assigned = []
  if (assigned.length === 0 && !system) return null
  const types = [...(system ? ['SystemAssigned'] : []), ...(assigned.length > 0 ? ['UserAssigned'] : [])]
  return {
    type: types.join(', '),
    principalId: before?.principalId ?? null,
    userAssignedIdentities: assigned,
  }
}

export const resources: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: /^(?<scope>\/.+)\/providers\/Microsoft\.ManagedIdentity\/identities\/default$/i,
    action: 'Microsoft.ManagedIdentity/identities/read',
    versions: VERSIONS,
    run: call => {
      const { id, location, identity } = the(call)
      const principal = call.estate.servicePrincipals.get(identity?.principalId ?? '')
      if (principal === undefined)
        throw new Problem(404, 'MissingIdentity', `The resource '${id}' has no identity.`)
      return {
        body: {
          id: `${id}/providers/Microsoft.ManagedIdentity/identities/default`,
          name: 'default',
          type: 'Microsoft.ManagedIdentity/identities',
          location,
          properties: {
            tenantId: call.estate.fixed.tenant.id,
            principalId: principal.id,
            clientId: principal.appId,
          },
        },
      }
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(`^(?<scope>${GROUP})/providers/(?<type>Microsoft\\.[^/]+/[^/]+)$`, 'i'),
    action: '{type}/read',
    versions: VERSIONS,
    run: call => {
      const scope = `${call.params['scope'] ?? ''}/`.toLowerCase()
      const type = call.params['type']?.toLowerCase()
      const entries = [...call.estate.resources.after(undefined, call.view)]
        .filter(([key, each]) => key.startsWith(scope) && each.type.toLowerCase() === type)
        .map(([key, each]) => [key, shownResource(call.estate, each)] as const)
      return armPage(call, entries)
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${ONE}$`, 'i'),
    action: '{type}/read',
    versions: VERSIONS,
    run: call => ({ body: shownResource(call.estate, the(call)) }),
  },
  {
    method: 'PATCH',
    pattern: new RegExp(`^${ONE}$`, 'i'),
    action: '{type}/write',
    versions: VERSIONS,
    writes: true,
    run: call => {
      const before = the(call, 'now')
      const { identity, properties, tags } = call.body
      const after: Resource = {
        ...before,
        identity: identityAfter(call, before.identity, identity),
        properties: { ...before.properties, ...(properties as { [member: string]: Json } | undefined) },
        tags: (tags as { [name: string]: string } | undefined) ?? before.tags,
      }
      call.estate.resources.set(after.id.toLowerCase(), after)
      return { body: shownResource(call.estate, after) }
    },
  },
]
