import { z } from 'zod'
import type { World } from '../../src/engine/index.ts'
import { differences, type Facet, withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import { type Identity, identityId } from '../../src/model/identity.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Kind } from '../../src/model/kind.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import { spareOf, taggedProtected } from '../../src/model/spare.ts'
import { REAL } from '../../src/model/timing.ts'

/**
 * A cloud in memory with the least that the engine's promises can be tried on: doors that are open or shut (shared by
 * every run), locks that each run hangs on by its own name, and a bolt with no room for a second one. The engine, the
 * journal and the files are the real ones.
 */
export class ToyCloud {
  readonly cloud: string
  readonly account: string
  readonly doors = new Map<
    string,
    { uid: string; settings: Facet; enabled: boolean; owner?: string; tags?: { [tag: string]: string } }
  >()
  now = Date.parse('2026-11-23T10:00:00Z')
  writes: string[] = []
  /** Called before a write is carried out; may throw, or return what to throw after it. */
  onWrite: (entry: string) => Error | undefined = () => undefined
  onRead: (name: string) => void = () => undefined
  /** Whether its own evaluation shows a change of a door already; it does at once. */
  shows: (name: string) => boolean = () => true
  room = true

  constructor(cloud = 'toy', account = 'town') {
    this.cloud = cloud
    this.account = account
  }

  clock = (): string => {
    this.now += 1
    return new Date(this.now).toISOString()
  }

  get kinds(): { door: string; pass: string } {
    return this.cloud === 'toy' ? { door: 'door', pass: 'pass' } : { door: 'gate', pass: 'token' }
  }

  add(name: string, settings: Facet = { open: true }, owner?: string): void {
    this.doors.set(name, { uid: `UID-${name}`, settings, enabled: true, ...(owner ? { owner } : {}) })
  }

  identity(name: string): Identity {
    const door = this.doors.get(name)
    if (!door) throw new Error(`no door ${name}`)
    const kind = door.owner ? this.kinds.pass : this.kinds.door
    return {
      id: identityId(this.cloud, this.account, kind, name),
      uid: door.uid,
      cloud: this.cloud,
      account: this.account,
      kind,
      name,
      ...(door.owner ? { owner: identityId(this.cloud, this.account, this.kinds.door, door.owner) } : {}),
      facts: { tags: door.tags ?? {}, enabled: door.enabled },
    }
  }

  snapshot(): Json {
    return Object.fromEntries(
      [...this.doors]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { settings }]) => [name, { ...settings }]),
    )
  }

  async write(name: string, from: Facet, to: Facet): Promise<void> {
    // A deny of ours stands before anything else moves, as with every cloud.
    const isBolt = ({ entry, to: value }: { entry: string; to: Json | undefined }) =>
      entry.startsWith('bolt') && value !== undefined
    const open = differences(from, to)
    for (const { entry, to: value } of [...open.filter(isBolt), ...open.filter(each => !isBolt(each))]) {
      const fault = this.onWrite(entry)
      const door = this.doors.get(name)
      if (!door) throw new Fault('gone', `no door ${name}`)
      if (entry.startsWith('bolt') && value !== undefined && !this.room) {
        throw new Fault('quota', 'no room for a bolt')
      }
      door.settings = withEntries(door.settings, [[entry, value]])
      this.writes.push(`${name} ${entry}`)
      if (fault) throw fault
    }
  }

  session(): Session {
    const cloud = this
    return {
      cloud: this.cloud,
      account: this.account,
      caller: { name: 'mara', uids: [] },
      client: this,
      async *inventory({ kinds }) {
        for (const name of cloud.doors.keys()) {
          const identity = cloud.identity(name)
          if (!kinds || kinds.includes(identity.kind)) yield identity
        }
      },
      async credentials(owner) {
        return [...cloud.doors]
          .filter(([, door]) => door.owner === owner.name)
          .map(([name]) => cloud.identity(name))
      },
      spares: identity =>
        spareOf([
          identity.name === 'mine' ? { because: 'that is you', class: 'self' } : undefined,
          identity.name === 'boss' ? { because: 'it runs the town', class: 'administrator' } : undefined,
          taggedProtected(identity.facts['tags']),
        ]),
      doubts: async (_, reads) => (reads.includes('tags') ? 'it may write this tag itself' : undefined),
      warnings: [],
      calls: () => ({}),
      async close() {},
    }
  }

  world(more: Partial<World> = {}): World {
    return {
      timing: REAL,
      providers: new Map([['toy', provider]]),
      sessions: [this.session()],
      unreached: [],
      target: { kind: 'lab', at: 'toy' },
      clock: this.clock,
      listen: () => undefined,
      patience: 0,
      ...more,
    }
  }
}

const none = z.strictObject({})

export function interruption(
  kind: string,
  verb: Interruption['verbs'][number],
  lens: Pick<Interruption<ToyCloud>, 'cut'> & Partial<Interruption<ToyCloud>>,
): Interruption<ToyCloud> {
  return {
    id: `toy.${kind}.${verb}`,
    summary: '',
    verbs: [verb],
    on: [kind],
    leaves: 'nothing',
    reversal: { kind: 'exact' },
    permissions: { read: [], cut: [], restore: [] },
    params: none as unknown as Interruption<ToyCloud>['params'],
    async read(client, { identity }) {
      client.onRead(identity.name)
      const door = client.doors.get(identity.name)
      return door && { uid: door.uid, facet: { ...door.settings } }
    },
    async write(client, from, to, { identity }) {
      await client.write(identity.name, from, to)
    },
    ...lens,
  }
}

/** Shared by all runs: `open` becomes false. */
export const shut = interruption('door', 'disable', {
  cut: facet => withEntries(facet, [['open', 'open' in facet ? false : undefined]]),
})

export const cancel = interruption('pass', 'disable', {
  cut: facet => withEntries(facet, [['open', 'open' in facet ? false : undefined]]),
})

/** Each run's own; falls from a bolt to a bar when there is no room. Tokens live for an hour. */
export const lock = interruption('door', 'quarantine', {
  cut(facet, { run, exhausted }) {
    if (`bolt/${run}` in facet || 'bar' in facet) return facet
    const bolt = `bolt/${run}`
    return withEntries(facet, [exhausted.includes(bolt) ? ['bar', true] : [bolt, 'all']])
  },
  horizon: () => 3600,
  stepDown: (facet, { run, now }) => withEntries(facet, [[`bolt/${run}`, `before ${now}`]]),
  probe: async (client, { identity, run }) => {
    if (!(client as ToyCloud).shows(identity.name)) return 'pending'
    const settings = client.doors.get(identity.name)?.settings ?? {}
    return `bolt/${run}` in settings || 'bar' in settings ? 'denied' : 'allowed'
  },
})

/** Takes things away: every `key/…`. */
export const strip = interruption('door', 'detach', {
  cut: facet =>
    withEntries(
      facet,
      Object.keys(facet)
        .filter(entry => entry.startsWith('key/'))
        .map(entry => [entry, undefined]),
    ),
})

const facts: Kind['facts'] = { tags: 'map<string>', enabled: 'bool' }

export const provider: Provider = {
  cloud: 'toy',
  title: 'Toy',
  kinds: [
    { name: 'door', summary: '', credential: false, facts },
    { name: 'pass', summary: '', credential: true, owners: ['door'], facts },
  ],
  interruptions: [shut, cancel, lock, strip] as unknown as Provider['interruptions'],
  permissions: [],
  connect: async () => ({ sessions: [], unreached: [] }),
  policy: () => null,
}

/** The same cloud again, under another name and with kinds of its own. */
export const fog: Provider = {
  ...provider,
  cloud: 'fog',
  title: 'Fog',
  kinds: provider.kinds.map(kind => ({
    ...kind,
    name: kind.credential ? 'token' : 'gate',
    ...(kind.owners ? { owners: ['gate'] } : {}),
  })),
  interruptions: provider.interruptions.map(each => {
    const on = each.on.includes('door') ? 'gate' : 'token'
    return { ...each, id: `fog.${on}.${each.verbs[0]}`, on: [on] }
  }),
}

export function playbook(
  verbs: string[],
  select = 'identity.kind == "door"',
  more: Partial<Playbook> = {},
): Playbook {
  return {
    name: 'toy',
    title: 'Toy',
    status: 'test',
    severity: 'low',
    references: {},
    inputs: {},
    scope: { toy: {} },
    protect: ['"break-glass" in identity.tags'],
    limit: { identities: 100, share: 1 },
    ttl: 3600,
    steps: [{ name: 'doors', select, interrupt: verbs.map(use => ({ use, params: {} })) }],
    source: '',
    sha256: 'toy',
    file: 'toy.yaml',
    ...more,
  }
}
