import { expect, test } from 'vitest'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import type { GcpEstate } from '../../../src/lab/gcp/store.ts'
import { certify } from '../azure/x509.ts'
import { firstMoves, MADE } from './first-moves.ts'
import { type Hq, type Reply, start } from './hq.ts'

const THIEF = 'orders@acme-prod.iam.gserviceaccount.com'
const FOUND = 'docs-publisher@acme-prod.iam.gserviceaccount.com'
const ACCOUNTS = '/v1/projects/acme-prod/serviceAccounts'
const SECRET = '/v1/projects/acme-prod/secrets/docs-site-token/versions/latest:access'

const certificate = () => Buffer.from(certify('thief').pem).toString('base64')

/** Without the deny policy of the seed that forbids new keys. */
const openToKeys = (): GcpEstate => ({ ...seedGcp(new Date().toISOString()), denyPolicies: [] })

/** A thief who owns the project. */
async function owned(options: Parameters<typeof start>[0] = {}): Promise<{ hq: Hq; send: Sender }> {
  const hq = await start({ seed: openToKeys, ...options })
  hq.gcp.editPolicy('projects/acme-prod', policy => ({
    ...policy,
    bindings: [...policy.bindings, { role: 'roles/owner', members: [`serviceAccount:${THIEF}`] }],
  }))
  hq.lab.clock.advance((options.propagationMs ?? 0) / 1000)
  const token = await hq.token(THIEF)
  return { hq, send: (method, path, body) => hq.call(method, path, body, token) }
}
type Sender = (method: string, path: string, body?: unknown) => Promise<Reply>

const impersonate = (hq: Hq, token: string) =>
  hq.call('POST', `/v1/projects/-/serviceAccounts/${FOUND}:generateAccessToken`, { scope: ['x'] }, token)

test('an owner makes an account, a key, a role, grants and a pool, which work and show in the snapshot', async () => {
  const { hq, send } = await owned()
  const before = hq.gcp.snapshot() as Snapshot
  const made = await firstMoves(send, FOUND, certificate())
  const token = await hq.token(MADE.account, { id: made.keyId, privateKey: made.privateKey })
  expect((await hq.call('GET', SECRET, undefined, token)).status).toBe(200)
  const impersonated = await impersonate(hq, token)
  expect(impersonated.status).toBe(200)

  const after = hq.gcp.snapshot() as Snapshot
  const added = (kind: string) =>
    Object.keys(after[kind] ?? {}).filter(name => !Object.hasOwn(before[kind] ?? {}, name))
  expect(added('accounts')).toEqual([MADE.account])
  expect(added('keys')).toEqual([`${MADE.account}/${made.keyId}`])
  expect(added('customRoles')).toEqual([MADE.role])
  expect(added('pools')).toEqual(['acme-prod/partners'])
  expect(added('providers')).toEqual(['acme-prod/partners/theirs'])
  expect(JSON.stringify(after.policies?.['projects/acme-prod'])).toContain(MADE.account)

  const list = await send('GET', `${ACCOUNTS}/${MADE.account}`)
  expect(list.body).toMatchObject({ displayName: 'Backup', description: 'nightly job interdict:protected' })
})

type Snapshot = { [kind: string]: { [name: string]: unknown } | undefined }

test('a first move is refused to whoever lacks its permission, and a deny policy stops an owner', async () => {
  const { hq, send } = await owned({ denyQuota: false })
  const nobody = await hq.token('metrics-writer@acme-prod.iam.gserviceaccount.com')
  const before = hq.gcp.snapshot()
  const moves: [string, string, unknown?][] = [
    ['POST', ACCOUNTS, { accountId: 'backup-agent' }],
    ['PATCH', `${ACCOUNTS}/${THIEF}`, { serviceAccount: { description: 'x' }, updateMask: 'description' }],
    ['DELETE', `${ACCOUNTS}/${THIEF}`],
    ['POST', `${ACCOUNTS}/100000000000000000000:undelete`, {}],
    ['POST', `${ACCOUNTS}/${THIEF}/keys`, {}],
    ['POST', `${ACCOUNTS}/${THIEF}/keys:upload`, { publicKeyData: certificate() }],
    ['POST', '/v1/projects/acme-prod/roles', { roleId: 'abc', role: {} }],
    ['PATCH', '/v1/projects/acme-prod/roles/deployer', { title: 'x' }],
    ['POST', '/v1/organizations/998877665544/roles', { roleId: 'abc', role: {} }],
    ['POST', '/v1/projects/acme-prod/locations/global/workloadIdentityPools?workloadIdentityPoolId=abcd', {}],
  ]
  for (const [method, path, body] of moves) {
    const { status } = await hq.call(method, path, body, nobody)
    expect(status, `${method} ${path}`).toBe(403)
  }
  expect(hq.gcp.snapshot()).toEqual(before)

  const point = encodeURIComponent('cloudresourcemanager.googleapis.com/projects/acme-prod')
  const denied = await hq.call('POST', `/v2/policies/${point}/denypolicies?policyId=stop-thief`, {
    rules: [
      {
        denyRule: {
          deniedPrincipals: [`principal://iam.googleapis.com/projects/-/serviceAccounts/${THIEF}`],
          deniedPermissions: ['iam.googleapis.com/serviceAccounts.create', 'iam.googleapis.com/roles.create'],
        },
      },
    ],
  })
  expect(denied.status).toBe(200)
  expect((await send('POST', ACCOUNTS, { accountId: 'backup-agent' })).status).toBe(403)
  expect((await send('POST', '/v1/projects/acme-prod/roles', { roleId: 'abc', role: {} })).status).toBe(403)
  expect((await send('POST', `${ACCOUNTS}/${THIEF}/keys`, {})).status).toBe(200)
})

test('a deleted account leaves deleted members; a namesake has nothing of it, and it cannot come back', async () => {
  const { hq, send } = await owned()
  const made = await firstMoves(send, FOUND, certificate())
  const token = await hq.token(MADE.account, { id: made.keyId, privateKey: made.privateKey })
  expect((await send('DELETE', `${ACCOUNTS}/${MADE.account}`)).status).toBe(200)
  expect((await hq.call('GET', SECRET, undefined, token)).status).toBe(401)
  const policy = await send('POST', '/v3/projects/acme-prod:getIamPolicy', {
    options: { requestedPolicyVersion: 3 },
  })
  expect(JSON.stringify(policy.body)).toContain(`deleted:serviceAccount:${MADE.account}?uid=${made.uniqueId}`)
  expect((await send('POST', ACCOUNTS, { accountId: 'backup-agent' })).status).toBe(200)
  const key = await send('POST', `${ACCOUNTS}/${MADE.account}/keys`, {})
  const file = JSON.parse(Buffer.from(key.body.privateKeyData, 'base64').toString())
  const namesake = await hq.token(MADE.account, { id: file.private_key_id, privateKey: file.private_key })
  expect((await hq.call('GET', SECRET, undefined, namesake)).status).toBe(403)
  expect((await send('POST', `${ACCOUNTS}/${made.uniqueId}:undelete`, {})).body.error.status).toBe(
    'FAILED_PRECONDITION',
  )
  expect((await send('DELETE', `${ACCOUNTS}/${MADE.account}`)).status).toBe(200)
  expect((await send('POST', `${ACCOUNTS}/${made.uniqueId}:undelete`, {})).body.restoredAccount.email).toBe(
    MADE.account,
  )
  expect((await hq.call('GET', SECRET, undefined, token)).status).toBe(200)
  expect((await send('DELETE', `${ACCOUNTS}/${MADE.account}`)).status).toBe(200)
  hq.lab.clock.advance(31 * 86_400)
  const late = await hq.token(THIEF)
  const undelete = await hq.call('POST', `${ACCOUNTS}/${made.uniqueId}:undelete`, {}, late)
  expect(undelete.body.error.status).toBe('NOT_FOUND')
})

test('a new account, a new key and what is added to a role are enforced only after the propagation delay', async () => {
  const { hq, send } = await owned({ propagationMs: 120_000 })
  const made = await firstMoves(send, FOUND, certificate())
  const signIn = () => hq.token(MADE.account, { id: made.keyId, privateKey: made.privateKey })
  await expect(signIn()).rejects.toThrow(/JWT/)
  hq.lab.clock.advance(121)
  const token = await signIn()
  expect((await hq.call('GET', SECRET, undefined, token)).status).toBe(200)

  const read = (path: string) => hq.call('GET', path, undefined, token)
  expect((await read(`${ACCOUNTS}/${THIEF}`)).status).toBe(403)
  await send('PATCH', `/v1/${MADE.role}?updateMask=includedPermissions`, {
    includedPermissions: ['iam.serviceAccounts.get'],
  })
  expect((await read(`${ACCOUNTS}/${THIEF}`)).status).toBe(403)
  expect((await read(SECRET)).status).toBe(200)
  hq.lab.clock.advance(121)
  expect((await read(`${ACCOUNTS}/${THIEF}`)).status).toBe(200)
  expect((await read(SECRET)).status).toBe(403)
})

test.each<[string, string, unknown, number, string]>([
  ['POST', ACCOUNTS, { accountId: 'short' }, 400, 'INVALID_ARGUMENT'],
  ['POST', ACCOUNTS, { accountId: 'orders' }, 409, 'ALREADY_EXISTS'],
  [
    'POST',
    ACCOUNTS,
    { accountId: 'backup-agent', serviceAccount: { displayName: 'x'.repeat(101) } },
    400,
    'INVALID_ARGUMENT',
  ],
  [
    'PATCH',
    `${ACCOUNTS}/${THIEF}`,
    { serviceAccount: { disabled: true }, updateMask: 'disabled' },
    400,
    'INVALID_ARGUMENT',
  ],
  ['PATCH', `${ACCOUNTS}/${THIEF}`, { serviceAccount: { description: 'x' } }, 400, 'INVALID_ARGUMENT'],
  ['POST', `${ACCOUNTS}/100000000000000000000:undelete`, {}, 404, 'NOT_FOUND'],
  ['POST', `${ACCOUNTS}/${THIEF}/keys:upload`, { publicKeyData: 'bm90aGluZw==' }, 400, 'INVALID_ARGUMENT'],
  ['POST', '/v1/projects/acme-prod/roles', { roleId: 'a b', role: {} }, 400, 'INVALID_ARGUMENT'],
  ['POST', '/v1/projects/acme-prod/roles', { roleId: 'deployer', role: {} }, 409, 'ALREADY_EXISTS'],
  [
    'POST',
    '/v1/projects/acme-prod/roles',
    { roleId: 'abc', role: { includedPermissions: ['*'] } },
    400,
    'INVALID_ARGUMENT',
  ],
  ['PATCH', '/v1/projects/acme-prod/roles/deployer', { title: 'x', etag: 'BwAAAAAAAAA=' }, 409, 'ABORTED'],
  ['POST', '/v1/projects/acme-prod/roles/deployer:undelete', {}, 400, 'FAILED_PRECONDITION'],
  ['GET', '/v1/projects/acme-prod/roles/nothing', undefined, 404, 'NOT_FOUND'],
])('%s %s %j is answered with %d %s', async (method, path, body, http, status) => {
  const { send } = await owned()
  const answer = await send(method, path, body)
  expect(answer.body.error?.status).toBe(status)
  expect(answer.status).toBe(http)
})
