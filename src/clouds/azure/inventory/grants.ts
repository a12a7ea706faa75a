import { toFault } from '../../../model/fault.ts'
import type { Facts } from '../../../model/identity.ts'
import type { AzureClient } from '../client.ts'
import { REFUSALS } from '../http/faults.ts'
import { graphList, graphRead } from '../http/read-requests.ts'
import { DIRECTORY_POWERS, GRAPH_POWERS } from '../privileged-rights.ts'
import { ADMINISTRATORS, definitionOf, managesAccess, undoingRoles } from './administrator-roles.ts'
import { appRoleHolders, appRolesOf, type HeldAppRole } from './app-role-holders.ts'
import { groupIdsOf } from './directory-lookups.ts'
import { directoryRoleNames } from './directory-names.ts'
import type { Tolerate } from './listing-losses.ts'
import { delegatedTo, directoryRolesOf, interfacesAt } from './named-rights.ts'
import type {
  ApplicationRecord,
  DirectoryAssignmentRecord,
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

type Lists = Map<string, { [name: string]: Facts[string] }[]>

type Load = () => Promise<void>
type Loads = { roles: Load; directory: Load; appRoles: Load | undefined; delegated: Load }

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
    await this.#loadBy(client, tolerate, {
      roles: () => this.#roles(client),
      directory: () => this.#directoryRoles(client),
      // Without the applications, theirs would be left out.
      appRoles: applications && (async () => this.#takeAppRoles(await appRoleHolders(client, applications))),
      delegated: () => this.#delegated(client),
    })
  }

  /**
   * The same for a few principals, by the questions about each alone; with what their groups hold in Azure and in the directory,
   * which counts for what they may undo. `lastAdministratorOf` knows these alone.
   */
  async loadNamed(client: AzureClient, ids: readonly string[], tolerate: Tolerate): Promise<void> {
    const groups = await groupIdsOf(client, ids)
    const holders = [...new Set([...ids, ...groups])]
    await this.#loadBy(client, tolerate, {
      roles: () => this.#rolesOf(client, holders),
      directory: async () => await this.#namedDirectoryRoles(client, await directoryRolesOf(client, holders)),
      appRoles: async () => this.#takeAppRoles(await appRolesOf(client, ids)),
      delegated: async () => await this.#namedDelegated(client, await delegatedTo(client, ids)),
    })
  }

  async #loadBy(
    client: AzureClient,
    tolerate: Tolerate,
    { roles, directory, appRoles, delegated }: Loads,
  ): Promise<void> {
    await Promise.all([
      tolerate('Azure role assignments', async () => {
        try {
          await roles()
        } catch (error) {
          await this.#managersAlone(client)
          throw error
        }
      }),
      tolerate('directory roles', directory),
      appRoles && tolerate('application permissions', appRoles),
      tolerate('delegated permission grants', delegated),
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

  #takeAppRoles(held: readonly HeldAppRole[]): void {
    const lists: Lists = new Map()
    for (const { assignment, resource } of held) {
      const { id, principalId, principalType, resourceId, resourceDisplayName, appRoleId } = assignment
      if (isPerson(principalType)) continue
      const permission = resource?.roles.get(appRoleId) ?? appRoleId
      if (GRAPH_POWERS.has(permission)) this.#power(principalId, permission)
      const name = resource?.name || (resourceDisplayName ?? resourceId)
      this.#add(lists, principalId, { resource: name, value: permission, id })
    }
    this.#lists.set('appRoles', lists)
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

/** Users and groups are most of who has something, and are not listed. */
function isPerson(principalType: string | null | undefined): boolean {
  return /^(user|group|foreigngroup)$/i.test(principalType ?? '')
}
