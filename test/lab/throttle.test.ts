import { afterEach, expect, test } from 'vitest'
import { awsLab } from '../../src/lab/aws/index.ts'
import { azureLab } from '../../src/lab/azure/index.ts'
import { appId, secretOf, seedAzure, TENANT } from '../../src/lab/azure/seed/index.ts'
import type { LabCloud } from '../../src/lab/cloud.ts'
import { gcpLab } from '../../src/lab/gcp/index.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import { Throttle } from '../../src/lab/throttle.ts'
import { ACCOUNT, ADMIN, account, idOf, OTHER, town, user } from './aws/town.ts'
import { tokenOf } from './gcp/hq.ts'

const open: Lab[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(lab => lab.close()))
})

async function start(cloud: LabCloud, throttle: LabOptions['throttle'] = true): Promise<Lab> {
  const lab = await startLab({ clouds: [cloud], propagationMs: 0, throttle })
  open.push(lab)
  return lab
}

test('a bucket lets through what is in it, fills up with time, and shares nothing with another', () => {
  const throttle = new Throttle()
  const limit = { family: 'writes', owner: 'a', size: 2, perSecond: 0.5 }
  const other = { family: 'writes', owner: 'b', size: 1, perSecond: 1 }
  expect(throttle.take([limit], 0)).toBeUndefined()
  expect(throttle.take([limit], 0)).toBeUndefined()
  expect(throttle.take([limit], 0)).toEqual({ limit, seconds: 2 })
  expect(throttle.take([other], 0)).toBeUndefined()
  expect(throttle.take([limit], 1000)).toEqual({ limit, seconds: 1 })
  expect(throttle.take([limit], 2000)).toBeUndefined()
  // Refused by one bucket, a call takes nothing from the other.
  expect(throttle.take([other, limit], 2000)).toEqual({ limit, seconds: 2 })
  expect(throttle.take([other], 2000)).toBeUndefined()
  expect(throttle.take([], 0)).toBeUndefined()
})

/** Calls as an AWS user; the signature itself is not looked at. */
const iam = async ({ endpoint }: Lab, name: string, form: Record<string, string>) => {
  const scope = `${idOf('AKIA', name)}/20261130/us-east-1/iam/aws4_request`
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams(form),
  })
  return { status: answer.status, text: await answer.text() }
}
const estate = () =>
  town({ users: [user('thief', { attached: [ADMIN] }), user('helper', { attached: [ADMIN] })] }, [
    account(OTHER, { users: [user('elsewhere', { attached: [ADMIN] })] }),
  ])
const tag = { Action: 'TagUser', UserName: 'thief', 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' }

test('fifteen writes a second to IAM are shared by all callers of the account, and reads are free', async () => {
  const lab = await start(awsLab(estate))
  // Time stands still for the lab but for what it is moved.
  let now = Date.now()
  lab.clock.ms = () => now
  for (let at = 0; at < 15; at += 1) expect((await iam(lab, 'thief', tag)).status).toBe(200)
  const refused = await iam(lab, 'helper', tag)
  expect(refused.status).toBe(400)
  expect(refused.text).toContain('<Code>Throttling</Code>')
  expect(refused.text).toContain('<Message>Rate exceeded</Message>')
  expect((await iam(lab, 'elsewhere', { ...tag, UserName: 'elsewhere' })).status).toBe(200)
  for (let at = 0; at < 40; at += 1) {
    expect((await iam(lab, 'helper', { Action: 'GetUser' })).status).toBe(200)
  }
  now += 200
  for (let at = 0; at < 3; at += 1) expect((await iam(lab, 'helper', tag)).status).toBe(200)
  expect((await iam(lab, 'thief', tag)).status).toBe(400)
  expect(lab.calls.count('iam:TagUser')).toBe(21)
  expect(JSON.stringify(lab.snapshot())).toContain(ACCOUNT)
})

test('a bucket of a family has the size that the lab was started with, in each account by itself', async () => {
  const lab = await start(awsLab(estate), { 'aws iam reads': { size: 3, perSecond: 1 } })
  let now = Date.now()
  lab.clock.ms = () => now
  const get = async (caller: string) => (await iam(lab, caller, { Action: 'GetUser' })).status
  for (let at = 0; at < 3; at += 1) expect(await get('thief')).toBe(200)
  expect([await get('helper'), await get('elsewhere')]).toEqual([400, 200])
  now += 1_000
  expect([await get('helper'), await get('helper')]).toEqual([200, 400])
  // The others are as the clouds have them.
  for (let at = 0; at < 15; at += 1) expect((await iam(lab, 'thief', tag)).status).toBe(200)
  expect((await iam(lab, 'thief', tag)).status).toBe(400)
})

test('nothing is throttled unless it is asked for', async () => {
  const lab = await start(awsLab(estate), false)
  for (let at = 0; at < 40; at += 1) expect((await iam(lab, 'thief', tag)).status).toBe(200)
})

test('Google counts writes by the project that pays, and says how long to wait', async () => {
  const lab = await start(gcpLab(() => seedGcp(new Date().toISOString())))
  let now = Date.now()
  lab.clock.ms = () => now
  const { client_email, private_key_id, private_key } = lab.responders['gcp'] as { [name: string]: string }
  const key = { id: private_key_id ?? '', privateKey: private_key ?? '' }
  const token = await tokenOf(lab.endpoint, client_email ?? '', key)
  const pool = '/v1/projects/acme-prod/locations/global/workloadIdentityPools/github'
  const patch = async (payer?: string) => {
    const answer = await fetch(`${lab.endpoint}${pool}?updateMask=description`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(payer === undefined ? {} : { 'x-goog-user-project': payer }),
      },
      body: JSON.stringify({ description: 'x' }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: the answer is looked into, member by member
    return { status: answer.status, body: (await answer.json()) as any }
  }
  for (let at = 0; at < 60; at += 1) expect((await patch()).status).toBe(200)
  const refused = await patch()
  expect(refused.status).toBe(429)
  expect(refused.body.error.status).toBe('RESOURCE_EXHAUSTED')
  const retry = refused.body.error.details.find((each: { '@type': string }) =>
    each['@type'].endsWith('RetryInfo'),
  )
  expect(retry.retryDelay).toBe('1s')
  expect((await patch('acme-data')).status).toBe(200)
  now += 1000
  expect((await patch()).status).toBe(200)
})

test('Graph and Resource Manager answer 429 with Retry-After, and conditional access without', async () => {
  const lab = await start(azureLab(() => seedAzure('2026-11-20T09:00:00.000Z')))
  let now = Date.now()
  lab.clock.ms = () => now
  const token = async (scope: string) => {
    const form = {
      grant_type: 'client_credentials',
      client_id: appId('responder'),
      client_secret: secretOf('responder/tool'),
      scope: `${scope}/.default`,
    }
    const path = `${lab.endpoint}/${TENANT}/oauth2/v2.0/token`
    const answer = await fetch(path, { method: 'POST', body: new URLSearchParams(form) })
    return ((await answer.json()) as { access_token: string }).access_token
  }
  const get = async (path: string, bearer: string) => {
    const answer = await fetch(`${lab.endpoint}${path}`, { headers: { authorization: `Bearer ${bearer}` } })
    await answer.arrayBuffer()
    return { status: answer.status, after: answer.headers.get('retry-after') }
  }
  const graph = await token('https://graph.microsoft.com')
  const policies = '/v1.0/identity/conditionalAccess/policies'
  expect((await get(policies, graph)).status).toBe(200)
  expect(await get(policies, graph)).toEqual({ status: 429, after: null })
  now += 1000
  expect((await get(policies, graph)).status).toBe(200)

  const arm = await token('https://management.azure.com')
  const subscriptions = '/subscriptions?api-version=2022-12-01'
  for (let at = 0; at < 250; at += 1) expect((await get(subscriptions, arm)).status).toBe(200)
  expect(await get(subscriptions, arm)).toEqual({ status: 429, after: '1' })
  expect((await get('/v1.0/applications', graph)).status).toBe(200)
})
