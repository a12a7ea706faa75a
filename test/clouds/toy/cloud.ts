import type { Cloud } from '../../../src/clouds/index.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Provider, Session } from '../../../src/model/provider.ts'
import { formats } from './formats/index.ts'
import { interruptions } from './interruptions/index.ts'
import { toyId } from './names.ts'
import { bellQueue } from './sources/bell.ts'
import type { Town } from './town.ts'

/** A fourth cloud, of a town: everything that the program knows of it is this folder. */
export function toyCloud(town: Town): Cloud {
  return {
    cloud: 'toy',
    title: 'Toy Town',
    accountWord: 'town',
    configured: async () => true,
    load: async () => providerOf(town),
    records: async () => ({
      cloud: 'toy',
      formats,
      exports: [],
      messages: [],
      queues: { bell: { place: { envelopes: [], refuses: () => undefined } } },
      names: {},
    }),
    queues: [{ scheme: 'bell', form: 'TOWER', open: async address => bellQueue(town, address) }],
  }
}

function providerOf(town: Town): Provider {
  return {
    cloud: 'toy',
    title: 'Toy Town',
    kinds: [
      {
        name: 'badge',
        summary: 'Opens doors',
        credential: false,
        facts: { enabled: 'bool', tags: 'map<string>' },
      },
    ],
    interruptions: interruptions as unknown as Provider['interruptions'],
    permissions: ['badges.list'],
    connect: async () => ({ sessions: [sessionOf(town)], unreached: [] }),
    policy: permissions => [...permissions],
  }
}

function sessionOf(town: Town): Session {
  const badge = ([name, enabled]: [string, boolean]): Identity => ({
    id: toyId('badge', name),
    uid: `UID-${name}`,
    cloud: 'toy',
    account: 'town',
    kind: 'badge',
    name,
    facts: { enabled, tags: {} },
  })
  return {
    cloud: 'toy',
    account: 'town',
    caller: { name: 'warden', uids: [] },
    client: town,
    async *inventory() {
      yield* town.list().map(badge)
    },
    credentials: async () => [],
    spares: () => undefined,
    readLag: 0,
    warnings: [],
    calls: () => ({}),
    close: async () => undefined,
  }
}
