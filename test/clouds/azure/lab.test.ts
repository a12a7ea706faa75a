import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { permissionOf } from '../../../src/clouds/azure/permission-map.ts'
import { azure } from '../../../src/clouds/azure/provider.ts'
import { azureLab } from '../../../src/lab/azure/index.ts'
import { largeAzure, seedAzure } from '../../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'

let lab: Lab
let estate: AzureEstate
let session: Session

async function open(seed: (at: string) => AzureEstate, switches: Partial<AzureEstate['switches']> = {}) {
  estate = seed(new Date().toISOString())
  Object.assign(estate.switches, switches)
  lab = await startLab({ clouds: [azureLab(() => estate)], propagationMs: 0 })
  const { sessions, unreached } = await azure.connect({
    timing: REAL,
    scope: {},
    lab: { endpoint: lab.endpoint, credentials: { ...estate.responder } },
  })
  expect(unreached).toEqual([])
  const [first] = sessions
  if (!first) throw new Error('not signed in')
  session = first
}

afterEach(async () => {
  await session.close()
  await lab.close()
})

const kindsOf = azure.kinds.map(({ name }) => name)

async function list(kinds: string[] = kindsOf): Promise<Identity[]> {
  const found: Identity[] = []
  for await (const identity of session.inventory({ kinds })) found.push(identity)
  return found
}

const called = (found: Identity[], name: string) => {
  const one = found.find(({ facts, kind }) => facts.displayName === name && kind !== 'application')
  if (!one) throw new Error(`no ${name}`)
  return one
}

test('the seeded tenant is listed whole, over pages of two and batches that are throttled', async () => {
  await open(seedAzure, { pageSize: 2, batchThrottleEvery: 40 })
  const found = await list()
  const { servicePrincipals, applications, federatedCredentials, identities, resources } = estate
  const managed = servicePrincipals.filter(each => each.servicePrincipalType === 'ManagedIdentity').length
  const holders = [...servicePrincipals, ...applications]
  const count = (kind: string) => found.filter(each => each.kind === kind).length
  expect(Object.fromEntries(kindsOf.map(kind => [kind, count(kind)]))).toEqual({
    'service-principal': servicePrincipals.length - managed,
    'managed-identity': managed,
    application: applications.length,
    'client-secret': holders.flatMap(each => each.passwordCredentials).length,
    certificate: holders.flatMap(each => each.keyCredentials).length,
    'federated-credential':
      federatedCredentials.length + identities.flatMap(each => each.federatedCredentials).length,
    'storage-account': resources.filter(({ type }) => type === 'Microsoft.Storage/storageAccounts').length,
  })
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
  expect(session.warnings).toEqual([])
})

test('what a principal may do is what the tenant has', async () => {
  await open(seedAzure)
  const found = await list()
  for (const { id, displayName, servicePrincipalType } of estate.servicePrincipals) {
    const kind = servicePrincipalType === 'ManagedIdentity' ? 'managed-identity' : 'service-principal'
    const facts = found.find(each => each.kind === kind && each.name === id)?.facts ?? {}
    const sorted = (values: unknown[]) => values.map(String).sort()
    const ids = (fact: unknown) => (Array.isArray(fact) ? fact.map(each => each.id) : [])
    const own = <T extends { principalId: string }>(all: T[]) => all.filter(each => each.principalId === id)
    expect(sorted(ids(facts.appRoles)), displayName).toEqual(
      sorted(own(estate.appRoleAssignments).map(each => each.id)),
    )
    expect(
      ids(facts.roles)
        .map(each => each.split('/').at(-1))
        .sort(),
      displayName,
    ).toEqual(sorted(own(estate.roleAssignments).map(({ name }) => name)))
    expect(ids(facts.delegatedGrants).sort(), displayName).toEqual(
      sorted(estate.grants.filter(({ clientId }) => clientId === id).map(each => each.id)),
    )
    expect((facts.directoryRoles as string[] | undefined)?.length, displayName).toBe(
      new Set(own(estate.directoryAssignments).map(each => each.roleDefinitionId)).size,
    )
  }
})

test('each sort of principal is known for what it is', async () => {
  await open(seedAzure)
  const found = await list()
  const types = new Set(found.map(({ facts }) => facts.type).filter(type => type !== undefined))
  for (const type of ['application', 'managed-identity', 'agent-identity', 'agent-blueprint']) {
    expect([...types]).toContain(type)
  }
  const agents = found.filter(({ facts }) => facts.type === 'agent-identity')
  expect(agents.length).toBeGreaterThanOrEqual(3)
  for (const { facts } of agents) {
    const blueprint = estate.servicePrincipals.find(({ appId }) => appId === facts.blueprint)
    expect(blueprint?.['@odata.type']).toBe('#microsoft.graph.agentIdentityBlueprintPrincipal')
  }
  expect(found.some(({ facts }) => facts.thirdParty === true)).toBe(true)
  expect(found.filter(({ facts }) => facts.expression).length).toBeGreaterThan(0)
  const used = found.filter(({ facts }) => facts.assigned === 'user')
  expect(used.some(({ facts }) => Array.isArray(facts.usedBy) && facts.usedBy.length > 0)).toBe(true)
  const firstParty = found.filter(({ facts }) => facts.firstParty === true)
  expect(firstParty.length).toBeGreaterThan(0)
  for (const each of firstParty) expect(session.spares(each)?.because).toContain('Microsoft')
})

test('we are spared, and whatever signs in as us', async () => {
  await open(seedAzure)
  const found = await list()
  const own = estate.servicePrincipals.find(({ appId }) => appId === estate.responder.clientId)
  const spared = found.filter(each => /^that is you/.test(session.spares(each)?.because ?? ''))
  expect(spared.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['service-principal', 'application', 'client-secret']),
  )
  expect(session.caller.uids).toContain(own?.id)
  expect(session.spares(called(found, 'billing-export'))).toBeUndefined()
})

test('everything that is called is declared', async () => {
  await open(seedAzure)
  for (const identity of await list()) {
    if (session.spares(identity) === undefined) await session.dependents?.(identity)
    if (!identity.owner) await session.credentials(identity)
  }
  const called = Object.keys(session.calls())
  const needed = called.map(operation => permissionOf(operation) ?? `nothing for ${operation}`)
  expect(needed.filter(each => !azure.permissions.includes(each))).toEqual([])
})

test('3,000 principals: no more requests than pages and batches, and memory that does not grow', async () => {
  await open(at => largeAzure(3_000, at))
  const { requests } = session.client as { requests(): number }
  const before = requests()
  const counts: { [kind: string]: number } = {}
  const heap: number[] = []
  let listed = 0
  for await (const { kind } of session.inventory({})) {
    counts[kind] = (counts[kind] ?? 0) + 1
    listed += 1
    if (listed % 1_500 === 0) heap.push(liveHeap())
  }
  const { servicePrincipals, applications, roleAssignments, appRoleAssignments } = estate
  expect((counts['service-principal'] ?? 0) + (counts['managed-identity'] ?? 0)).toBe(
    servicePrincipals.length,
  )
  expect(counts['application']).toBe(applications.length)
  const pages = [servicePrincipals, applications, roleAssignments, appRoleAssignments]
    .map(({ length }) => Math.ceil(length / 999))
    .reduce((sum, each) => sum + each, 0)
  // Groups and owners of each principal; owners and trusts of each application.
  const batched = 2 * servicePrincipals.length + 2 * applications.length
  // The last chunk of a listing need not fill its batch, and a tenant is looked at around them.
  expect(requests() - before).toBeLessThanOrEqual(pages + Math.ceil(batched / 20) + 40)
  const [first = 0, ...later] = heap
  expect(later.length).toBeGreaterThan(3)
  for (const each of later) expect(each - first).toBeLessThan(5_000_000)
})

/** Bytes that are in use once all that is not is gone. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
