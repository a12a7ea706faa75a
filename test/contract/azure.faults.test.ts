import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import type { Trouble } from '../../src/lab/index.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { azureCase } from '../cases/azure.ts'
import { type Opened, openCase } from '../cases/case.ts'
import { Town } from '../engine/town.ts'
import { someOf } from '../setup/whole.ts'
import { applicationId, certificateId, federatedId } from './azure-subjects.ts'

const NAMES = [
  objectId('mail-insights'),
  objectId('billing-export'),
  objectId('agent-refunds'),
  applicationId('mail-insights'),
  federatedId('shop-deploy', 'any-shop-branch'),
  `${objectId('id-runner')}/runners-main`,
  certificateId('ledger-sync', 'ledger-2026'),
  'stacmelogs',
]

const scopes = [`/subscriptions/${SUBSCRIPTIONS.production}`]
const step = (name: string, kind: string, ...interrupt: Playbook['steps'][number]['interrupt']) => ({
  name,
  select: `identity.kind == "${kind}" && identity.name in ${JSON.stringify(NAMES)}`,
  interrupt,
})

/** Everything that can be done at once, each interruption on something. */
const PLAYBOOK: Playbook = {
  name: 'everything',
  title: 'Everything',
  status: 'test',
  severity: 'low',
  references: {},
  inputs: {},
  scope: { azure: {} },
  protect: [],
  limit: { identities: 50, share: 1 },
  ttl: 3600,
  steps: [
    step(
      'principals',
      'service-principal',
      { use: 'quarantine', params: { scopes } },
      { use: 'disable', params: {} },
      { use: 'detach', params: {} },
    ),
    {
      ...step('gate', 'service-principal', { use: 'gate', params: {} }),
      select: `identity.kind == "service-principal" && identity.name == "${objectId('billing-export')}"`,
    },
    step('application', 'application', { use: 'disable', params: {} }),
    step('trusts', 'federated-credential', { use: 'disable', params: {} }),
    step('certificate', 'certificate', { use: 'disable', params: {} }),
    step('account', 'storage-account', { use: 'constrain', params: {} }),
  ],
  source: '',
  sha256: '',
  file: 'everything.yaml',
}

let opened: Opened
let town: Town
let world: World
let operations: string[]
let isWrite: (operation: string) => boolean

async function open(change?: Parameters<typeof azureCase>[0]): Promise<void> {
  const given = { ...azureCase(change), scope: {} }
  operations = []
  isWrite = given.operations.isWrite
  opened = await openCase(given, { record: ({ operation }) => operations.push(operation) })
  town = await Town.open()
  world = {
    timing: REAL,
    providers: new Map([['azure', given.provider]]),
    sessions: opened.sessions,
    unreached: [],
    target: { kind: 'lab', at: opened.lab.id },
    clock: () => opened.lab.clock.now(),
    listen: () => undefined,
    patience: 3000,
  }
}

async function close(): Promise<void> {
  for (const session of opened.sessions) await session.close()
  await opened.lab.close()
  await town.close()
}

/** Operations that change something on the way there and back, where nothing goes wrong. */
const written = new Set<string>()
beforeAll(async () => {
  await open()
  const seed = opened.snapshot()
  const { contained, restored } = await thereAndBack()
  expect(faultsOf(contained)).toEqual([])
  expect(restored.restore?.finished).toBe('complete')
  expect(opened.snapshot()).toEqual(seed)
  for (const operation of writes(operations)) written.add(operation)
  await close()
}, 120_000)

afterEach(close)

const faultsOf = (state: RunState) =>
  [...state.changes.values()].flatMap(({ key, fault }) =>
    fault ? [`${key}: ${fault.code} ${fault.message}`] : [],
  )
const unset = (state: RunState) =>
  [...state.changes.values()]
    .filter(({ set, phase }) => phase !== 'already' && set !== true)
    .map(({ key }) => key)

const writes = (some: readonly string[]) =>
  new Set(some.filter(each => isWrite(each) || (each.startsWith('POST ') && !each.endsWith('/$batch'))))

/** Contains, carries on where something failed, and restores likewise. */
async function thereAndBack(): Promise<{ contained: RunState; restored: RunState }> {
  let contained = await town.contain(world, 'run1', PLAYBOOK)
  if (faultsOf(contained).length > 0) contained = await town.resume(world, 'run1', PLAYBOOK)
  let restored = await town.restore(world, 'run1')
  if (restored.restore?.finished !== 'complete') restored = await town.restore(world, 'run1')
  return { contained, restored }
}

const TROUBLES: [string, Trouble][] = [
  ['done, and answered with 503', { kind: 'applied-then-503' }],
  ['done, and the connection is reset', { kind: 'applied-then-reset' }],
  [
    'a race for the directory object is lost',
    { kind: 'error', code: 'Directory_ConcurrencyViolation', status: 409 },
  ],
  ['a precondition fails', { kind: 'error', code: 'PreconditionFailed', status: 412 }],
  ['throttled', { kind: 'throttle' }],
]

describe('there and back, whatever goes wrong with each kind of write', () => {
  it.each(someOf(TROUBLES, 2))('%s', { timeout: 120_000 }, async (_, trouble) => {
    await open()
    const seed = opened.snapshot()
    expect(written.size).toBeGreaterThan(15)
    for (const operation of written) opened.lab.faults.add({ cloud: 'azure', operation, trouble })
    const { contained, restored } = await thereAndBack()
    expect(faultsOf(contained)).toEqual([])
    expect(unset(contained)).toEqual([])
    expect(restored.restore?.finished).toBe('complete')
    expect(opened.snapshot()).toEqual(seed)
  })

  it('every other write loses the race for the directory object', { timeout: 120_000 }, async () => {
    await open(estate => {
      estate.switches.concurrencyEvery = 2
    })
    const seed = opened.snapshot()
    const { contained, restored } = await thereAndBack()
    expect(faultsOf(contained)).toEqual([])
    expect(restored.restore?.finished).toBe('complete')
    expect(opened.snapshot()).toEqual(seed)
  })

  it('reads are from before the last write for a while', { timeout: 120_000 }, async () => {
    await open()
    const seed = opened.snapshot()
    for (const [operation, times] of [
      ['GET /v1.0/servicePrincipals/{id}', 24],
      ['GET /v1.0/applications/{id}', 6],
    ] as const) {
      opened.lab.faults.add({ cloud: 'azure', operation, trouble: { kind: 'stale' }, times })
    }
    const { contained, restored } = await thereAndBack()
    expect(faultsOf(contained)).toEqual([])
    expect(unset(contained)).toEqual([])
    expect(restored.restore?.finished).toBe('complete')
    expect(opened.snapshot()).toEqual(seed)
  })
})
