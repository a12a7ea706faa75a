import type { LabClock } from '../clock.ts'
import { Table, type View } from '../propagation.ts'
import { Sealer } from '../sealed.ts'
import { LiveOrganization } from './organization/organization.ts'
import type {
  Account,
  Estate,
  Group,
  InstanceAssociation,
  InstanceProfile,
  LastUsed,
  ManagedPolicy,
  OidcProvider,
  Role,
  SamlProvider,
  Secret,
  Session,
  User,
} from './store.ts'

/** An account at work: its records by name in lower case, or by ARN or id where they have no name of their own. */
export interface LiveAccount {
  readonly id: string
  readonly alias: string | undefined
  readonly users: Table<User>
  readonly roles: Table<Role>
  readonly groups: Table<Group>
  readonly policies: Table<ManagedPolicy>
  readonly oidcProviders: Table<OidcProvider>
  readonly samlProviders: Table<SamlProvider>
  readonly instanceProfiles: Table<InstanceProfile>
  readonly associations: Table<InstanceAssociation>
  readonly secrets: Table<Secret>
}

/** The estate at work. Records are replaced, never changed; only what lasts no longer than it is looked at is. */
export class LiveEstate {
  readonly accounts: ReadonlyMap<string, LiveAccount>
  readonly managedPolicies: ReadonlyMap<string, ManagedPolicy>
  /** Those that the estate came with: what STS issues carries all that it says. */
  readonly sessions: ReadonlyMap<string, Session>
  readonly sealer: Sealer
  readonly organization: LiveOrganization | undefined
  /** Access key → its user. Deleted keys stay in it: a reader must look at the user too. */
  readonly keyOwners = new Map<string, { account: string; user: string }>()
  /** Uses since the estate was loaded, by access key or by ARN of the role. */
  readonly uses = new Map<string, LastUsed>()
  /** The last credential report of each account. */
  readonly reports = new Map<string, { at: number; text: string }>()
  readonly #estate: Estate

  constructor(estate: Estate, clock: LabClock, delay: number) {
    this.#estate = estate
    this.managedPolicies = new Map(estate.managedPolicies.map(policy => [policy.arn, policy]))
    this.accounts = new Map(estate.accounts.map(account => [account.id, live(account, clock, delay)]))
    this.sessions = new Map(estate.sessions.map(session => [session.accessKeyId, session]))
    this.organization = estate.organization && new LiveOrganization(estate.organization, clock, delay)
    this.sealer = new Sealer(`${estate.responder.accessKeyId} ${estate.responder.secretAccessKey}`)
    for (const { id, users } of estate.accounts) {
      for (const user of users) {
        for (const key of user.accessKeys) this.keyOwners.set(key.id, { account: id, user: user.name })
      }
    }
  }

  get responder(): Estate['responder'] {
    return this.#estate.responder
  }

  policy(account: LiveAccount | undefined, arn: string, view: View = 'now'): ManagedPolicy | undefined {
    return this.managedPolicies.get(arn) ?? account?.policies.get(arn, view)
  }

  /** Everything as plain data, in the order of the keys. */
  toEstate(): Estate {
    return {
      responder: this.responder,
      managedPolicies: this.#estate.managedPolicies,
      accounts: [...this.accounts.values()].map(account => ({
        id: account.id,
        ...(account.alias === undefined ? {} : { alias: account.alias }),
        users: all(account.users).map(user => ({
          ...user,
          accessKeys: user.accessKeys.map(key => this.#used(key, key.id)),
        })),
        roles: all(account.roles).map(role => this.#used(role, roleArn(account.id, role))),
        groups: all(account.groups),
        policies: all(account.policies),
        oidcProviders: all(account.oidcProviders),
        samlProviders: all(account.samlProviders),
        instanceProfiles: all(account.instanceProfiles),
        associations: all(account.associations),
        secrets: all(account.secrets),
      })),
      sessions: [...this.sessions.values()],
      ...(this.organization === undefined ? {} : { organization: this.organization.toOrganization() }),
    }
  }

  #used<T extends { lastUsed?: LastUsed }>(record: T, key: string): T {
    const use = this.uses.get(key)
    return use === undefined ? record : { ...record, lastUsed: use }
  }
}

function live(account: Account, clock: LabClock, delay: number): LiveAccount {
  const table = <T>(records: readonly T[], key: (record: T) => string) =>
    new Table<T>(
      clock,
      delay,
      records.map(record => [key(record), record] as const),
    )
  const byName = <T extends { name: string }>(records: readonly T[]) => table(records, keyOf)
  const byArn = <T extends { arn: string }>(records: readonly T[]) => table(records, ({ arn }) => arn)
  return {
    id: account.id,
    alias: account.alias,
    users: byName(account.users),
    roles: byName(account.roles),
    groups: byName(account.groups),
    policies: byArn(account.policies),
    oidcProviders: byArn(account.oidcProviders),
    samlProviders: byArn(account.samlProviders),
    instanceProfiles: byName(account.instanceProfiles),
    associations: table(account.associations, ({ id }) => id),
    secrets: table(account.secrets, ({ name }) => name),
  }
}

function all<T>(table: Table<T>): T[] {
  return [...table.after(undefined, 'now')].map(([, record]) => record)
}

/** Names are unique without regard to case (IAM and AWS STS quotas). */
export function keyOf({ name }: { name: string }): string {
  return name.toLowerCase()
}

interface Named {
  name: string
  path: string
}

export function userArn(account: string, { path, name }: Named): string {
  return `arn:aws:iam::${account}:user${path}${name}`
}

export function roleArn(account: string, { path, name }: Named): string {
  return `arn:aws:iam::${account}:role${path}${name}`
}

export function groupArn(account: string, { path, name }: Named): string {
  return `arn:aws:iam::${account}:group${path}${name}`
}

export function profileArn(account: string, { path, name }: Named): string {
  return `arn:aws:iam::${account}:instance-profile${path}${name}`
}
