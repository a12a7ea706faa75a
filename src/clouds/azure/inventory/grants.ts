import { Fault, toFault } from '../../../model/fault.ts'
import type { Facts } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import type { AzureClient } from '../client.ts'
import { REFUSALS } from '../http/faults.ts'
import { graphList, graphRead } from '../http/read-requests.ts'
import { DIRECTORY_POWERS, GRAPH_POWERS } from '../privileged-rights.ts'
import { DENY_DELETE, ROLE_WRITE } from '../settings/arm.ts'
import { grants, type Right } from '../settings/restore-rights.ts'
import { askLists, groupsAndOwners } from './directory-lookups.ts'
import { directoryRoleNames, type Resource, resourceOf, resourcesOf } from './directory-names.ts'
import { appRolesOf, delegatedTo, directoryRolesOf, interfacesAt } from './named-rights.ts'
import type {
  ApplicationRecord,
  AppRoleAssignmentRecord,
  DirectoryAssignmentRecord,
  DirectoryObject,
  GrantRecord,
  RoleAssignmentRow,
} from './records.ts'
import {
  assignmentsAt,
  authorizingRoles,
  roleAssignments,
  roleAssignmentsOf,
  roleDefinitions,
  rolesNamed,
} from './role-assignments.ts'

/** Says why something is not looked at, and goes on without it; `quietly`: not every tenant has it. */
export type Tolerate = <Found>(
  what: string,
  find: () => Promise<Found>,
  quietly?: boolean,
) => Promise<Found | undefined>

/**
 * Microsoft's own interfaces whose permissions are worth having: who holds one of them is asked of the interface, one
 * listing for all principals (Microsoft Learn, "Verify first-party Microsoft applications in sign-in reports").
 */
const INTERFACES = [
  '00000003-0000-0000-c000-000000000000', // Microsoft Graph
  '00000002-0000-0000-c000-000000000000', // Azure Active Directory Graph
  '00000002-0000-0ff1-ce00-000000000000', // Exchange Online
  '00000003-0000-0ff1-ce00-000000000000', // SharePoint Online
  'c5393580-f805-4401-95e8-94b7a6ef2fc2', // Office 365 Management APIs
  'fc780465-2017-40d4-a0c5-307022471b92', // Microsoft Defender for Endpoint
]

/** Roles by which the access of everybody in a subscription is managed; the last one must not be taken away. */
const ADMINISTRATORS = new Set([
  'Owner',
  'User Access Administrator',
  'Role Based Access Control Administrator',
])

/** The same by their ids (Azure built-in roles). */
const ADMINISTRATOR_IDS = new Set([
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
])

const GROUP = '#microsoft.graph.group'

interface NamedRole {
  name: string
  permissions: Json
}

type Lists = Map<string, { [name: string]: Facts[string] }[]>

/** The rights of principals, from listings that answer for all of them. Object ids are in lower case. */
export class Grants {
  readonly #lists = new Map<string, Lists>()
  readonly #directory = new Map<string, string[]>()
  readonly #administrators = new Map<string, Set<string>>()
  readonly #powers = new Map<string, Set<string>>()
  #undecided: string | undefined
  #isLoaded = false
  #knowsDirectory = false

  /**
   * The facts of a principal; what could not be listed is not among them. They are given out once: of a large tenant,
   * what is held becomes less as the principals go by.
   */
  take(id: string): Facts {
    const key = id.toLowerCase()
    const facts: Facts = {}
    for (const [fact, lists] of this.#lists) {
      facts[fact] = lists.get(key) ?? []
      lists.delete(key)
    }
    if (this.#knowsDirectory) facts.directoryRoles = this.#directory.get(key) ?? []
    return facts
  }

  /** The lists are not complete before this resolves. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /**
   * Names, for each of these principals and groups, the grants by which the holder undoes a containment of itself, and what could
   * not be listed, so that there may be more.
   */
  powersOf(ids: readonly string[]): { powers: string[]; unknown: string[] } {
    const powers = ids.flatMap(id => [
      ...(this.#powers.get(id.toLowerCase()) ?? []),
      ...(this.#directory.get(id.toLowerCase()) ?? []).filter(role => DIRECTORY_POWERS.has(role)),
    ])
    const unknown = [
      ...(this.#lists.has('roles') ? [] : ['Azure role assignments']),
      ...(this.#knowsDirectory ? [] : ['directory roles']),
      ...(this.#lists.has('appRoles') ? [] : ['application permissions']),
    ]
    return { powers: [...new Set(powers)], unknown }
  }

  /** Subscriptions whose access only this principal manages, and nobody at the root. */
  lastAdministratorOf(id: string): string[] {
    const key = id.toLowerCase()
    const root = this.#administrators.get('/') ?? new Set()
    if ([...root].some(each => each !== key)) return []
    return [...this.#administrators].flatMap(([scope, ids]) =>
      scope !== '/' && ids.size === 1 && ids.has(key) ? [scope] : [],
    )
  }

  /** The reason why it is unknown who manages access to the subscriptions; undefined where it could. */
  get undecided(): string | undefined {
    return this.#undecided
  }

  /** @param tolerate what these credentials may not see is left out */
  async load(
    client: AzureClient,
    applications: readonly ApplicationRecord[] | undefined,
    tolerate: Tolerate,
  ): Promise<void> {
    await Promise.all([
      tolerate('Azure role assignments', async () => {
        try {
          await this.#roles(client)
        } catch (error) {
          await this.#managersAlone(client)
          throw error
        }
      }),
      tolerate('directory roles', () => this.#directoryRoles(client)),
      // Without the applications, theirs would be left out.
      applications && tolerate('application permissions', () => this.#appRoles(client, applications)),
      tolerate('delegated permission grants', () => this.#delegated(client)),
    ])
    this.#isLoaded = true
  }

  /**
   * The same for a few principals, by the questions about each alone; with what their groups hold in Azure and in the directory,
   * which counts for what they may undo. `lastAdministratorOf` knows these alone.
   */
  async loadNamed(client: AzureClient, ids: readonly string[], tolerate: Tolerate): Promise<void> {
    const groups = (await askLists<DirectoryObject>(client, ids.flatMap(groupsAndOwners))).flatMap(
      // Groups that are hidden are named where they are asked for.
      each =>
        each instanceof Fault
          ? []
          : each.flatMap(({ '@odata.type': type, id }) => (type === GROUP ? [id] : [])),
    )
    const holders = [...new Set([...ids, ...groups])]
    await Promise.all([
      tolerate('Azure role assignments', async () => {
        try {
          await this.#rolesOf(client, holders)
        } catch (error) {
          await this.#managersAlone(client)
          throw error
        }
      }),
      tolerate('directory roles', async () => {
        await this.#namedDirectoryRoles(client, await directoryRolesOf(client, holders))
      }),
      tolerate('application permissions', () => this.#appRolesOf(client, ids)),
      tolerate('delegated permission grants', async () => {
        await this.#namedDelegated(client, await delegatedTo(client, ids))
      }),
    ])
    this.#isLoaded = true
  }

  #power(id: string, power: string): void {
    const key = id.toLowerCase()
    this.#powers.set(key, (this.#powers.get(key) ?? new Set()).add(power))
  }

  #add(lists: Lists, id: string, entry: { [name: string]: Facts[string] }): void {
    const key = id.toLowerCase()
    const known = lists.get(key)
    if (known) known.push(entry)
    else lists.set(key, [entry])
  }

  async #roles(client: AzureClient): Promise<void> {
    const names = new Map<string, string>()
    for await (const { name, roleName } of roleDefinitions(client))
      names.set(name.toLowerCase(), roleName || name)
    await this.#takeRoles(roleAssignments(client), names, await undoingRoles(authorizingRoles(client)))
  }

  /** Of who manages access, all have to be known: whether one of these is the last. */
  async #rolesOf(client: AzureClient, holders: readonly string[]): Promise<void> {
    const meant = new Set(holders.map(each => each.toLowerCase()))
    const assignments: RoleAssignmentRow[] = []
    for await (const each of roleAssignmentsOf(client, holders)) {
      if (meant.has(each.principalId.toLowerCase())) assignments.push(each)
    }
    if (assignments.some(managesAccess)) return await this.#roles(client)
    const used = [...new Set(assignments.map(definitionOf))]
    const roles = used.length === 0 ? [] : await Array.fromAsync(rolesNamed(client, used))
    const names = new Map(roles.map(({ name, roleName }) => [name.toLowerCase(), roleName || name] as const))
    await this.#takeRoles(assignments, names, await undoingRoles(roles))
  }

  async #takeRoles(
    assignments: AsyncIterable<RoleAssignmentRow> | Iterable<RoleAssignmentRow>,
    names: ReadonlyMap<string, string>,
    undoing: ReadonlySet<string>,
  ): Promise<void> {
    const lists: Lists = new Map()
    const seen = new Set<string>()
    for await (const assignment of assignments) {
      const { id, principalId, principalType, scope, condition } = assignment
      if (!principalId || seen.has(id.toLowerCase())) continue
      seen.add(id.toLowerCase())
      const definition = definitionOf(assignment)
      const role = names.get(definition.toLowerCase()) ?? definition
      if (undoing.has(definition.toLowerCase())) this.#power(principalId, `${role} at ${scope}`)
      if (!isPerson(principalType)) {
        this.#add(lists, principalId, { role, scope, id, conditional: Boolean(condition) })
      }
      if (ADMINISTRATORS.has(role) && /^\/(subscriptions\/[^/]+)?$/i.test(scope)) {
        const ids = this.#administrators.get(scope.toLowerCase()) ?? new Set()
        this.#administrators.set(scope.toLowerCase(), ids.add(principalId.toLowerCase()))
      }
    }
    this.#lists.set('roles', lists)
  }

  /** Who manages access, asked of each subscription, where the listing of all role assignments was refused. */
  async #managersAlone(client: AzureClient): Promise<void> {
    this.#administrators.clear()
    this.#powers.clear()
    this.#undecided = client.coverage.refused?.message
    for (const { id } of client.subscriptions) {
      try {
        for await (const assignment of assignmentsAt(client, id)) {
          if (!managesAccess(assignment)) continue
          const { principalId, scope } = assignment
          const ids = this.#administrators.get(scope.toLowerCase()) ?? new Set()
          this.#administrators.set(scope.toLowerCase(), ids.add(principalId.toLowerCase()))
        }
      } catch (error) {
        const fault = toFault(error)
        if (!REFUSALS.has(fault.code)) throw fault
        this.#undecided ??= fault.message
      }
    }
  }

  async #directoryRoles(client: AzureClient): Promise<void> {
    const assignments = client.pages<DirectoryAssignmentRecord>(
      graphRead('/v1.0/roleManagement/directory/roleAssignments', {
        $select: 'id,principalId,roleDefinitionId',
      }),
    )
    await this.#namedDirectoryRoles(client, assignments)
  }

  async #namedDirectoryRoles(
    client: AzureClient,
    assignments: AsyncIterable<DirectoryAssignmentRecord> | Iterable<DirectoryAssignmentRecord>,
  ): Promise<void> {
    const names = await directoryRoleNames(client)
    for await (const { principalId, roleDefinitionId } of assignments) {
      const key = principalId.toLowerCase()
      const name = names.get(roleDefinitionId.toLowerCase()) ?? roleDefinitionId
      const known = this.#directory.get(key) ?? []
      if (!known.includes(name)) this.#directory.set(key, [...known, name])
    }
    this.#knowsDirectory = true
  }

  async #appRoles(client: AzureClient, applications: readonly ApplicationRecord[]): Promise<void> {
    const lists: Lists = new Map()
    const own = applications.flatMap(({ appId, appRoles }) => (appId && appRoles?.length ? [appId] : []))
    const appIds = [...new Set([...INTERFACES, ...own.map(each => each.toLowerCase())])]
    const resources = await resourcesOf(client, appIds)
    const calls = [...resources.keys()].map(id =>
      graphList('/v1.0/servicePrincipals/{id}/appRoleAssignedTo', {}, id),
    )
    for (const holders of await askLists<AppRoleAssignmentRecord>(client, calls)) {
      if (holders instanceof Fault) {
        if (holders.code === 'gone') continue
        throw holders
      }
      for (const each of holders) this.#takeAppRole(lists, each, resources.get(each.resourceId))
    }
    this.#lists.set('appRoles', lists)
  }

  /** At the same interfaces as of everybody. */
  async #appRolesOf(client: AzureClient, ids: readonly string[]): Promise<void> {
    const lists: Lists = new Map()
    const held = await appRolesOf(client, ids)
    const interfaces = await interfacesAt(
      client,
      held.map(({ resourceId }) => resourceId),
    )
    for (const each of held) {
      const at = interfaces.get(each.resourceId)
      const { appId, appOwnerOrganizationId: home, appRoles } = at ?? {}
      const isOwn = home?.toLowerCase() === client.tenant.toLowerCase() && (appRoles ?? []).length > 0
      if (at && (isOwn || INTERFACES.includes(appId ?? ''))) this.#takeAppRole(lists, each, resourceOf(at))
    }
    this.#lists.set('appRoles', lists)
  }

  #takeAppRole(
    lists: Lists,
    { id, principalId, principalType, resourceId, resourceDisplayName, appRoleId }: AppRoleAssignmentRecord,
    resource: Resource | undefined,
  ): void {
    if (isPerson(principalType)) return
    const permission = resource?.roles.get(appRoleId) ?? appRoleId
    if (GRAPH_POWERS.has(permission)) this.#power(principalId, permission)
    const name = resource?.name || (resourceDisplayName ?? resourceId)
    this.#add(lists, principalId, { resource: name, value: permission, id })
  }

  async #delegated(client: AzureClient): Promise<void> {
    const calls = client.pages<GrantRecord>(graphList('/v1.0/oauth2PermissionGrants'))
    await this.#namedDelegated(client, await Array.fromAsync(calls))
  }

  async #namedDelegated(client: AzureClient, grants: readonly GrantRecord[]): Promise<void> {
    const lists: Lists = new Map()
    // The name that a refusal hides would make the fact another one.
    const interfaces = await interfacesAt(
      client,
      grants.map(({ resourceId }) => resourceId),
    )
    for (const { id, clientId, resourceId, scope, consentType } of grants) {
      this.#add(lists, clientId, {
        resource: interfaces.get(resourceId)?.displayName ?? resourceId,
        scopes: (scope ?? '').split(' ').filter(each => each !== ''),
        consent: consentType ?? '',
        id,
      })
    }
    this.#lists.set('delegatedGrants', lists)
  }
}

/** The part of a role assignment that names the role. */
function definitionOf({ roleDefinitionId }: RoleAssignmentRow): string {
  return roleDefinitionId.split('/').at(-1) ?? ''
}

/** Whether somebody manages the access of everybody by it. */
function managesAccess(assignment: RoleAssignmentRow): boolean {
  const isOfAll = /^\/(subscriptions\/[^/]+)?$/i.test(assignment.scope)
  return isOfAll && ADMINISTRATOR_IDS.has(definitionOf(assignment).toLowerCase())
}

/** Ids of the roles that delete deny assignments or give roles, in lower case. */
async function undoingRoles(roles: AsyncIterable<NamedRole> | Iterable<NamedRole>): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { name, permissions } of roles) {
    const rights = Array.isArray(permissions) ? (permissions as Right[]) : []
    if (rights.some(right => grants(right, DENY_DELETE) || grants(right, ROLE_WRITE))) {
      found.add(name.toLowerCase())
    }
  }
  return found
}

/** Users and groups are most of who has something, and are not listed. */
function isPerson(principalType: string | null | undefined): boolean {
  return /^(user|group|foreigngroup)$/i.test(principalType ?? '')
}
