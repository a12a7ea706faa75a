import { expect, test } from 'vitest'
import { seedGcp } from '../../../src/lab/gcp/seed/index.ts'
import { type Hq, start } from './hq.ts'

const THIEF = 'orders@acme-prod.iam.gserviceaccount.com'
const NEW = 'night-backup@acme-prod.iam.gserviceaccount.com'
const ACCOUNTS = '/v1/projects/acme-prod/serviceAccounts'
const LOG = 'projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity'

/** A lab where an account with owner rights made an account with a key. */
async function made(): Promise<Hq> {
  const hq = await start({ seed: () => ({ ...seedGcp(new Date().toISOString()), denyPolicies: [] }) })
  hq.gcp.editPolicy('projects/acme-prod', policy => ({
    ...policy,
    bindings: [...policy.bindings, { role: 'roles/owner', members: [`serviceAccount:${THIEF}`] }],
  }))
  const token = await hq.token(THIEF)
  for (const [path, body] of [
    [ACCOUNTS, { accountId: 'night-backup' }],
    [`${ACCOUNTS}/${NEW}/keys`, {}],
  ] as const) {
    expect((await hq.call('POST', path, body, token)).status).toBe(200)
  }
  return hq
}

const ask = (hq: Hq, body: object, token?: string) =>
  hq.call('POST', '/v2/entries:list', { resourceNames: ['projects/acme-prod'], ...body }, token)

test('the log names the caller of what was made, and no private key', async () => {
  const hq = await made()
  const { status, body } = await ask(hq, {})
  expect(status).toBe(200)
  const [account, key] = body.entries
  expect(account).toMatchObject({
    logName: LOG,
    protoPayload: {
      methodName: 'google.iam.admin.v1.CreateServiceAccount',
      authenticationInfo: { principalEmail: THIEF },
      response: { email: NEW, unique_id: expect.stringMatching(/^\d{21}$/) },
    },
  })
  expect(key.protoPayload.response.name).toMatch(new RegExp(`/serviceAccounts/${NEW}/keys/[0-9a-f]{40}$`))
  expect(JSON.stringify(body)).not.toContain('privateKey')
})

test('the log is read in pages, by time and by method', async () => {
  const hq = await made()
  const first = await ask(hq, { pageSize: 1, orderBy: 'timestamp desc' })
  expect(first.body.entries).toHaveLength(1)
  const { nextPageToken: pageToken } = first.body
  const second = await ask(hq, { pageSize: 1, orderBy: 'timestamp desc', pageToken })
  expect(second.body.nextPageToken).toBeUndefined()
  expect(second.body.entries[0].protoPayload.methodName).toMatch(/CreateServiceAccount$/)
  const method = 'protoPayload.methodName=("google.iam.admin.v1.CreateServiceAccountKey" OR "other")'
  const keys = await ask(hq, {
    filter: `logName="${LOG}" AND timestamp>="2020-01-01T00:00:00Z" AND ${method}`,
  })
  expect(keys.body.entries).toHaveLength(1)
  const later = await ask(hq, { filter: 'timestamp>="2100-01-01T00:00:00Z"' })
  expect(later.body).toEqual({})
})

test('the log is kept with the estate', async () => {
  const hq = await made()
  expect(hq.gcp.estate().activity).toHaveLength(2)
})

test.each<[string, object, number]>([
  ['no project', { resourceNames: [] }, 400],
  ['a project of somebody else', { resourceNames: ['projects/elsewhere'] }, 403],
  ['a folder, which the lab does not know', { resourceNames: ['folders/1'] }, 501],
  ['a filter that the lab does not know', { filter: 'severity=ERROR' }, 501],
  ['a token of another list', { pageToken: 'x' }, 400],
])('the log refuses %s', async (_, body, status) => {
  const hq = await start()
  expect((await ask(hq, body)).status).toBe(status)
})

test('the log is refused to a caller without its permission', async () => {
  const hq = await start()
  const token = await hq.token('metrics-writer@acme-prod.iam.gserviceaccount.com')
  expect((await ask(hq, {}, token)).status).toBe(403)
})
