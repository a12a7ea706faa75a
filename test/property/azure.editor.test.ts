import { afterEach, describe, expect, it } from 'vitest'
import type { AzureCall, AzureClient } from '../../src/clouds/azure/client.ts'
import type { World } from '../../src/engine/index.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import type { Json } from '../../src/model/json.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { azureCase } from '../cases/azure.ts'
import { type Opened, openCase } from '../cases/case.ts'
import { Town } from '../engine/town.ts'

const APPLICATION = guid('application ledger-sync')
const CERTIFICATE = `${APPLICATION}/${guid('certificate ledger-2026')}`
const PRINCIPAL = objectId('billing-export')
const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`
const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
const THEIRS = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'

const playbook = (kind: string, name: string, ...uses: string[]): Playbook => ({
  name: 'property',
  title: 'Property',
  status: 'test',
  severity: 'low',
  references: {},
  inputs: {},
  scope: { azure: {} },
  protect: [],
  limit: { identities: 50, share: 1 },
  ttl: 3600,
  steps: [
    {
      name: 'one',
      select: `identity.kind == "${kind}" && identity.name == "${name}"`,
      interrupt: uses.map(use => ({ use, params: {} })),
    },
  ],
  source: '',
  sha256: '',
  file: 'property.yaml',
})

let opened: Opened
let town: Town
afterEach(async () => {
  for (const session of opened.sessions) await session.close()
  await opened.lab.close()
  await town.close()
})

/** The engine's world over the lab, with somebody else at work before each of our writes. */
async function open(
  meanwhile: (client: AzureClient, write: number) => Promise<void> = async () => undefined,
) {
  const given = { ...azureCase(), scope: {} }
  opened = await openCase(given)
  town = await Town.open()
  const client = opened.sessions[0]?.client as AzureClient
  let count = 0
  const provider: Provider = {
    ...given.provider,
    interruptions: given.provider.interruptions.map(interruption => ({
      ...interruption,
      async write(...args) {
        await meanwhile(client, count++)
        await interruption.write(...args)
      },
    })),
  }
  const world: World = {
    timing: REAL,
    providers: new Map([['azure', provider]]),
    sessions: opened.sessions,
    unreached: [],
    target: { kind: 'lab', at: opened.lab.id },
    clock: () => opened.lab.clock.now(),
    listen: () => undefined,
    patience: 2000,
  }
  return { world, client }
}

const graph = (method: AzureCall['method'], path: string, body?: Json): AzureCall => ({
  service: 'graph',
  method,
  path: `/v1.0${path}`,
  operation: `${method} /v1.0${path}`,
  ...(body === undefined ? {} : { body }),
})

const grant = (name: string, description: string): AzureCall => ({
  service: 'arm',
  method: 'PUT',
  path: `${PRODUCTION}/providers/Microsoft.Authorization/roleAssignments/${name}`,
  query: { 'api-version': '2022-04-01' },
  body: {
    properties: {
      roleDefinitionId: `${PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/${READER}`,
      principalId: PRINCIPAL,
      principalType: 'ServicePrincipal',
      description,
    },
  },
  operation: 'Microsoft.Authorization/roleAssignments/write',
})

const decisions = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) =>
    restored.map(({ entry, decision }) => `${entry} ${decision}`),
  )

interface Keys {
  keyCredentials: { keyId: string; displayName: string | null; key: string | null }[]
}

describe('a change by somebody else between our reading and our writing stays', () => {
  it.each([0, 1])('a certificate that is added before write %i', async at => {
    const own = guid('certificate theirs')
    const { world, client } = await open(async (theirs, write) => {
      if (write !== at) return
      const { keyCredentials } = await theirs.call<Keys>({
        ...graph('GET', `/applications/${APPLICATION}`),
        query: { $select: 'id,keyCredentials' },
      })
      const [first] = keyCredentials.filter(({ key }) => key !== null)
      const added = {
        ...(first as object),
        keyId: own,
        displayName: 'theirs',
        key: 'dGhlaXJz',
        endDateTime: '2031-01-01T00:00:00Z',
        type: 'AsymmetricX509Cert',
        usage: 'Verify',
      }
      await theirs.call(
        graph('PATCH', `/applications/${APPLICATION}`, {
          keyCredentials: [...keyCredentials, added] as unknown as Json,
        }),
      )
    })
    const names = async () => {
      const { keyCredentials } = await client.call<Keys>({
        ...graph('GET', `/applications/${APPLICATION}`),
        query: { $select: 'id,keyCredentials' },
      })
      return keyCredentials.map(({ displayName }) => displayName).sort()
    }
    const before = await names()
    await town.contain(world, 'run1', playbook('certificate', CERTIFICATE, 'disable'))
    expect(await names()).not.toContain('CN=ledger-2026')
    const { restore } = await town.restore(world, 'run1')
    expect(restore?.finished).toBe('complete')
    // One that appears while the owner is contained is stopped too, and stays off.
    expect(await names()).toEqual((at === 0 ? before : [...before, 'theirs']).sort())
  })

  it('a role that is given meanwhile', async () => {
    const { world, client } = await open(async (theirs, write) => {
      if (write === 1) await theirs.call(grant(THEIRS, 'theirs'))
    })
    const seed = opened.snapshot() as { roleAssignments: { [name: string]: Json } }
    await town.contain(world, 'run1', playbook('service-principal', PRINCIPAL, 'disable', 'detach'))
    const { restore } = await town.restore(world, 'run1')
    expect(restore?.finished).toBe('complete')
    const after = opened.snapshot() as { roleAssignments: { [name: string]: Json } }
    expect(Object.keys(after.roleAssignments).sort()).toEqual(
      [...Object.keys(seed.roleAssignments), THEIRS].sort(),
    )
    const { body: _, ...given } = grant(THEIRS, '')
    await client.call({
      ...given,
      method: 'DELETE',
      operation: 'Microsoft.Authorization/roleAssignments/delete',
    })
    expect(opened.snapshot()).toEqual(seed)
  })
})

describe('a change by somebody else to a held setting is drift, shown and left alone', () => {
  it('a principal that an owner has switched on again', async () => {
    const { world, client } = await open()
    const seed = opened.snapshot()
    await town.contain(world, 'run1', playbook('service-principal', PRINCIPAL, 'disable', 'quarantine'))
    await client.call(graph('PATCH', `/servicePrincipals/${PRINCIPAL}`, { accountEnabled: true }))
    const left = await town.restore(world, 'run1')
    // It is what it was before us: nothing is owed.
    expect(decisions(left)).toContain('enabled already')
    expect(opened.snapshot()).toEqual(seed)
  })

  it('a trust that was made again with another subject', async () => {
    const name = `${guid('application docs-deploy')}/docs-main`
    const { world, client } = await open()
    const seed = opened.snapshot()
    await town.contain(world, 'run1', playbook('federated-credential', name, 'disable'))
    await client.call(
      graph('POST', `/applications/${guid('application docs-deploy')}/federatedIdentityCredentials`, {
        name: 'docs-main',
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'repo:mallory/docs:ref:refs/heads/main',
        audiences: ['api://AzureADTokenExchange'],
      }),
    )
    const tampered = opened.snapshot()
    const left = await town.restore(world, 'run1')
    expect(left.restore?.finished).toBe('incomplete')
    expect(decisions(left)).toEqual(['trust drift'])
    expect(opened.snapshot()).toEqual(tampered)
    const forced = await town.restore(world, 'run1', { drift: 'force' })
    expect(decisions(forced)).toContain('trust force')
    expect(opened.snapshot()).toEqual(seed)
  })
})
