import { Readable } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { openSource, type Source } from '../../src/sources/index.ts'
import { azure, closeServers, Messages, pubsub } from './servers.ts'

afterEach(closeServers)

const CLOUDS: [string, (messages: Messages) => Promise<[string, NodeJS.ProcessEnv]>][] = [
  [
    'Pub/Sub',
    async messages => [
      'pubsub:projects/p/subscriptions/s',
      { PUBSUB_EMULATOR_HOST: (await pubsub(messages)).replace('http://', '') },
    ],
  ],
  [
    'Azure Storage queue',
    async messages => [
      `azqueue:${await azure(messages)}/devstoreaccount1/events?sv=2024-08-04&sig=c2VjcmV0&se=2099-01-01`,
      {},
    ],
  ],
]

const open = (given: string, environment: NodeJS.ProcessEnv, once = true): Promise<Source> =>
  openSource(given, {
    once,
    follow: false,
    tell: () => undefined,
    positions: {},
    input: Readable.from([]),
    environment,
    poll: 1,
  })

const TEXTS = ['{"n":0}', '{"n":1}', '{"n":2}']

it.each(CLOUDS)('%s: each message once, and gone when it is acknowledged', async (_, cloud) => {
  const messages = new Messages(TEXTS)
  const source = await open(...(await cloud(messages)))
  const read: unknown[] = []
  for await (const batch of source.batches(new AbortController().signal)) {
    read.push(...batch.records.map(({ record }) => record))
    await batch.ack()
    await batch.ack()
  }
  expect(read).toEqual(TEXTS)
  expect(messages.texts.size).toBe(0)
  expect(source.name).not.toContain('sig')
})

it.each(CLOUDS)('%s: what was not acknowledged is given back when it is closed', async (_, cloud) => {
  const messages = new Messages(TEXTS)
  const source = await open(...(await cloud(messages)))
  for await (const batch of source.batches(new AbortController().signal)) {
    if (batch.records.length === 1) await batch.ack()
  }
  expect(messages.texts.size).toBe(2)
  expect([...messages.texts.values()].every(({ lent }) => lent)).toBe(true)
  await source.close()
  expect([...messages.texts.values()].some(({ lent }) => lent)).toBe(false)
})

it('Pub/Sub: what passes is waited for, and what does not is a fault', async () => {
  const messages = new Messages(TEXTS)
  messages.fail = [503, 429]
  const [given, environment] = (await CLOUDS[0]?.[1](messages)) ?? ['', {}]
  const source = await open(given, environment)
  let read = 0
  for await (const batch of source.batches(new AbortController().signal)) read += batch.records.length
  expect(read).toBe(3)
  messages.fail = [403]
  const again = async () => {
    for await (const batch of source.batches(new AbortController().signal)) await batch.ack()
  }
  await expect(again()).rejects.toMatchObject({ code: 'denied' })
})

it('a watch that is told to stop does not wait for an empty queue', async () => {
  const [given, environment] = (await CLOUDS[0]?.[1](new Messages([]))) ?? ['', {}]
  const source = await open(given, environment, false)
  const stop = new AbortController()
  setImmediate(() => stop.abort())
  for await (const batch of source.batches(stop.signal)) expect(batch).toBeUndefined()
})

it.each(['sqs:not a url', 'pubsub:topic', 'azqueue:https://account.queue.core.windows.net'])(
  '%s is wrong usage',
  async given => {
    await expect(open(given, {})).rejects.toMatchObject({ code: 'usage', where: '--source' })
  },
)
