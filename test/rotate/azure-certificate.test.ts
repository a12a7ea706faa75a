import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { appId } from '../../src/lab/azure/seed/index.ts'
import {
  APP,
  azureEstate,
  certificatesOf,
  containLedger,
  type Kept,
  keyOf,
  STOLEN,
  signsIn,
  stolenKey,
  withLedger,
} from './ledger.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const VAULT = 'https://kv-acme-prod.vault.azure.net/secrets/ledger-certificate'
const INTO = `azure-keyvault:${VAULT}`

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open([withLedger(stolenKey())])
})

afterEach(async () => {
  await scene.close()
})

function act(command: 'rotate' | 'restore', run: string, ...more: string[]) {
  return scene.interdict([command, run, '--lab', '--yes', '--json', '--reason', 'x', ...more])
}

const stored = (): Kept =>
  JSON.parse(
    azureEstate(scene).secrets.find(({ name }) => name === 'ledger-certificate')?.value ?? '{}',
  ) as Kept

test('a new certificate goes on, its key into Key Vault, and the stolen one signs in no more', async () => {
  expect(await signsIn(scene, stolenKey())).toBe(true)
  const others = certificatesOf(scene).filter(({ keyId }) => keyId !== STOLEN)
  const run = await containLedger(scene)
  const planned = await scene.interdict(['rotate', run, '--into', INTO, '--lab', '--dry-run'])
  expect(planned.stdout.replace(/\s+/g, ' ')).toContain('the old one is off already, and stays off for good')
  const done = await act('rotate', run, '--into', INTO)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  // Disabling it took it off the application: there is nothing left to delete.
  expect(JSON.parse(done.stdout)).toMatchObject({
    rotated: [{ tried: 'works', oldDeleted: true }],
  })
  const kept = stored()
  expect(kept).toMatchObject({ clientId: appId(APP), tenantId: azureEstate(scene).tenant.id })
  expect(await signsIn(scene, keyOf(kept))).toBe(true)
  expect(await signsIn(scene, stolenKey())).toBe(false)
  const now = certificatesOf(scene)
  expect(now.filter(({ keyId }) => keyId !== kept.keyId)).toEqual(others)
  expect(now.find(({ keyId }) => keyId === kept.keyId)).toMatchObject({
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    displayName: `interdict-${run}`,
    endDateTime: `${kept.expires.slice(0, 19)}Z`,
  })
  // Nothing that a person or a file was told has a line of the private key.
  const lines = kept.clientCertificate.split('\n').filter(line => line.length > 40)
  const told = [done.stdout, done.stderr, ...(await scene.files()).map(({ text }) => text)]
  expect(told.filter(text => lines.some(line => text.includes(line)))).toEqual([])
  // Off for good: a restore does not bring it back.
  expect((await act('restore', run)).code).toBe(0)
  expect(await signsIn(scene, stolenKey())).toBe(false)
  expect((await scene.read(run)).state.changes.values().next().value?.phase).toBe('rotated')
})

test('with its principal held as well, the new one is tried once that is back', async () => {
  const run = await containLedger(scene, true)
  const alone = await act('rotate', run, '--into', INTO)
  expect(alone, alone.stdout + alone.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(alone.stdout)).toMatchObject({ rotated: [{ tried: 'owner-off', oldDeleted: true }] })
  expect(await signsIn(scene, keyOf(stored()))).toBe(false)
  const back = await act('restore', run)
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 })
  const { state } = await scene.read(run)
  const [rotated] = [...state.changes.values()].filter(({ phase }) => phase === 'rotated')
  expect(rotated?.rotation?.done?.tried).toBe('works')
  expect(await signsIn(scene, keyOf(stored()))).toBe(true)
  expect(await signsIn(scene, stolenKey())).toBe(false)
})

test('an id of the directory’s own choosing, a late sign-in and a list that lags are waited for', async () => {
  await scene.close()
  scene = await Scene.open([withLedger(stolenKey())], 2000)
  const run = await containLedger(scene)
  const operation = 'GET /v1.0/applications/{id}'
  // The reads of the plan and of the attempt, then those that come after the write.
  for (const nth of [6, 7, 8]) scene.lab.faults.add({ operation, nth, trouble: { kind: 'stale' } })
  const done = await act('rotate', run, '--into', INTO)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(await signsIn(scene, keyOf(stored()))).toBe(true)
  expect(certificatesOf(scene).filter(({ displayName }) => displayName === `interdict-${run}`)).toHaveLength(
    1,
  )
})

test('what cannot be stored is taken back', async () => {
  const run = await containLedger(scene)
  const before = certificatesOf(scene)
  scene.lab.faults.add({
    operation: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
    trouble: { kind: 'error', code: 'Forbidden', status: 403, message: 'no' },
    times: 0,
  })
  const failed = await act('rotate', run, '--into', INTO)
  expect(failed, failed.stdout + failed.stderr).toMatchObject({ code: 4 })
  expect(certificatesOf(scene)).toEqual(before)
  expect(await signsIn(scene, stolenKey())).toBe(false)
})

test('a write whose answer is lost is repeated, and leaves one certificate', async () => {
  const run = await containLedger(scene)
  scene.lab.faults.add({
    operation: 'PATCH /v1.0/applications/{id}',
    trouble: { kind: 'applied-then-503' },
  })
  const done = await act('rotate', run, '--into', INTO)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(certificatesOf(scene).filter(({ displayName }) => displayName === `interdict-${run}`)).toHaveLength(
    1,
  )
  expect(await signsIn(scene, keyOf(stored()))).toBe(true)
})

test('a principal that signs in with certificates alone has nothing to be exchanged, and is told what to do', async () => {
  const run = await containLedger(scene, 'only')
  const refused = await act('rotate', run, '--into', INTO)
  expect(refused, refused.stdout + refused.stderr).toMatchObject({ code: 2 })
  expect(refused.stdout).toContain(`2 certificates let it in (${STOLEN}, `)
  expect(refused.stdout).toContain('azure.certificate.disable')
})

describe('app management policies', () => {
  const restriction = (restrictionType: string, maxLifetime: string | null) => ({
    restrictionType,
    state: 'enabled' as const,
    maxLifetime,
    restrictForAppsCreatedAfterDateTime: null,
  })

  test('a certificate lives no longer than the tenant allows', async () => {
    await scene.close()
    const applications = {
      passwordCredentials: [],
      keyCredentials: [restriction('asymmetricKeyLifetime', 'P30D')],
    }
    const tenant = { applications, servicePrincipals: { passwordCredentials: [], keyCredentials: [] } }
    scene = await Scene.open([withLedger(stolenKey(), { tenant, assigned: [] })])
    const done = await act('rotate', await containLedger(scene), '--into', INTO)
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    const days = (Date.parse(stored().expires) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(30)
  })
})
