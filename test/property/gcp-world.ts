import type { GcpClient } from '../../src/clouds/gcp/client.ts'
import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import { kinds } from '../../src/clouds/gcp/kinds/kinds.ts'
import type { World } from '../../src/engine/index.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { emailOf, PROJECT, type Town } from '../clouds/gcp/interruptions/small-estate.ts'

/** The engine's world over the small estate, with the accounts of these names as its inventory. */
export function gcpWorld(town: Town, names: readonly string[], client = town.client): World {
  const provider: Provider<GcpClient> = {
    cloud: 'gcp',
    title: 'Google Cloud',
    kinds,
    interruptions,
    permissions: [],
    connect: async () => ({ sessions: [], unreached: [] }),
    policy: () => ({}),
  }
  const identities: Identity[] = names.map(name => town.identity(name))
  const session: Session<GcpClient> = {
    cloud: 'gcp',
    account: PROJECT,
    caller: { name: emailOf('responder'), uids: [] },
    client,
    async *inventory() {
      yield* identities
    },
    credentials: async () => [],
    spares: () => undefined,
    warnings: [],
    calls: () => client.tally.operations,
    close: async () => undefined,
  }
  return {
    timing: REAL,
    providers: new Map([['gcp', provider as Provider]]),
    sessions: [session as Session],
    unreached: [],
    target: { kind: 'lab', at: town.lab.id },
    clock: () => town.lab.clock.now(),
    listen: () => undefined,
    patience: 2000,
  }
}

/** A playbook that uses these verbs or exact interruptions on the accounts with these names. */
export function gcpPlaybook(
  names: readonly string[],
  uses: readonly string[],
  params: Playbook['steps'][number]['interrupt'][number]['params'] = {},
): Playbook {
  const emails = JSON.stringify(names.map(emailOf))
  return {
    name: 'property',
    title: 'Property',
    status: 'test',
    severity: 'low',
    references: {},
    inputs: {},
    scope: { gcp: {} },
    protect: [],
    limit: { identities: 100, share: 1 },
    ttl: 3600,
    steps: [
      {
        name: 'all',
        select: `identity.kind == "service-account" && identity.name in ${emails}`,
        interrupt: uses.map(use => ({ use, params })),
      },
    ],
    source: '',
    sha256: '',
    file: 'property.yaml',
  }
}
