import type { LabClock } from '../clock.ts'
import { Table, type View } from '../propagation.ts'
import type { VaultSecret } from './resource-store.ts'
import type {
  Application,
  AppRoleAssignment,
  AzureEstate,
  ConditionalAccessPolicy,
  DenyAssignment,
  DirectoryAssignment,
  DirectoryAudit,
  FederatedCredential,
  Group,
  PermissionGrant,
  Resource,
  RoleAssignment,
  RoleDefinition,
  ServicePrincipal,
  UserAssignedIdentity,
} from './store.ts'

/** The estate at work. Records are replaced, never changed. Keys are ids in lower case unless it says otherwise. */
export class LiveAzure {
  readonly applications: Table<Application>
  readonly servicePrincipals: Table<ServicePrincipal>
  /** By application and id: `<object id>/<id>`. */
  readonly federatedCredentials: Table<FederatedCredential>
  readonly groups: Table<Group>
  /** By principal and id: `<object id>/<id>`; the ids are case-sensitive. */
  readonly appRoleAssignments: Table<AppRoleAssignment>
  /** By id, which is case-sensitive. */
  readonly grants: Table<PermissionGrant>
  readonly directoryAssignments: Table<DirectoryAssignment>
  readonly conditionalAccess: Table<ConditionalAccessPolicy>
  /** By GUID. */
  readonly roleAssignments: Table<RoleAssignment>
  readonly denyAssignments: Table<DenyAssignment>
  readonly identities: Table<UserAssignedIdentity>
  readonly resources: Table<Resource>
  readonly roleDefinitions: ReadonlyMap<string, RoleDefinition>
  /** Oldest first. */
  readonly audits: DirectoryAudit[]
  /** Writes to the directory and items of batches so far, for the switches that count. */
  readonly counts = { writes: 0, items: 0 }
  #base: AzureEstate
  readonly #byAppId = new Map<string, string>()
  readonly #applicationByAppId = new Map<string, string>()
  readonly #assigned = new Map<string, Set<string>>()

  constructor(base: AzureEstate, clock: LabClock, delay: number) {
    const table = <T>(records: readonly T[], key: (record: T) => string) =>
      new Table<T>(
        clock,
        delay,
        records.map(record => [key(record), record] as const),
      )
    const byId = ({ id }: { id: string }) => id.toLowerCase()
    this.#base = base
    this.audits = [...(base.audits ?? [])]
    this.applications = table(base.applications, byId)
    this.servicePrincipals = table(base.servicePrincipals, byId)
    this.federatedCredentials = table(base.federatedCredentials, each => `${each.application}/${each.id}`)
    this.groups = table(base.groups, byId)
    this.appRoleAssignments = table(base.appRoleAssignments, each => `${each.principalId}/${each.id}`)
    this.grants = table(base.grants, ({ id }) => id)
    this.directoryAssignments = table(base.directoryAssignments, ({ id }) => id)
    this.conditionalAccess = table(base.conditionalAccess, byId)
    this.roleAssignments = table(base.roleAssignments, ({ name }) => name)
    this.denyAssignments = table(base.denyAssignments, ({ name }) => name)
    this.identities = table(base.identities, byId)
    this.resources = table(base.resources, byId)
    this.roleDefinitions = new Map(base.roleDefinitions.map(each => [each.name, each]))
    for (const { id, appId } of base.servicePrincipals) this.#byAppId.set(appId, id)
    for (const { id, appId } of base.applications) this.#applicationByAppId.set(appId, id)
    for (const { name, principalId } of base.roleAssignments) this.#note(principalId, name)
  }

  /** The parts that are never written. */
  get fixed(): Pick<
    AzureEstate,
    | 'tenant'
    | 'responder'
    | 'switches'
    | 'users'
    | 'directoryRoles'
    | 'servicePlans'
    | 'signIns'
    | 'managementGroups'
    | 'subscriptions'
    | 'secrets'
    | 'outsideSecrets'
    | 'appManagement'
  > {
    return this.#base
  }

  secretOf(vault: string, name: string): VaultSecret | undefined {
    return this.#base.secrets.find(each => each.vault === vault && each.name === name)
  }

  saveSecret(secret: VaultSecret): void {
    const others = this.#base.secrets.filter(each => each.vault !== secret.vault || each.name !== secret.name)
    this.#base = { ...this.#base, secrets: [...others, secret] }
  }

  servicePrincipalOf(appId: string, view: View = 'now'): ServicePrincipal | undefined {
    return this.servicePrincipals.get(this.#byAppId.get(appId.toLowerCase()) ?? '', view)
  }

  applicationOf(appId: string, view: View = 'now'): Application | undefined {
    return this.applications.get(this.#applicationByAppId.get(appId.toLowerCase()) ?? '', view)
  }

  addApplication(application: Application): void {
    this.#applicationByAppId.set(application.appId, application.id)
    this.applications.set(application.id, application)
  }

  addServicePrincipal(principal: ServicePrincipal): void {
    this.#byAppId.set(principal.appId, principal.id)
    this.servicePrincipals.set(principal.id, principal)
  }

  setRoleAssignment(assignment: RoleAssignment): void {
    this.roleAssignments.set(assignment.name, assignment)
    this.#note(assignment.principalId, assignment.name)
  }

  /** Role assignments of one principal itself. */
  *assignmentsOf(principal: string, view: View): Generator<RoleAssignment> {
    for (const name of this.#assigned.get(principal) ?? []) {
      const assignment = this.roleAssignments.get(name, view)
      if (assignment?.principalId === principal) yield assignment
    }
  }

  /** All that the view has, also those that are gone by now. In no order. */
  *everyAssignment(view: View): Generator<RoleAssignment> {
    for (const principal of this.#assigned.keys()) yield* this.assignmentsOf(principal, view)
  }

  /** Ids of the groups that have the principal, or a group that has it. */
  groupsOf(principal: string, view: View = 'now'): string[] {
    const found = new Set<string>()
    const groups = [...this.groups.after(undefined, view)].map(([, group]) => group)
    for (let grown = true; grown; ) {
      grown = false
      for (const { id, members } of groups) {
        if (found.has(id) || !members.some(member => member === principal || found.has(member))) continue
        found.add(id)
        grown = true
      }
    }
    return [...found]
  }

  /** Everything as plain data, in the order of the keys. */
  toEstate(): AzureEstate {
    return {
      ...this.#base,
      audits: this.audits,
      applications: all(this.applications),
      servicePrincipals: all(this.servicePrincipals),
      federatedCredentials: all(this.federatedCredentials),
      groups: all(this.groups),
      appRoleAssignments: all(this.appRoleAssignments),
      grants: all(this.grants),
      directoryAssignments: all(this.directoryAssignments),
      conditionalAccess: all(this.conditionalAccess),
      roleAssignments: all(this.roleAssignments),
      denyAssignments: all(this.denyAssignments),
      identities: all(this.identities),
      resources: all(this.resources),
    }
  }

  #note(principal: string, name: string): void {
    const names = this.#assigned.get(principal)
    if (names === undefined) this.#assigned.set(principal, new Set([name]))
    else names.add(name)
  }
}

function all<T>(table: Table<T>): T[] {
  return [...table.after(undefined, 'now')].map(([, record]) => record)
}
