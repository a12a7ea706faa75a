import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { emailOf, KEYS } from '../../src/lab/gcp/seed/ids.ts'
import { keyPair } from '../../src/lab/gcp/seed/rsa.ts'
import type { GcpEstate, Key } from '../../src/lab/gcp/store.ts'
import { Scene } from './scene.ts'

// Several programs each, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 })

const ACCOUNT = emailOf('etl-legacy', 'acme-prod')
/** As the shipped playbook's rehearsal has it. */
const OLD = '16752473f8cdaee8018e5670c50608083bd1ffa6'
const INTO = 'gcp-secretmanager:projects/acme-prod/secrets/rotated-key'

let scene: Scene

beforeEach(async () => {
  scene = await Scene.open(['gcp'])
})

afterEach(async () => {
  await scene.close()
})

const estate = (): GcpEstate => scene.lab.clouds[0]?.estate() as GcpEstate
const keys = (): Key[] => estate().keys.filter(({ email }) => email === ACCOUNT)
const stored = () => estate().secrets.find(({ name }) => name === 'rotated-key')?.value ?? ''
const contain = () => scene.contain('leaked-service-account-key', '--input', `key=${OLD}`)

function act(command: 'rotate' | 'restore', run: string, ...more: string[]) {
  return scene.interdict([command, run, '--lab', '--yes', '--json', '--reason', 'x', ...more])
}

async function signsIn({
  email,
  key,
  keyId,
}: {
  email: string
  key: string
  keyId: string
}): Promise<boolean> {
  const response = await fetch(`${scene.lab.endpoint}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertion({ email, key, keyId }),
    }),
  })
  return response.ok
}

async function assertion({ email, key, keyId }: { email: string; key: string; keyId: string }) {
  const { SignJWT, importPKCS8 } = await import('jose')
  return await new SignJWT({ scope: 'https://www.googleapis.com/auth/cloud-platform' })
    .setProtectedHeader({ alg: 'RS256', kid: keyId })
    .setIssuer(email)
    .setAudience('https://oauth2.googleapis.com/token')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importPKCS8(key, 'RS256'))
}

test('a new key goes into Secret Manager, works once its account is back, and the old one stays off', async () => {
  const run = await contain()
  const done = await act('restore', run, '--rotate', '--into', INTO)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  const file = JSON.parse(stored()) as { private_key: string; private_key_id: string; client_email: string }
  const fresh = { email: file.client_email, key: file.private_key, keyId: file.private_key_id }
  expect(await signsIn(fresh)).toBe(true)
  expect(keys().find(({ id }) => id === OLD)?.disabled).toBe(true)
  expect(JSON.parse(done.stdout)).toMatchObject({
    status: 'complete',
    rotated: [{ tried: 'works', oldDeleted: false }],
    restore: { status: 'complete' },
  })
  expect((await act('restore', run)).code).toBe(0)
  expect(keys().find(({ id }) => id === OLD)?.disabled).toBe(true)
  // The secret is where it belongs, and nowhere else.
  const line = file.private_key.split('\n')[3] ?? ''
  expect(line.length).toBeGreaterThan(40)
  const told = [done.stdout, done.stderr, ...(await scene.files()).map(({ text }) => text)]
  expect(told.filter(text => text.includes(line))).toEqual([])
})

test('with its account still off, the new key is kept and not called tried', async () => {
  const run = await contain()
  const done = await act('rotate', run, '--into', INTO, '--delete-old')
  expect(JSON.parse(done.stdout)).toMatchObject({ rotated: [{ tried: 'owner-off', oldDeleted: false }] })
  expect(keys().map(({ id }) => id)).toContain(OLD)
  // The restore that lets its account in again tries it.
  const back = await act('restore', run, '--step-down')
  const later = back.code === 0 ? back : await act('restore', run, '--accept-live-tokens')
  expect(later, later.stdout + later.stderr).toMatchObject({ code: 0 })
  const { state } = await scene.read(run)
  const [rotated] = [...state.changes.values()].filter(({ phase }) => phase === 'rotated')
  expect(rotated?.rotation?.done?.tried).toBe('works')
})

test('ten keys are refused before anything is created', async () => {
  const run = await contain()
  const { access_token } = await responderToken()
  for (let count = keys().length; count < 10; count += 1) {
    const made = await fetch(`${scene.lab.endpoint}/v1/projects/acme-prod/serviceAccounts/${ACCOUNT}/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(made.status).toBe(200)
  }
  const refused = await act('rotate', run, '--into', INTO)
  expect(refused.code).toBe(3)
  expect(refused.stdout + refused.stderr).toContain('the limit is 10')
  expect(keys()).toHaveLength(10)
})

async function responderToken(): Promise<{ access_token: string }> {
  const email = emailOf('incident-response', 'acme-prod')
  const keyId = idOfKey('incident-response', KEYS.responder)
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await assertion({ email, key: keyPair(KEYS.responder).privateKey, keyId }),
  })
  const answer = await fetch(`${scene.lab.endpoint}/token`, { method: 'POST', body })
  return (await answer.json()) as { access_token: string }
}

test('a secret that is not there, or that we may not see, is refused before anything is created', async () => {
  const run = await contain()
  const before = keys().filter(({ origin }) => origin === 'GOOGLE_PROVIDED').length
  const refused = await act('rotate', run, '--into', 'gcp-secretmanager:projects/acme-prod/secrets/nowhere')
  expect(refused.code).toBe(3)
  expect(refused.stdout + refused.stderr).toContain('secretmanager.secrets.get')
  expect(keys().filter(({ origin }) => origin === 'GOOGLE_PROVIDED')).toHaveLength(before)
})

test('a creation whose answer is lost leaves nothing switched on that nobody has the secret of', async () => {
  const run = await contain()
  const before = keys().map(({ id }) => id)
  scene.lab.faults.add({
    operation: 'iam.projects.serviceAccounts.keys.create',
    trouble: { kind: 'applied-then-503' },
  })
  const done = await act('restore', run, '--rotate', '--into', INTO)
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
  const fresh = keys().filter(({ id }) => !before.includes(id))
  expect(fresh.filter(({ disabled }) => !disabled)).toHaveLength(1)
  expect(JSON.parse(done.stdout).manual.length).toBeGreaterThan(1)
})

test('a key that a crash left is accounted for although the list does not show it yet', async () => {
  await scene.close()
  scene = await Scene.kept(['gcp'])
  const run = await contain()
  const before = keys().map(({ id }) => id)
  // Started, intended, created; not stored.
  const args = ['rotate', run, '--lab', '--yes', '--json', '--reason', 'x', '--into', INTO]
  const struck = await scene.interdict(args, { CRASH_AT: 'journal:3:after' })
  expect(struck.signal, struck.stdout + struck.stderr).toBe('SIGKILL')
  const attempt = [...(await scene.read(run)).state.changes.values()].find(({ rotation }) => rotation)
    ?.rotation?.attempt
  expect(attempt?.name).toBeDefined()
  expect(attempt?.stored).toBeUndefined()
  const operation = 'iam.projects.serviceAccounts.keys.list'
  scene.lab.faults.add({ operation, trouble: { kind: 'stale' }, times: 0 })
  const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 })
  const fresh = keys().filter(({ id }) => !before.includes(id))
  const kept = JSON.parse(stored()) as { private_key_id: string }
  expect(fresh.map(({ id }) => id)).toEqual([kept.private_key_id])
  expect(kept.private_key_id).not.toBe(attempt?.name)
})
