import { entryOf, type Facet } from '../../../model/facet.ts'
import type { Json } from '../../../model/json.ts'
import { isFault, unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { graphCall, quoted } from './graph.ts'
import { ifMissing, isThere } from './missing-objects.ts'

/**
 * The grants of a principal in the directory besides group memberships. The ids of what is given are the server's and new when it is
 * given again, so entries are named after what is given: `directory-role/<role>@<scope>`,
 * `app-role/<resource>/<role>`, `delegated/<resource>/<all or a person>`.
 */
export interface Given {
  entry: string
  value: Json
  /** The server's id, for removing it. */
  id: string
  /** The names that `only` is matched against. */
  labels: string[]
  /** When it was given, where Graph says (RFC 3339). */
  at?: string
}

/** One kind of thing that is given, and how it is read, removed and given again. */
export interface Gift {
  setting: 'directory-role' | 'app-role' | 'delegated'
  read(client: AzureClient, principal: string): Promise<{ given: Given[]; left: string[] }>
  remove(client: AzureClient, principal: string, id: string): Promise<unknown>
  give(client: AzureClient, principal: string, entry: string, value: Json): Promise<unknown>
  /** Where a value can be changed in place. */
  change?(client: AzureClient, id: string, value: Json): Promise<unknown>
}

const DIRECTORY = '/v1.0/roleManagement/directory/roleAssignments'
const SCHEDULES = '/v1.0/roleManagement/directory/roleAssignmentScheduleInstances'

interface DirectoryAssignment {
  id: string
  roleDefinitionId: string
  directoryScopeId?: string | null
  appScopeId?: string | null
  condition?: string | null
}

interface DirectorySchedule {
  roleDefinitionId?: string | null
  directoryScopeId?: string | null
  assignmentType?: string | null
  endDateTime?: string | null
}

export const DIRECTORY_ROLES: Gift = {
  setting: 'directory-role',
  async read(client, principal) {
    const query = { $filter: `principalId eq ${quoted(principal)}` }
    const assignments = await Array.fromAsync(
      client.pages<DirectoryAssignment>(graphCall('GET', DIRECTORY, [], { query })),
    )
    const timed = assignments.length === 0 ? new Set<string>() : await timedRoles(client, query)
    const given: Given[] = []
    const left: string[] = []
    for (const { id, roleDefinitionId, directoryScopeId, appScopeId, condition } of assignments) {
      const scope = directoryScopeId ?? appScopeId ?? '/'
      if (timed.has(`${roleDefinitionId}@${scope}`)) {
        left.push(`directory role ${roleDefinitionId}, which Privileged Identity Management gives for a time`)
        continue
      }
      given.push({
        entry: `directory-role/${roleDefinitionId}@${scope}`,
        value: {
          ...(directoryScopeId ? { directoryScopeId } : { appScopeId: scope }),
          ...(condition ? { condition } : {}),
        },
        id,
        labels: [roleDefinitionId, scope],
      })
    }
    return { given, left }
  },
  remove: (client, _, id) => client.call(graphCall('DELETE', `${DIRECTORY}/{id}`, [id])),
  give: (client, principalId, entry, value) =>
    client.call(
      graphCall('POST', DIRECTORY, [], {
        body: {
          '@odata.type': '#microsoft.graph.unifiedRoleAssignment',
          principalId,
          roleDefinitionId: entry.slice('directory-role/'.length, entry.indexOf('@')),
          ...(value as { [name: string]: Json }),
        },
        repeatable: true,
      }),
    ),
}

/** Roles for a time. Without the licence the question is refused, and there are none. */
async function timedRoles(client: AzureClient, query: { $filter: string }): Promise<Set<string>> {
  try {
    const schedules = await Array.fromAsync(
      client.pages<DirectorySchedule>(graphCall('GET', SCHEDULES, [], { query })),
    )
    const timed = schedules.filter(each => each.endDateTime || each.assignmentType === 'Activated')
    return new Set(timed.map(each => `${each.roleDefinitionId}@${each.directoryScopeId ?? '/'}`))
  } catch (error) {
    if (isFault(error, 'rejected', 'unsupported', 'gone')) return new Set()
    throw error
  }
}

const APP_ROLES = '/v1.0/servicePrincipals/{id}/appRoleAssignments'

interface AppRoleAssignment {
  id: string
  appRoleId: string
  resourceId: string
  resourceDisplayName?: string | null
  createdDateTime?: string | null
}

export const APP_ROLE_GIFTS: Gift = {
  setting: 'app-role',
  async read(client, principal) {
    const items = await Array.fromAsync(
      client.pages<AppRoleAssignment>(graphCall('GET', APP_ROLES, [principal])),
    )
    const given = items.map(({ id, appRoleId, resourceId, resourceDisplayName, createdDateTime }) => ({
      entry: `app-role/${resourceId}/${appRoleId}`,
      value: true,
      id,
      labels: [appRoleId, resourceId, resourceDisplayName ?? ''],
      ...(createdDateTime ? { at: createdDateTime } : {}),
    }))
    return { given, left: [] }
  },
  remove: (client, principal, id) => client.call(graphCall('DELETE', `${APP_ROLES}/{id}`, [principal, id])),
  give(client, principalId, entry) {
    const [, resourceId = '', appRoleId = ''] = entry.split('/')
    return client.call(
      graphCall('POST', APP_ROLES, [principalId], {
        body: { principalId, resourceId, appRoleId },
        repeatable: true,
      }),
    )
  },
}

const GRANTS = '/v1.0/oauth2PermissionGrants'

interface Grant {
  id: string
  consentType: string
  principalId?: string | null
  resourceId: string
  scope?: string | null
}

export const DELEGATED: Gift = {
  setting: 'delegated',
  async read(client, principal) {
    const query = { $filter: `clientId eq ${quoted(principal)}` }
    const items = await Array.fromAsync(client.pages<Grant>(graphCall('GET', GRANTS, [], { query })))
    const given = items.map(({ id, consentType, principalId, resourceId, scope }) => ({
      entry: `delegated/${resourceId}/${consentType === 'AllPrincipals' ? 'all' : (principalId ?? '')}`,
      value: scope ?? '',
      id,
      labels: [resourceId, principalId ?? 'all', ...(scope ?? '').split(' ').filter(each => each !== '')],
    }))
    return { given, left: [] }
  },
  remove: (client, _, id) => client.call(graphCall('DELETE', `${GRANTS}/{id}`, [id])),
  give(client, clientId, entry, scope) {
    const [, resourceId = '', principal = ''] = entry.split('/')
    const who =
      principal === 'all'
        ? { consentType: 'AllPrincipals', principalId: null }
        : { consentType: 'Principal', principalId: principal }
    return client.call(
      graphCall('POST', GRANTS, [], { body: { clientId, resourceId, scope, ...who }, repeatable: true }),
    )
  },
  change: (client, id, scope) =>
    client.call(graphCall('PATCH', `${GRANTS}/{id}`, [id], { body: { scope }, repeatable: true })),
}

/** Carries out the entries of one kind of grant. Existing grants are read for their ids; only ours are touched. */
export async function writeGifts(
  client: AzureClient,
  gift: Gift,
  principal: string,
  entries: readonly string[],
  to: Facet,
): Promise<void> {
  if (entries.length === 0) return
  const { given } = await gift.read(client, principal)
  for (const entry of entries) {
    const wanted = entryOf(to, entry)
    const live = given.filter(each => each.entry === entry)
    if (wanted === undefined) {
      for (const { id } of live) await unlessGone(Promise.resolve(gift.remove(client, principal, id)))
      continue
    }
    const [first] = live
    if (!first) {
      await gift.give(client, principal, entry, wanted).catch(error => {
        // Given by somebody else in this moment, or by us with an answer that was lost.
        if (!isThere(error)) throw ifMissing(error, entry)
      })
    } else if (gift.change && first.value !== wanted) {
      await gift.change(client, first.id, wanted)
    }
  }
}
