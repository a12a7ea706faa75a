import { entryOf, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Json, same } from '../../../model/json.ts'
import { isObject } from '../../../model/json-object.ts'
import { isFault, unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import {
  armCall,
  authorization,
  ROLE_DELETE,
  ROLE_READ,
  ROLE_WRITE,
  SCHEDULE_READ,
  VERSIONS,
  within,
} from './arm.ts'
import { ifMissing } from './missing-objects.ts'

/** Role assignments of one principal in Azure, as entries `azure-role/<GUID>`. */
export const AZURE_ROLE = 'azure-role/'

export interface Assignment {
  id: string
  name: string
  properties: {
    scope: string
    roleDefinitionId: string
    principalId: string
    principalType?: string | null
    condition?: string | null
    conditionVersion?: string | null
    description?: string | null
    delegatedManagedIdentityResourceId?: string | null
    createdOn?: string | null
    createdBy?: string | null
  }
}

/** The body that makes an assignment again; a member that is not set is left out. */
const KEPT = [
  'scope',
  'roleDefinitionId',
  'principalType',
  'condition',
  'conditionVersion',
  'description',
  'delegatedManagedIdentityResourceId',
] as const

export interface AzureRoles {
  entries: [string, Json][]
  /** By entry: what `only` is matched against. */
  labels: Map<string, string[]>
  /** By entry: when it was made, and the object id of who made it. */
  added: { [entry: string]: Json }
  /** The assignments that are not touched, in words. */
  left: string[]
  /** The same as it is: roles from above, and for a time. */
  kept: { scope: string; roleDefinitionId: string }[]
  /** The scopes in which it has a role, be it from above or for a time. */
  reached: string[]
}

/**
 * The assignments at and under these scopes, each as one GET shows it: the listing says only which there are, and may be
 * minutes behind ("Troubleshoot Azure RBAC"). Those that come from above, or that Privileged Identity Management gives for a time, are left.
 */
export async function readAzureRoles(
  client: AzureClient,
  principal: string,
  scopes: readonly string[],
): Promise<AzureRoles> {
  const found = new Map<string, Assignment>()
  const left = new Set<string>()
  const stays = new Map<string, AzureRoles['kept'][number]>()
  const timed = new Set<string>()
  const reached = new Set<string>()
  const search = async (scope: string) => {
    const own = await assignedAt(client, principal, scope)
    if (own.length > 0) reached.add(scope)
    for (const item of own) {
      const at = item.properties.scope
      if (within(at, scope)) found.set(item.name.toLowerCase(), item)
      else if (!scopes.some(each => within(at, each))) {
        left.add(`a role that comes from ${at}, above what is looked at`)
        stays.set(item.name.toLowerCase(), item.properties)
      }
    }
    if (own.length > 0) for (const id of await timedAt(client, scope, principal)) timed.add(id)
  }
  await Promise.all(scopes.map(search))
  const roles = await Promise.all(
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(async ([guid, { id, properties }]) => {
        if (timed.has(guid)) {
          left.add(`a role at ${properties.scope} that Privileged Identity Management gives for a time`)
          stays.set(guid, properties)
          return undefined
        }
        const call = armCall('GET', ROLE_READ, id, VERSIONS.roleAssignments)
        const fresh = await unlessGone(client.call<Assignment>(call))
        return fresh && { guid, fresh }
      }),
  )
  const entries: [string, Json][] = []
  const labels = new Map<string, string[]>()
  const added: AzureRoles['added'] = {}
  for (const role of roles) {
    if (!role) continue
    const { guid, fresh } = role
    const { scope, roleDefinitionId, createdOn, createdBy } = fresh.properties
    if (createdOn) added[`${AZURE_ROLE}${guid}`] = { at: createdOn, ...(createdBy ? { by: createdBy } : {}) }
    entries.push([`${AZURE_ROLE}${guid}`, kept(fresh)])
    labels.set(`${AZURE_ROLE}${guid}`, [
      guid,
      scope,
      roleDefinitionId,
      roleDefinitionId.slice(roleDefinitionId.lastIndexOf('/') + 1),
    ])
  }
  return {
    entries,
    labels,
    added,
    left: [...left].sort(),
    kept: [...stays.values()].map(({ scope, roleDefinitionId }) => ({ scope, roleDefinitionId })),
    reached: scopes.filter(each => reached.has(each)),
  }
}

/** Those of the principal itself at, above and under a scope. */
export async function assignedAt(
  client: AzureClient,
  principal: string,
  scope: string,
): Promise<Assignment[]> {
  const id = authorization(scope, 'roleAssignments')
  const items = await Array.fromAsync(
    client.pages<Assignment>(
      armCall('GET', ROLE_READ, id, VERSIONS.roleAssignments, { filter: `principalId eq '${principal}'` }),
    ),
  )
  return items.filter(({ properties }) => properties.principalId.toLowerCase() === principal.toLowerCase())
}

export function kept({ properties }: Assignment): Json {
  const value: { [name: string]: Json } = {}
  for (const name of KEPT) {
    const member = properties[name]
    if (member !== undefined && member !== null && member !== '') value[name] = member
  }
  return value
}

interface Schedule {
  properties: {
    originRoleAssignmentId?: string | null
    assignmentType?: string | null
    endDateTime?: string | null
  }
}

/**
 * GUIDs of assignments that Privileged Identity Management gives for a time: it would give a deleted one again, and
 * one that we made again would stay for ever. Tenants without its licence are refused the question, and have none.
 */
async function timedAt(client: AzureClient, scope: string, principal: string): Promise<string[]> {
  try {
    const schedules = await Array.fromAsync(
      client.pages<Schedule>(
        armCall(
          'GET',
          SCHEDULE_READ,
          authorization(scope, 'roleAssignmentScheduleInstances'),
          VERSIONS.schedules,
          { filter: `principalId eq '${principal}'` },
        ),
      ),
    )
    return schedules
      .filter(({ properties }) => properties.endDateTime || properties.assignmentType === 'Activated')
      .map(({ properties }) => properties.originRoleAssignmentId ?? '')
      .map(id => id.slice(id.lastIndexOf('/') + 1).toLowerCase())
  } catch (error) {
    if (isFault(error, 'rejected', 'unsupported', 'gone')) return []
    throw error
  }
}

/** Deletes an assignment, or makes it again under its own GUID. */
export async function writeAzureRole(
  client: AzureClient,
  principal: string,
  entry: string,
  from: Facet,
  to: Facet,
): Promise<void> {
  const guid = entry.slice(AZURE_ROLE.length)
  const wanted = asMap(entryOf(to, entry))
  const had = asMap(entryOf(from, entry))
  // It may be there under another name: see `givenAgain`.
  const at = ({ scope, assignment = guid }: { [name: string]: Json }) =>
    authorization(String(scope ?? ''), `roleAssignments/${String(assignment)}`)
  if (!wanted) {
    if (!had) return
    await unlessGone(client.call(armCall('DELETE', ROLE_DELETE, at(had), VERSIONS.roleAssignments)))
    return
  }
  const { scope: _, assignment: __, ...properties } = wanted
  try {
    await client.call(
      armCall('PUT', ROLE_WRITE, at(wanted), VERSIONS.roleAssignments, {
        body: { properties: { ...properties, principalId: principal } },
      }),
    )
  } catch (error) {
    const scopeText = `the role ${String(properties.roleDefinitionId ?? '')} at ${String(wanted.scope ?? '')}`
    if (!isFault(error, 'rejected', 'conflict')) throw ifMissing(error, scopeText)
    const live = await unlessGone(
      client.call<Assignment>(armCall('GET', ROLE_READ, at(wanted), VERSIONS.roleAssignments)),
    )
    if (live && same(kept(live), wanted)) return
    if (!/RoleAssignmentExists|RoleAssignmentUpdateNotPermitted/.test(error.message)) {
      throw ifMissing(error, scopeText)
    }
    throw new Fault(
      'rejected',
      'somebody has given this role again meanwhile, under another id; theirs is left as it is',
      {
        where: at(wanted),
        next: 'delete theirs',
        cause: error,
      },
    )
  }
}

export function asMap(value: Json | undefined): { [name: string]: Json } | undefined {
  return isObject(value) ? value : undefined
}

/** The scopes of assignments in a facet: where we need the right to make them again. */
export function scopesIn(facet: Facet): string[] {
  return Object.entries(facet)
    .filter(([entry]) => entry.startsWith(AZURE_ROLE))
    .map(([, value]) => String(asMap(value)?.scope ?? ''))
}
