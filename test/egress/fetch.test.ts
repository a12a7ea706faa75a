import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sqsQueue } from '../../src/clouds/aws/sources/sqs.ts'
import { azureQueue } from '../../src/clouds/azure/sources/azqueue.ts'
import { pubsubQueue } from '../../src/clouds/gcp/sources/pubsub.ts'
import { fetchOut } from '../../src/egress/fetch.ts'
import type { Fault } from '../../src/model/fault.ts'
import { post } from '../../src/notify/post.ts'
import { skippingTime } from '../skipping-time.ts'
import { RecordingProxy } from './recording-proxy.ts'

let folder: string
let proxy: RecordingProxy
const saved = { ...process.env }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-egress-'))
  proxy = await RecordingProxy.start(folder)
})
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/proxy$/i.test(name)) delete process.env[name]
  process.env.HTTPS_PROXY = proxy.url
  process.env.HTTP_PROXY = proxy.url
})
afterEach(() => {
  process.env = { ...saved }
  proxy.clear()
})
afterAll(async () => {
  await proxy.close()
  await rm(folder, { recursive: true })
})

const never = () => new AbortController().signal
const faultOf = (work: Promise<unknown>): Promise<Fault> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Fault) => error,
  )

describe('an answer through the proxy', () => {
  it('has status, headers and body, and the request was sent whole', async () => {
    proxy.answer = (request, response) =>
      response
        .writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'x-type': request.headers['content-type'] })
        .end('{"ok":true}')
    const answer = await fetchOut('http://api.invalid:8080/v1/x?a=b', {
      method: 'POST',
      body: new URLSearchParams({ token: 'x' }),
      redirect: 'manual',
      signal: never(),
    })
    expect(proxy.asked).toEqual(['POST http://api.invalid:8080/v1/x?a=b'])
    expect(answer.status).toBe(201)
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(answer.headers.get('x-type')).toMatch(/^application\/x-www-form-urlencoded/)
    expect(await answer.json()).toEqual({ ok: true })
  })

  it.each([204, 304])('of %i has no body', async status => {
    proxy.answer = (_, response) => response.writeHead(status).end()
    const answer = await fetchOut('http://api.invalid/', { redirect: 'manual', signal: never() })
    expect([answer.status, answer.body]).toEqual([status, null])
  })

  it('that redirects is not followed, or rejected where that is asked', async () => {
    proxy.answer = (_, response) => response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end()
    const answer = await fetchOut('http://api.invalid/', { redirect: 'manual', signal: never() })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://elsewhere.invalid/'])
    await expect(fetchOut('http://api.invalid/', { redirect: 'error', signal: never() })).rejects.toThrow(
      'fetch failed',
    )
    expect(proxy.hosts()).toEqual(['api.invalid'])
  })

  it('that never comes is given up with the reason of the signal', async () => {
    const controller = new AbortController()
    proxy.answer = () => controller.abort(new DOMException('late', 'TimeoutError'))
    const sent = fetchOut('http://api.invalid/', { redirect: 'manual', signal: controller.signal })
    await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('that stops in the middle is given up with the reason of the signal', async () => {
    const controller = new AbortController()
    proxy.answer = (_, response) => void response.writeHead(200).write('{')
    const answer = await fetchOut('http://api.invalid/', { redirect: 'manual', signal: controller.signal })
    const text = answer.text()
    controller.abort(new DOMException('late', 'TimeoutError'))
    await expect(text).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is a TypeError with the cause when the proxy is not there, as of fetch', async () => {
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9'
    const sent = fetchOut('https://api.invalid/', { redirect: 'manual', signal: never() })
    await expect(sent).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ERR_PROXY', message: expect.stringContaining('http://127.0.0.1:9 cannot be reached') },
    })
  })
})

describe('a source or a notifier', () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'x', AWS_EC2_METADATA_DISABLED: 'true' }

  it.each([
    [
      'SQS',
      'sqs.eu-west-1.amazonaws.com',
      () => sqsQueue('https://sqs.eu-west-1.amazonaws.com/111122223333/trail', { wait: 0 }).receive(never()),
    ],
    [
      'SQS in the European Sovereign Cloud',
      'sqs.eusc-de-east-1.amazonaws.eu',
      () =>
        sqsQueue('https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/trail', { wait: 0 }).receive(never()),
    ],
    [
      'Pub/Sub',
      'pubsub.googleapis.com',
      () =>
        pubsubQueue('projects/p/subscriptions/s', { endpoint: 'https://pubsub.googleapis.com' }).receive(
          never(),
        ),
    ],
    [
      'Azure queues',
      'acme.queue.core.windows.net',
      async () => (await azureQueue('https://acme.queue.core.windows.net/events?sig=x', {})).receive(never()),
    ],
    [
      'webhook',
      'hooks.example.org',
      () =>
        post({
          name: 'hook',
          url: 'https://hooks.example.org/x',
          body: '{}',
          headers: () => ({}),
          timing: skippingTime(),
        }),
    ],
  ])('of %s goes through HTTPS_PROXY, and says how to trust one that opens TLS', async (_, host, work) => {
    Object.assign(process.env, env)
    const fault = await faultOf(work())
    expect(proxy.hosts()).toEqual([host])
    expect(fault).toMatchObject({ name: 'Fault', next: expect.stringContaining('NODE_EXTRA_CA_CERTS') })
  })

  it('of Azure queues connects directly where NO_PROXY has its domain', async () => {
    process.env.NO_PROXY = 'invalid'
    // The port is closed, and nothing answers there.
    const queue = await azureQueue('https://127.0.0.1:9/acme/events?sig=x', {})
    await faultOf(queue.receive(never()))
    expect(proxy.asked).toEqual([])
    expect(process.env.NO_PROXY).toMatch(/^invalid,/)
  })
})
