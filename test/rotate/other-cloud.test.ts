import { afterEach, expect, test, vi } from 'vitest'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import type { GcpEstate } from '../../src/lab/gcp/store.ts'
import { callsIn, keysOf, seededKeys } from './aws-people.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const USER = 'billing-export'
const OLD = seededKeys(USER)

let scene: Scene

afterEach(async () => {
  await scene.close()
})

const estateOf = <Estate>(cloud: string) =>
  scene.lab.clouds.find(each => each.cloud === cloud)?.estate() as Estate

async function rotated(into: string) {
  const run = await scene.contain('leaked-access-key', '--input', `key=${OLD.accessKeyId}`)
  return await scene.interdict(['rotate', run, '--into', into, '--lab', '--yes', '--json', '--reason', 'x'])
}

test.each([
  {
    cloud: 'azure',
    into: 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/aws-key',
    stored: () => estateOf<AzureEstate>('azure').secrets.find(({ name }) => name === 'aws-key')?.value,
  },
  {
    cloud: 'gcp',
    into: 'gcp-secretmanager:projects/acme-prod/secrets/rotated-key',
    stored: () => estateOf<GcpEstate>('gcp').secrets.find(({ name }) => name === 'rotated-key')?.value,
  },
])(
  'a key of AWS goes into a place of $cloud, which the run had nothing to do with',
  async ({ cloud, into, stored }) => {
    scene = await Scene.open(['aws', cloud])
    const done = await rotated(into)
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(done.stdout)).toMatchObject({ rotated: [{ tried: 'works', place: into }] })
    const { AccessKeyId, SecretAccessKey } = JSON.parse(stored() ?? '{}') as { [name: string]: string }
    const credentials = { accessKeyId: AccessKeyId ?? '', secretAccessKey: SecretAccessKey ?? '' }
    expect(await callsIn(scene, credentials)).toBe('accepted')
  },
)

test('where nobody is signed in to the cloud of the place, it is refused before anything is created', async () => {
  scene = await Scene.open(['aws'])
  const into = 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/aws-key'
  const refused = await rotated(into)
  expect(refused.code, refused.stdout + refused.stderr).toBe(2)
  expect(refused.stdout).toContain('not signed in to azure, the cloud of azure-keyvault')
  expect(refused.stdout).toContain('nothing was changed')
  expect(keysOf(scene, USER).map(({ id }) => id)).toEqual([OLD.accessKeyId])
})

test('a place that we may not read is refused before anything is created', async () => {
  scene = await Scene.open(['aws', 'azure'])
  const operation = 'Microsoft.KeyVault/vaults/secrets/getSecret/action'
  scene.lab.faults.add({ operation, trouble: { kind: 'error', code: 'Forbidden', status: 403 }, times: 0 })
  const refused = await rotated('azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/aws-key')
  expect(refused.code, refused.stdout + refused.stderr).toBe(3)
  expect(keysOf(scene, USER).map(({ id }) => id)).toEqual([OLD.accessKeyId])
})
