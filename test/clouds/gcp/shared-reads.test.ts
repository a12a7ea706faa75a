import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuthClient, GcpCall, GcpClient } from '../../../src/clouds/gcp/client.ts'
import { gcpClient } from '../../../src/clouds/gcp/client.ts'
import { gcpCall } from '../../../src/clouds/gcp/http/call.ts'
import { policyCall } from '../../../src/clouds/gcp/policies/resource.ts'
import { asking, moment } from '../../../src/model/purpose.ts'
import { REAL } from '../../../src/model/timing.ts'
import { refusal, type Said, serve, transportTo } from './loopback.ts'

let server: Awaited<ReturnType<typeof serve>>
let answer: (url: string) => Said
let client: GcpClient

beforeEach(async () => {
  answer = () => ({ body: {} })
  server = await serve(({ url }) => answer(url))
  client = gcpClient({
    project: 'p',
    projectNumber: '1',
    ancestors: [],
    transport: transportTo(server.endpoint),
    authClient: {} as AuthClient,
    timing: REAL,
  })
})
afterEach(() => server.close())

const ACCOUNT = gcpCall('GET', 'iam.projects.serviceAccounts.get', '/v1/projects/p/serviceAccounts/1')
const DISABLE = gcpCall(
  'POST',
  'iam.projects.serviceAccounts.disable',
  '/v1/projects/p/serviceAccounts/1:disable',
  {
    body: {},
  },
)
const LIST = gcpCall('GET', 'iam.projects.serviceAccounts.list', '/v1/projects/p/serviceAccounts')

const inStage = (work: () => Promise<unknown>) => asking({ purpose: 'plan', since: moment() }, work)
const twice = async (call: GcpCall) => {
  await client.call(call)
  await client.call(call)
}

test('a question is asked once in a stage, also one that is asked by POST', async () => {
  await inStage(() => twice(ACCOUNT))
  await inStage(() => twice(policyCall('projects/p', 'getIamPolicy')))
  expect(server.asked).toHaveLength(2)
})

test('a question is asked each time outside of a stage', async () => {
  await twice(ACCOUNT)
  expect(server.asked).toHaveLength(2)
})

test('a write ends what is known, by whichever client it was made', async () => {
  await inStage(async () => {
    await client.call(ACCOUNT)
    await client.call(DISABLE)
    await twice(ACCOUNT)
    client.wrote()
    await twice(ACCOUNT)
  })
  expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'GET'])
})

test('an operation that is polled is looked at each time', async () => {
  const poll = gcpCall('GET', 'apikeys.operations.get', '/v2/operations/1')
  await inStage(() => twice(poll))
  expect(server.asked).toHaveLength(2)
})

test('a listing of one page is shared, and one of several is listed again', async () => {
  const list = async () => await Array.fromAsync(client.pages(LIST))
  answer = () => ({ body: { accounts: [{ email: 'a' }] } })
  await inStage(async () => expect(await list()).toEqual(await list()))
  expect(server.asked).toHaveLength(1)
  answer = url =>
    url.includes('pageToken')
      ? { body: { accounts: [{ email: 'b' }] } }
      : { body: { accounts: [{ email: 'a' }], nextPageToken: 'next' } }
  await inStage(async () => {
    expect(await list()).toHaveLength(2)
    expect(await list()).toHaveLength(2)
  })
  expect(server.asked).toHaveLength(5)
})

test('an operation that a service does not have is not asked for again', async () => {
  answer = () => refusal(501, 'UNIMPLEMENTED')
  for (const _ of [1, 2]) await expect(client.call(ACCOUNT)).rejects.toMatchObject({ code: 'unsupported' })
  expect(server.asked).toHaveLength(1)
})

test('an answer that is not of the service does not last', async () => {
  answer = () => ({ status: 404, body: '<html>' })
  await expect(client.call(ACCOUNT)).rejects.toMatchObject({ code: 'unsupported' })
  answer = () => ({ body: { email: 'a' } })
  expect(await client.call(ACCOUNT)).toEqual({ email: 'a' })
})
