import type { AnyCloud, Found } from '../any-cloud.ts'
import type { CloudRecords, OcsfNames } from '../cloud-records.ts'
import { at, listAt, type Members, textAt } from '../members.ts'

/** Who is meant in records of the Open Cybersecurity Schema Framework, by the names of all clouds. */
export class OcsfWho {
  readonly #names: AnyCloud
  readonly #profiles: readonly OcsfNames[]
  /** `cloud.provider` in lower case → the cloud's name here. */
  readonly #providers: ReadonlyMap<string, string>

  constructor(clouds: readonly Pick<CloudRecords, 'cloud' | 'ocsf'>[], names: AnyCloud) {
    this.#names = names
    this.#profiles = clouds.flatMap(({ ocsf }) => ocsf ?? [])
    this.#providers = new Map(
      clouds.flatMap(({ cloud, ocsf }) => (ocsf?.providers ?? []).map(name => [name, cloud] as const)),
    )
  }

  /** Returns the cloud that a record is from. */
  cloudOf(record: Members): string | undefined {
    return this.#providers.get((textAt(record, 'cloud', 'provider') ?? '').toLowerCase())
  }

  /** Returns whom an actor is. A session's issuer is who it is a session of; without one, the user. */
  actor(record: Members, actor: unknown): Found {
    const user = at(actor, 'user')
    const names = [
      at(actor, 'session', 'issuer'),
      at(user, 'uid'),
      at(user, 'uid_alt'),
      at(user, 'email_addr'),
    ]
    const named = names.find(each => typeof each === 'string' && this.#names.isName(each))
    const unique = [at(user, 'uid_alt'), at(user, 'uid')]
      .map(each => (typeof each === 'string' ? this.#names.uniqueId(each) : undefined))
      .find(each => each !== undefined)
    const found = this.#names.identify({
      cloud: this.cloudOf(record),
      account: textAt(user, 'account', 'uid') ?? textAt(record, 'cloud', 'account', 'uid'),
      uid: typeof named === 'string' ? named : textAt(user, 'uid'),
      name: textAt(user, 'name'),
      type: textAt(user, 'type'),
      session: textAt(actor, 'session', 'uid'),
      credential: textAt(user, 'credential_uid') ?? textAt(actor, 'session', 'credential_uid'),
    })
    const { identity } = found
    return {
      ...found,
      identity: {
        ...identity,
        uid: identity.uid ?? unique?.uid,
        session: unique?.session ?? identity.session,
      },
    }
  }

  /** Returns whom the caller becomes by this call; undefined where it stays who it is. */
  assumed(call: Parameters<NonNullable<OcsfNames['assumed']>>[0]): Found | undefined {
    return this.#first(({ assumed }) => assumed?.(call))
  }

  /** Returns what a call is about, by its parameters. */
  targetOf(request: Members): string | undefined {
    return this.#first(({ targetOf }) => targetOf?.(request))
  }

  /** Returns a service under its short name. */
  serviceOf(name: string | undefined): string | undefined {
    if (name === undefined) return undefined
    return this.#profiles.reduce((short, { serviceOf }) => serviceOf?.(short) ?? short, name)
  }

  /** Returns whom the resources of a finding name: the holder of a key, a principal, the owner of a resource. */
  ofResources(record: Members): Found {
    const resources = listAt(record, 'resources').slice(0, 20)
    const account = textAt(record, 'cloud', 'account', 'uid')
    for (const resource of resources) {
      const holder = this.#first(({ holderOf }) => holderOf?.(resource, account))
      if (holder !== undefined) return holder
    }
    for (const resource of resources) {
      const named = this.#first(({ principalOf }) => principalOf?.(textAt(resource, 'uid')))
      if (named !== undefined) return named
    }
    return this.#owner(record, resources[0], account)
  }

  #owner(record: Members, resource: unknown, account: string | undefined): Found {
    const owner = at(resource, 'user') ?? at(resource, 'owner')
    const uid = textAt(resource, 'uid')
    return this.#names.identify({
      cloud: this.cloudOf(record),
      account,
      uid: textAt(owner, 'uid') ?? uid,
      name: textAt(owner, 'name') ?? textAt(resource, 'name') ?? uid,
      type: textAt(owner, 'type') ?? (owner === undefined ? textAt(resource, 'type') : 'user'),
      credential: uid,
    })
  }

  #first<Value>(ask: (profile: OcsfNames) => Value | undefined): Value | undefined {
    for (const profile of this.#profiles) {
      const found = ask(profile)
      if (found !== undefined) return found
    }
    return undefined
  }
}
