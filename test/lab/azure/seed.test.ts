import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { azureCast } from '../../../src/lab/actors/azure.ts'
import { azureLab } from '../../../src/lab/azure/index.ts'
import { largeAzure, objectId, seedAzure } from '../../../src/lab/azure/seed/index.ts'
import { LabClock } from '../../../src/lab/clock.ts'
import { startLab } from '../../../src/lab/index.ts'
import { GRAPH, town } from './town.ts'

const AT = '2026-11-20T09:00:00.000Z'

describe('the seeded tenant', () => {
  test('is the same for the same moment, and plain data', () => {
    const estate = seedAzure(AT)
    expect(seedAzure(AT)).toEqual(estate)
    expect(JSON.parse(JSON.stringify(estate))).toEqual(estate)
  })

  test('names nothing that is not there', () => {
    const estate = seedAzure(AT)
    const ids = new Set(
      [...estate.servicePrincipals, ...estate.applications, ...estate.groups, ...estate.users].map(
        ({ id }) => id,
      ),
    )
    const named = [
      ...estate.roleAssignments.map(each => each.principalId),
      ...estate.appRoleAssignments.flatMap(each => [each.principalId, each.resourceId]),
      ...estate.grants.flatMap(each => [each.clientId, each.resourceId]),
      ...estate.directoryAssignments.map(each => each.principalId),
      ...estate.groups.flatMap(each => each.members),
      ...estate.federatedCredentials.map(each => each.application),
      ...estate.identities.map(each => each.principalId),
      ...[...estate.applications, ...estate.servicePrincipals].flatMap(each => each.owners),
    ]
    expect(named.filter(id => !ids.has(id))).toEqual([])
    const roles = new Set(estate.roleDefinitions.map(({ name }) => name))
    expect(
      estate.roleAssignments.every(each => roles.has(each.roleDefinitionId.split('/').at(-1) ?? '')),
    ).toBe(true)
    const permissions = estate.servicePrincipals.flatMap(each => each.appRoles.map(({ id }) => id))
    expect(estate.appRoleAssignments.every(each => permissions.includes(each.appRoleId))).toBe(true)
  })

  test('has what is awkward in real ones', () => {
    const { servicePrincipals, applications, federatedCredentials, roleAssignments } = seedAzure(AT)
    const types = Map.groupBy(servicePrincipals, each => each['@odata.type'] ?? each.servicePrincipalType)
    expect(types.get('ManagedIdentity')).toHaveLength(3)
    expect(types.get('#microsoft.graph.agentIdentity')?.length).toBeGreaterThanOrEqual(3)
    expect(types.get('Legacy')).toHaveLength(1)
    expect(servicePrincipals.some(({ accountEnabled }) => !accountEnabled)).toBe(true)
    expect(servicePrincipals.some(each => each.passwordCredentials.length > 0)).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(servicePrincipals.some(({ displayName }) => /\u001b/.test(displayName))).toBe(true)
    const perApplication = Map.groupBy(federatedCredentials, each => each.application)
    expect(Math.max(...[...perApplication.values()].map(each => each.length))).toBe(20)
    expect(federatedCredentials.some(each => each.claimsMatchingExpression !== null)).toBe(true)
    expect(roleAssignments.some(each => each.condition !== null)).toBe(true)
    expect(roleAssignments.some(each => each.delegatedManagedIdentityResourceId !== null)).toBe(true)
    expect(roleAssignments.some(each => each.endDateTime !== undefined)).toBe(true)
    const keys = applications.flatMap(each => each.keyCredentials.map(({ key }) => key))
    expect(keys).toContain(null)
    const der = keys.find(key => key !== null) ?? ''
    expect(new X509Certificate(Buffer.from(der, 'base64')).subject).toMatch(/^CN=/)
  })

  test('can be large, and starts quickly then', () => {
    const cloud = azureLab(() => largeAzure(5_000, AT))
    cloud.open({ clock: new LabClock(), propagationMs: 1000 })
    expect(cloud.estate().servicePrincipals.length).toBeGreaterThan(5_000)
    expect(new Set(cloud.estate().servicePrincipals.map(({ appId }) => appId)).size).toBe(
      cloud.estate().servicePrincipals.length,
    )
  })
})

test.each(Object.keys(azureCast))('%s gets at its data by all of its ways', async name => {
  const { lab } = await town()
  const ways = (await azureCast[name]?.(lab.endpoint)) ?? []
  expect(ways.length).toBeGreaterThan(0)
  for (const { attempt } of ways) await attempt()
})

test('a lab goes on from its file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-azure-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const start = () =>
    startLab({ clouds: [azureLab(() => seedAzure(AT))], file: join(folder, 'lab.json'), propagationMs: 0 })
  const here = await town()
  const first = await start()
  const fresh = first.snapshot()
  const token = await here.responder(GRAPH)
  const reply = await fetch(`${first.endpoint}/v1.0/servicePrincipals/${objectId('mail-insights')}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ accountEnabled: false }),
  })
  expect(reply.status).toBe(204)
  const before = first.snapshot()
  await first.close()
  const second = await start()
  onTestFinished(() => second.close())
  expect(second.snapshot()).toEqual(before)
  await second.reset()
  expect(second.snapshot()).toEqual(fresh)
})
