import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AzureClient } from '../../src/clouds/azure/client.ts'
import { contain, makePlan, verify, type World } from '../../src/engine/index.ts'
import { guid, objectId } from '../../src/lab/azure/seed/index.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Session } from '../../src/model/provider.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { type AzureCase, azureCase } from '../cases/azure.ts'
import { type Opened, openCase } from '../cases/case.ts'
import { Town } from '../engine/town.ts'

/** The program that signs in with a federated credential and a client secret. */
const DOCS = objectId('docs-deploy')
const APPLICATION = guid('application docs-deploy')
const FEDERATED = 'GET /beta/applications/{id}/federatedIdentityCredentials'

const playbook: Playbook = {
  name: 'stop',
  title: 'Stop',
  status: 'test',
  severity: 'low',
  references: {},
  inputs: {},
  scope: { azure: {} },
  protect: [],
  limit: { identities: 5, share: 1 },
  ttl: 3600,
  steps: [
    {
      name: 'principal',
      select: `identity.kind == "service-principal" && identity.name == "${DOCS}"`,
      interrupt: [{ use: 'disable', params: {} }],
    },
  ],
  source: '',
  sha256: '',
  file: 'stop.yaml',
}

let given: AzureCase
let opened: Opened
let town: Town
let world: World

beforeEach(async () => {
  given = azureCase()
  opened = await openCase(given)
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
    propagation: { azure: 0 },
  }
})

afterEach(async () => {
  for (const session of world.sessions) await session.close()
  await opened.lab.close()
  await town.close()
})

const refuse = (operation: string) =>
  opened.lab.faults.add({
    cloud: 'azure',
    operation,
    times: 0,
    trouble: { kind: 'error', code: 'Authorization_RequestDenied', status: 403 },
  })

/** A secret that somebody adds behind our back. Returns its key id. */
async function addSecret(): Promise<string> {
  const [session] = opened.sessions
  const { keyId } = await (session as Session<AzureClient>).client.call<{ keyId: string }>({
    service: 'graph',
    method: 'POST',
    path: `/v1.0/applications/${APPLICATION}/addPassword`,
    body: { passwordCredential: { displayName: 'thief' } },
    operation: 'POST /v1.0/applications/{id}/addPassword',
  })
  return keyId
}

const carryOut = async (plan: Plan): Promise<RunState> => {
  const journal = await town.store.create(plan.run, world.clock)
  try {
    const actor = { user: 'mara', host: 'desk', pid: 1 }
    const holds = await town.holds()
    return await contain(world, { plan, journal, holds, reason: 'test', tool: 'test', actor, ttl: 3600 })
  } finally {
    await journal.close()
  }
}

const phases = (state: RunState) =>
  Object.fromEntries([...state.changes.values()].map(({ planned, phase }) => [planned.interruption, phase]))

describe('an application with a federated credential and a client secret', () => {
  it('has nothing new after a containment of its principal', async () => {
    const state = await town.contain(world, 'run1', playbook)
    expect(phases(state)).toEqual({
      'azure.service-principal.disable': 'written',
      'azure.federated-credential.disable': 'written',
    })
    expect(state.found).toEqual([])
    expect(state.unswept).toEqual([])
    expect(state.finished).toBe('complete')
    const { journal, state: read } = await town.store.append('run1', world.clock)
    try {
      const verified = await verify(world, { state: read, journal, holds: await town.holds() })
      expect(verified.found).toEqual([])
    } finally {
      await journal.close()
    }
  })
})

describe('the sweep, where federated credentials cannot be listed', () => {
  it('costs that kind only: the principal is disabled, the rest refused with the reason', async () => {
    refuse(FEDERATED)
    const plan = await makePlan(world, { run: 'run1', playbook, inputs: {}, holds: await town.holds() })
    expect(plan.changes.map(({ interruption }) => interruption)).toEqual(['azure.service-principal.disable'])
    expect(plan.refused).toMatchObject([
      {
        interruption: 'azure.federated-credential.disable',
        because: expect.stringMatching(/^federated-credential could not be listed: .*403|RequestDenied/),
      },
    ])
    expect(plan.warnings).toContainEqual(
      expect.stringMatching(
        /federated-credential could not be listed.*cannot be distinguished from old ones$/,
      ),
    )
    const state = await town.contain(world, 'run2', playbook)
    expect(phases(state)).toEqual({ 'azure.service-principal.disable': 'written' })
    expect(state.finished).toBe('incomplete')
    expect(state.found).toEqual([])
    expect(state.unswept).toMatchObject([{ fault: { message: expect.stringMatching(/federated/) } }])
  })

  it('takes nothing for new that the plan could not list, and still finds a new secret once', async () => {
    refuse(FEDERATED)
    const plan = await makePlan(world, { run: 'run1', playbook, inputs: {}, holds: await town.holds() })
    // Somebody grants the permission, and a thief adds a secret, between plan and sweep.
    opened.lab.faults.clear()
    const keyId = await addSecret()
    const state = await carryOut(plan)
    expect(state.found.map(({ identity }) => identity.facts['keyId'])).toEqual([keyId])
    expect(state.unswept).toHaveLength(1)
  })
})
