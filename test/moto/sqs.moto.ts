import { Readable } from 'node:stream'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { beforeAll, expect, it } from 'vitest'
import { REAL } from '../../src/model/timing.ts'
import { openSource } from '../../src/sources/index.ts'
import { queues } from '../signals/reader.ts'
import { endpoint } from './server.ts'

const client = new SQSClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

beforeAll(() => {
  process.env['AWS_ACCESS_KEY_ID'] = 'test'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
})

async function queueWith(name: string, count: number): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }))
  for (let n = 0; n < count; n++) {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ n }) }))
  }
  return QueueUrl
}

const open = (url: string) =>
  openSource(`sqs:${url}`, {
    timing: REAL,
    once: true,
    follow: false,
    tell: () => undefined,
    positions: {},
    input: Readable.from([]),
    queues,
    environment: {},
  })

async function drained(url: string, ack: boolean): Promise<number[]> {
  const source = await open(url)
  const read: number[] = []
  for await (const batch of source.batches(new AbortController().signal)) {
    read.push(...batch.records.map(({ record }) => (JSON.parse(String(record)) as { n: number }).n))
    if (ack) await batch.ack()
  }
  await source.close()
  return read.sort((a, b) => a - b)
}

it('SQS: what is not acknowledged is given back at once, and what is is gone', async () => {
  const url = await queueWith('watched', 23)
  const all = Array.from({ length: 23 }, (_, n) => n)
  expect(await drained(url, false)).toEqual(all)
  expect(await drained(url, true)).toEqual(all)
  expect(await drained(url, true)).toEqual([])
})

it('SQS: a queue that is not there is wrong usage', async () => {
  const url = await queueWith('there', 0)
  await expect(drained(url.replace('there', 'gone'), true)).rejects.toMatchObject({ code: 'usage' })
})
