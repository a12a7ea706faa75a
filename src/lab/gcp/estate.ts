import type { LabClock } from '../clock.ts'
import { Table, type View } from '../propagation.ts'
import { Sealer } from '../sealed.ts'
import { ActivityLog } from './activity-log.ts'
import { permissionsOfCustom, permissionsOfPredefined } from './roles.ts'
import type {
  ApiKey,
  Constraint,
  CustomConstraint,
  CustomRole,
  DeletedAccount,
  DenyPolicy,
  Folder,
  GcpEstate,
  HmacKey,
  Key,
  Pool,
  PoolProvider,
  Project,
  Secret,
  ServiceAccount,
  StoredPolicy,
  Token,
} from './store.ts'

/** The estate at work. Records are replaced, never changed. Names in keys: see {@link resourceKeys}. */
export class LiveEstate {
  /** By `<project id>/<email>`. */
  readonly accounts: Table<ServiceAccount>
  /** By `<email>/<key id>`. */
  readonly keys: Table<Key>
  readonly policies: Table<StoredPolicy>
  readonly denyPolicies: Table<DenyPolicy>
  /** By `<project id>/<pool>`. */
  readonly pools: Table<Pool>
  /** By `<project id>/<pool>/<provider>`. */
  readonly providers: Table<PoolProvider>
  /** By `<project id>/<access id>`. */
  readonly hmacKeys: Table<HmacKey>
  /** By `<project id>/<key id>`. */
  readonly apiKeys: Table<ApiKey>
  readonly secrets: Map<string, Secret>
  /** Those that the estate came with: what is issued carries all that it says. */
  readonly tokens: ReadonlyMap<string, Token>
  readonly sealer: Sealer
  readonly constraints: readonly Constraint[]
  readonly customConstraints: readonly CustomConstraint[]
  /** By `projects/<id>/roles/<name>` or `organizations/<id>/roles/<name>`. */
  readonly customRoles: Table<CustomRole>
  /** By unique id. */
  readonly deletedAccounts: Map<string, DeletedAccount>
  readonly activity: ActivityLog
  readonly groupsOf: ReadonlyMap<string, readonly string[]>
  readonly #estate: GcpEstate
  readonly #projects = new Map<string, Project>()
  readonly #folders: ReadonlyMap<string, Folder>
  readonly #accountKeys = new Map<string, string>()

  constructor(estate: GcpEstate, clock: LabClock, delay: number) {
    const table = <T>(records: Iterable<T>, key: (record: T) => string) =>
      new Table<T>(clock, delay, entries(records, key))
    this.#estate = estate
    for (const project of estate.projects) {
      this.#projects.set(project.id, project)
      this.#projects.set(project.number, project)
    }
    this.#folders = new Map(estate.folders.map(folder => [folder.id, folder]))
    this.accounts = table(estate.serviceAccounts, accountKey)
    for (const account of estate.serviceAccounts) {
      this.#accountKeys.set(account.email, accountKey(account))
      this.#accountKeys.set(account.uniqueId, accountKey(account))
    }
    this.keys = table(estate.keys, keyKey)
    this.policies = new Table(clock, delay, Object.entries(estate.policies))
    this.denyPolicies = table(estate.denyPolicies, denyKey)
    this.pools = table(estate.pools, poolKey)
    this.providers = table(estate.providers, providerKey)
    this.hmacKeys = table(estate.hmacKeys, ({ project, accessId }) => `${project}/${accessId}`)
    this.apiKeys = table(estate.apiKeys, ({ project, id }) => `${project}/${id}`)
    this.secrets = new Map(estate.secrets.map(secret => [`${secret.project}/${secret.name}`, secret]))
    this.tokens = new Map(estate.tokens.map(token => [token.token, token]))
    this.sealer = new Sealer(estate.responder.privateKey)
    this.constraints = estate.constraints
    this.customConstraints = estate.customConstraints ?? []
    this.customRoles = table(estate.customRoles, ({ name }) => name)
    this.deletedAccounts = new Map(
      (estate.deletedAccounts ?? []).map(deleted => [deleted.account.uniqueId, deleted]),
    )
    this.activity = new ActivityLog(estate.activity)
    const groupsOf = new Map<string, string[]>()
    for (const [group, members] of Object.entries(estate.groups)) {
      for (const member of members) groupsOf.set(member, [...(groupsOf.get(member) ?? []), `group:${group}`])
    }
    this.groupsOf = groupsOf
  }

  get responder(): GcpEstate['responder'] {
    return this.#estate.responder
  }

  get organization(): GcpEstate['organization'] {
    return this.#estate.organization
  }

  get folders(): Iterable<Folder> {
    return this.#folders.values()
  }

  get projects(): readonly Project[] {
    return this.#estate.projects
  }

  /** @param name id or number */
  project(name: string): Project | undefined {
    return this.#projects.get(name)
  }

  folder(id: string): Folder | undefined {
    return this.#folders.get(id)
  }

  /** @param name email or unique id; of an account that was made again, only the new one answers to the email */
  account(name: string, view: View = 'now'): ServiceAccount | undefined {
    const key = this.#accountKeys.get(name.toLowerCase())
    const account = key === undefined ? undefined : this.accounts.get(key, view)
    if (account === undefined) return undefined
    return account.email === name.toLowerCase() || account.uniqueId === name ? account : undefined
  }

  saveAccount(account: ServiceAccount): void {
    this.#accountKeys.set(account.email, accountKey(account))
    this.#accountKeys.set(account.uniqueId, accountKey(account))
    this.accounts.set(accountKey(account), account)
  }

  policy(resource: string, view: View = 'now'): StoredPolicy {
    return this.policies.get(resource, view) ?? { bindings: [], revision: 0 }
  }

  /** The permissions of a role; undefined for an unknown role. A deleted custom role grants nothing. */
  permissionsOf(role: string, view: View = 'now'): ReadonlySet<string> | undefined {
    const custom = this.customRoles.get(role, view)
    return custom === undefined ? permissionsOfPredefined(role) : permissionsOfCustom(custom)
  }

  /** The resource first, then what it inherits from: project, folders, organization. */
  lineage(resource: string): string[] {
    const chain = [resource]
    let at: string | undefined = resource
    while (at !== undefined) {
      at = this.#parentOf(at)
      if (at !== undefined) chain.push(at)
    }
    return chain
  }

  /** The rules of an organization policy, as the nearest resource sets it. */
  constraint(resource: string, name: string): Constraint | undefined {
    for (const at of this.lineage(resource)) {
      const found = this.constraints.find(each => each.resource === at && each.name === name)
      if (found !== undefined) return found
    }
    return undefined
  }

  toEstate(now: number): GcpEstate {
    return {
      ...this.#estate,
      serviceAccounts: [...this.accounts.values()],
      deletedAccounts: [...this.deletedAccounts.values()],
      keys: [...this.keys.values()],
      customRoles: [...this.customRoles.values()],
      policies: Object.fromEntries(this.policies.after(undefined, 'now')),
      denyPolicies: [...this.denyPolicies.values()],
      pools: [...this.pools.values()],
      providers: [...this.providers.values()],
      hmacKeys: [...this.hmacKeys.values()],
      apiKeys: [...this.apiKeys.values()],
      secrets: [...this.secrets.values()],
      activity: this.activity.entries,
      tokens: [...this.tokens.values()].filter(({ expires }) => expires > now),
    }
  }

  #parentOf(resource: string): string | undefined {
    const [kind = '', id = ''] = resource.split('/')
    switch (kind) {
      case 'projects':
        return this.project(id)?.parent
      case 'folders':
        return this.#folders.get(id)?.parent
      case 'serviceAccounts': {
        const key = this.#accountKeys.get(id)
        return key === undefined ? undefined : `projects/${key.slice(0, key.indexOf('/'))}`
      }
      case 'secrets':
        return `projects/${id}`
      default:
        return undefined
    }
  }
}

/**
 * How a policy is found: `organizations/<id>`, `folders/<id>`, `projects/<id, never the number>`,
 * `serviceAccounts/<email>`, `secrets/<project id>/<name>`.
 */
export const resourceKeys = {
  account: (email: string) => `serviceAccounts/${email}`,
  project: (id: string) => `projects/${id}`,
  secret: (project: string, name: string) => `secrets/${project}/${name}`,
}

export function accountKey({ project, email }: { project: string; email: string }): string {
  return `${project}/${email}`
}

export function keyKey({ email, id }: { email: string; id: string }): string {
  return `${email}/${id}`
}

export function denyKey({ attachedTo, id }: { attachedTo: string; id: string }): string {
  return `${attachedTo}/${id}`
}

export function poolKey({ project, id }: { project: string; id: string }): string {
  return `${project}/${id}`
}

export function providerKey({ project, pool, id }: { project: string; pool: string; id: string }): string {
  return `${project}/${pool}/${id}`
}

/** The records under a prefix that ends in `/`, after the marker, in the order of their keys. */
export function* under<T>(table: Table<T>, prefix: string, marker: string | undefined, view: View) {
  for (const entry of table.after(marker ?? prefix, view)) {
    if (!entry[0].startsWith(prefix)) return
    yield entry
  }
}

function* entries<T>(records: Iterable<T>, key: (record: T) => string): Generator<readonly [string, T]> {
  for (const record of records) yield [key(record), record]
}
