import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { appId, secretOf, TENANT } from '../../src/lab/azure/seed/ids.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const APP = 'reports-api'
const INTO = 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/reports-api-secret'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open(['azure'])
})

afterEach(async () => {
  await scene.close()
})

const estate = () => scene.lab.clouds[0]?.estate() as AzureEstate
const secrets = () => estate().applications.find(each => each.appId === appId(APP))?.passwordCredentials ?? []
const stored = () => estate().secrets.find(({ name }) => name === 'reports-api-secret')?.value
const contain = () => scene.contain('oauth-app-consent-abuse', '--input', `app=${appId(APP)}`)

function act(command: 'rotate' | 'restore', run: string, ...more: string[]) {
  return scene.interdict([command, run, '--lab', '--yes', '--json', '--reason', 'x', ...more])
}

async function signsIn(clientSecret: string, app = APP): Promise<boolean> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: appId(app),
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  })
  return (await fetch(`${scene.lab.endpoint}/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body })).ok
}

test('a secret cannot be switched off, so that nothing is done before it may be deleted', async () => {
  const run = await contain()
  const before = secrets().map(({ keyId }) => keyId)
  expect(before.length).toBeGreaterThan(0)
  const refused = await act('restore', run, '--rotate', '--into', INTO)
  expect(refused.code, refused.stdout + refused.stderr).toBe(3)
  for (const id of before) expect(refused.stdout + refused.stderr).toContain(id)
  expect(secrets().map(({ keyId }) => keyId)).toEqual(before)
})

test('a new secret goes into Key Vault, the old ones go, and access returns with the new one only', async () => {
  const old = secretOf(`${APP}/vault`)
  expect(await signsIn(old)).toBe(true)
  const run = await contain()
  const done = await act('restore', run, '--rotate', '--into', INTO, '--delete-old')
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(done.stdout)).toMatchObject({
    rotated: [{ tried: 'works', oldDeleted: true }],
    restore: { status: 'complete' },
  })
  const { clientSecret } = JSON.parse(stored() ?? '{}') as { clientSecret: string }
  expect(await signsIn(clientSecret)).toBe(true)
  expect(await signsIn(old)).toBe(false)
  expect(secrets()).toHaveLength(1)
  const told = [done.stdout, done.stderr, ...(await scene.files()).map(({ text }) => text)]
  expect(told.filter(text => text.includes(clientSecret))).toEqual([])
  const { state } = await scene.read(run)
  expect([...state.changes.values()].every(({ phase }) => phase === 'restored')).toBe(true)
})

test('sign-in that learns late that the owner is on again is waited for', async () => {
  await scene.close()
  scene = await Scene.open(['azure'], 2000)
  const run = await contain()
  const done = await act('restore', run, '--rotate', '--into', INTO, '--delete-old')
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(done.stdout)).toMatchObject({ rotated: [{ tried: 'works', oldDeleted: true }] })
})

test('what cannot be stored is taken back, and its owner stays off', async () => {
  const run = await contain()
  const before = secrets().map(({ keyId }) => keyId)
  scene.lab.faults.add({
    operation: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
    trouble: { kind: 'error', code: 'Forbidden', status: 403, message: 'no' },
    times: 0,
  })
  const failed = await act('restore', run, '--rotate', '--into', INTO, '--delete-old')
  expect(failed, failed.stdout + failed.stderr).toMatchObject({ code: 4 })
  expect(secrets().map(({ keyId }) => keyId)).toEqual(before)
  expect(await signsIn(secretOf(`${APP}/vault`))).toBe(false)
})

test('a creation whose answer is lost leaves one secret, which carries our mark and is kept', async () => {
  const run = await contain()
  scene.lab.faults.add({
    operation: 'POST /v1.0/applications/{id}/addPassword',
    trouble: { kind: 'applied-then-503' },
  })
  const done = await act('restore', run, '--rotate', '--into', INTO, '--delete-old')
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  expect(secrets().map(({ displayName }) => displayName)).toEqual([`interdict-${run}`])
})

test('a secret on the principal itself goes as well, and nothing is left to be done by hand', async () => {
  const app = 'hr-portal'
  const [old, planted] = [secretOf(`${app}/app`), secretOf(`${app}/backdoor`)]
  expect([await signsIn(old, app), await signsIn(planted, app)]).toEqual([true, true])
  const run = await scene.contain('oauth-app-consent-abuse', '--input', `app=${appId(app)}`)
  const byHand = async () => (await scene.interdict(['status', run])).stdout.replace(/\s+/g, ' ')
  expect(await byHand()).toContain('replace its client secrets')
  const alone = await act('rotate', run, '--into', INTO, '--delete-old')
  expect(alone, alone.stdout + alone.stderr).toMatchObject({ code: 0 })
  expect(await byHand()).not.toContain('replace its client secrets')
  const back = await act('restore', run)
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 0 })
  expect(back.stdout).not.toContain('replace its client secrets')
  expect([await signsIn(old, app), await signsIn(planted, app)]).toEqual([false, false])
  const { clientSecret } = JSON.parse(stored() ?? '{}') as { clientSecret: string }
  expect(await signsIn(clientSecret, app)).toBe(true)
})

test('a secret that somebody adds meanwhile keeps its owner off, and is told', async () => {
  await scene.close()
  scene = await Scene.kept(['azure'])
  const run = await contain()
  const args = [
    'restore',
    run,
    '--lab',
    '--yes',
    '--json',
    '--reason',
    'x',
    '--rotate',
    '--into',
    INTO,
    '--delete-old',
  ]
  // Started, intended, created, stored; the old ones are still there.
  const struck = await scene.interdict(args, { CRASH_AT: 'journal:4:after' })
  expect(struck.signal, struck.stdout + struck.stderr).toBe('SIGKILL')
  const added = await addSecret()
  const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
  expect(resumed.code, resumed.stdout + resumed.stderr).toBe(4)
  expect(resumed.stdout).toContain(`${added} would let somebody in once it is back`)
  const status = await scene.interdict(['status', run])
  expect(status.stdout.replace(/\s+/g, ' ')).toContain('somebody else added it meanwhile')
  const { clientSecret } = JSON.parse(stored() ?? '{}') as { clientSecret: string }
  expect(await signsIn(clientSecret)).toBe(false)
})

/** As another administrator, or whoever owns the application. */
async function addSecret(): Promise<string> {
  const { clientId, clientSecret } = estate().responder
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  }
  const token = await fetch(`${scene.lab.endpoint}/${TENANT}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  const { access_token } = (await token.json()) as { access_token: string }
  const { id } = estate().applications.find(each => each.appId === appId(APP)) ?? { id: '' }
  const made = await fetch(`${scene.lab.endpoint}/v1.0/applications/${id}/addPassword`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: '{"passwordCredential":{"displayName":"back again"}}',
  })
  return ((await made.json()) as { keyId: string }).keyId
}
