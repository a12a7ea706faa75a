import { afterEach, expect, test, vi } from 'vitest'
import { azureLab } from '../../src/lab/azure/index.ts'
import { appId, seedAzure } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { gcpLab } from '../../src/lab/gcp/index.ts'
import { emailOf } from '../../src/lab/gcp/seed/ids.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import type { GcpEstate } from '../../src/lab/gcp/store.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

let scene: Scene | undefined

afterEach(async () => {
  await scene?.close()
  scene = undefined
})

const rotate = (at: Scene, run: string, into: string, ...more: string[]) =>
  at.interdict(['rotate', run, '--into', into, '--lab', '--yes', '--json', '--reason', 'x', ...more])

const ACCOUNT = emailOf('etl-legacy', 'acme-prod')
const SECRET = 'gcp-secretmanager:projects/acme-prod/secrets/rotated-key'

/** Google Cloud under an organization policy, its leaked key contained. */
async function underConstraint(name: string): Promise<{ at: Scene; run: string; keys(): string[] }> {
  const at = await Scene.open([
    gcpLab(
      () => {
        const seed = seedGcp(new Date().toISOString())
        const forbidden = { resource: 'projects/acme-prod', name, rules: [{ enforce: true }] }
        return { ...seed, constraints: [...seed.constraints, forbidden] }
      },
      { denyQuota: false },
    ),
  ])
  scene = at
  const input = 'key=16752473f8cdaee8018e5670c50608083bd1ffa6'
  const run = await at.contain('leaked-service-account-key', '--input', input)
  const estate = () => at.lab.clouds[0]?.estate() as GcpEstate
  return { at, run, keys: () => estate().keys.flatMap(({ email, id }) => (email === ACCOUNT ? [id] : [])) }
}

test.each(['iam.disableServiceAccountKeyCreation', 'iam.managed.disableServiceAccountKeyCreation'])(
  'Google: %s is seen before anything is created, and told by its name',
  async name => {
    const { at, run, keys } = await underConstraint(name)
    const before = keys()
    at.lab.calls.clear()
    const refused = await rotate(at, run, SECRET)
    expect(refused, refused.stdout + refused.stderr).toMatchObject({ code: 3 })
    expect(refused.stdout).toContain(name)
    expect(
      Object.keys(at.lab.calls.toJSON().operations).filter(each => /create|addVersion/.test(each)),
    ).toEqual([])
    expect(keys()).toEqual(before)
    expect((await at.read(run)).state.rotation).toBeUndefined()
  },
)

test('Google: a policy that we may not read is told when the key is to be made, and nothing is left', async () => {
  const { at, run, keys } = await underConstraint('iam.managed.disableServiceAccountKeyCreation')
  const before = keys()
  at.lab.faults.add({
    operation: 'orgpolicy.projects.policies.getEffectivePolicy',
    trouble: { kind: 'error', code: 'PERMISSION_DENIED', status: 403, message: 'may not' },
    times: 0,
  })
  const failed = await rotate(at, run, SECRET)
  expect(failed, failed.stdout + failed.stderr).toMatchObject({ code: 4 })
  expect(failed.stdout).toContain('Key creation is not allowed on this service account')
  expect(failed.stdout).toContain('iam.managed.disableServiceAccountKeyCreation')
  expect(keys()).toEqual(before)
})

const APP = 'reports-api'
const VAULT = 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/rotated'

/** A tenant that forbids new secrets. */
async function withoutSecrets(): Promise<{ at: Scene; run: string; secrets(): string[] }> {
  const addition = {
    restrictionType: 'passwordAddition',
    state: 'enabled' as const,
    maxLifetime: null,
    restrictForAppsCreatedAfterDateTime: null,
  }
  const none = { passwordCredentials: [], keyCredentials: [] }
  const applications = { ...none, passwordCredentials: [addition] }
  const at = await Scene.open([
    azureLab(() => ({
      ...seedAzure(new Date().toISOString()),
      appManagement: { tenant: { applications, servicePrincipals: none }, assigned: [] },
    })),
  ])
  scene = at
  const run = await at.contain('oauth-app-consent-abuse', '--input', `app=${appId(APP)}`)
  const estate = () => at.lab.clouds[0]?.estate() as AzureEstate
  const passwords = () => estate().applications.find(each => each.appId === appId(APP))?.passwordCredentials
  return { at, run, secrets: () => (passwords() ?? []).map(({ keyId }) => keyId) }
}

test('Azure: a policy against new secrets is seen before anything is created', async () => {
  const { at, run, secrets } = await withoutSecrets()
  const before = secrets()
  at.lab.calls.clear()
  const refused = await rotate(at, run, VAULT, '--delete-old')
  expect(refused, refused.stdout + refused.stderr).toMatchObject({ code: 3 })
  expect(refused.stdout).toContain('app management policy forbids new client secrets')
  expect(
    Object.keys(at.lab.calls.toJSON().operations).filter(each => /Password|setSecret/.test(each)),
  ).toEqual([])
  expect(secrets()).toEqual(before)
})

test('Azure: a policy that we may not read is told when the secret is to be made, and the old ones stay', async () => {
  const { at, run, secrets } = await withoutSecrets()
  const before = secrets()
  at.lab.faults.add({
    operation: 'GET /v1.0/policies/defaultAppManagementPolicy',
    trouble: { kind: 'error', code: 'Authorization_RequestDenied', status: 403 },
    times: 0,
  })
  const failed = await rotate(at, run, VAULT, '--delete-old')
  expect(failed, failed.stdout + failed.stderr).toMatchObject({ code: 4 })
  expect(failed.stdout).toContain('Credential type not allowed as per assigned policy')
  expect(secrets()).toEqual(before)
})
