import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { type QueueClient, QueueSASPermissions, QueueServiceClient } from '@azure/storage-queue'
import { beforeAll, expect, it } from 'vitest'
import { azureQueue } from '../../src/clouds/azure/sources/azqueue.ts'
import { REAL } from '../../src/model/timing.ts'
import { openSource, type Source } from '../../src/sources/index.ts'
import { queues, signalsOf } from '../signals/reader.ts'

const connection = process.env['INTERDICT_TEST_AZURITE'] ?? ''
const grid = readFileSync(new URL('../signals/fixtures/event-grid.json', import.meta.url), 'utf8')
const [event] = JSON.parse(grid) as [{ id: string }]

let service: QueueServiceClient
beforeAll(() => {
  service = QueueServiceClient.fromConnectionString(connection)
})

/** Event Grid puts one event into each message, as base64 ("Storage queue as an event handler for Azure Event Grid"). */
async function queueWith(name: string, count: number): Promise<QueueClient> {
  const queue = service.getQueueClient(name)
  await queue.create()
  for (let n = 0; n < count; n++) {
    await queue.sendMessage(Buffer.from(JSON.stringify({ ...event, id: idOf(n) })).toString('base64'))
  }
  return queue
}

const idOf = (n: number) => `event-${String(n).padStart(3, '0')}`
const ids = (count: number) => Array.from({ length: count }, (_, n) => idOf(n))

const open = (
  url: string,
  environment: NodeJS.ProcessEnv = { AZURE_STORAGE_CONNECTION_STRING: connection },
) =>
  openSource(`azqueue:${url}`, {
    timing: REAL,
    once: true,
    follow: false,
    tell: () => undefined,
    positions: {},
    input: Readable.from([]),
    queues,
    environment,
    poll: 1,
  })

/** Ids of the signals in what is read until nothing is left to lend; `ack` says which batches are acknowledged. */
async function read(source: Source, ack: (batch: number) => boolean): Promise<string[][]> {
  const batches: string[][] = []
  for await (const batch of source.batches(new AbortController().signal)) {
    const signals = await Promise.all(
      batch.records.map(async ({ record }) => {
        const { signals, poison } = await signalsOf(record)
        expect(poison).toBeUndefined()
        return signals
      }),
    )
    batches.push(signals.flat().map(({ id }) => id))
    if (ack(batches.length)) await batch.ack()
  }
  return batches
}

async function drained(url: string, ack: boolean): Promise<string[]> {
  const source = await open(url)
  const batches = await read(source, () => ack)
  await source.close()
  return batches.flat().sort()
}

const left = async (queue: QueueClient) => (await queue.getProperties()).approximateMessagesCount

it('Azure Storage queue: what is not acknowledged is given back at once, and what is is gone', async () => {
  const queue = await queueWith('watched', 40)
  expect(await drained(queue.url, false)).toEqual(ids(40))
  expect(await left(queue)).toBe(40)
  expect(await drained(queue.url, true)).toEqual(ids(40))
  expect(await left(queue)).toBe(0)
  expect(await drained(queue.url, true)).toEqual([])
})

it('Azure Storage queue: until it is given back, nobody else gets what is lent', async () => {
  const queue = await queueWith('lent', 3)
  const first = await open(queue.url)
  expect((await read(first, () => false)).flat().sort()).toEqual(ids(3))
  expect(await drained(queue.url, true)).toEqual([])
  await first.close()
  expect(await drained(queue.url, true)).toEqual(ids(3))
})

it('Azure Storage queue: only the batch that was acknowledged is gone', async () => {
  const queue = await queueWith('half', 40)
  const source = await open(queue.url)
  const [gone = [], kept = []] = await read(source, batch => batch === 1)
  await source.close()
  expect(gone).toHaveLength(32)
  expect(await left(queue)).toBe(8)
  expect(await drained(queue.url, true)).toEqual(kept.sort())
})

it('Azure Storage queue: what was extended has a new receipt, with which it is given back or removed', async () => {
  const url = (await queueWith('extended', 4)).url
  const queue = await azureQueue(url, { AZURE_STORAGE_CONNECTION_STRING: connection })
  const receive = async () =>
    (await queue.receive(new AbortController().signal)).map(({ lent, delivered }) => ({
      lent,
      id: (JSON.parse(String(delivered.record)) as { id: string }).id,
    }))
  const messages = await receive()
  await queue.extend(messages.map(({ lent }) => lent))
  await queue.extend(messages.map(({ lent }) => lent))
  expect(await receive()).toEqual([])
  const [back, done] = [messages.slice(0, 2), messages.slice(2)]
  await queue.remove(done.map(({ lent }) => lent))
  await queue.giveBack(back.map(({ lent }) => lent))
  // Update Message sends back the message as it was.
  expect((await receive()).map(({ id }) => id).sort()).toEqual(back.map(({ id }) => id).sort())
})

it('Azure Storage queue: a SAS to process and to update is enough, and is not told', async () => {
  const queue = await queueWith('signed', 3)
  const permissions = QueueSASPermissions.parse('up')
  const signed = await queue.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 3_600_000) })
  const first = await open(signed, {})
  expect(first.name).toBe(`azqueue:${queue.url}`)
  expect((await read(first, () => false)).flat().sort()).toEqual(ids(3))
  await first.close()
  const second = await open(signed, {})
  expect((await read(second, () => true)).flat().sort()).toEqual(ids(3))
  expect(await left(queue)).toBe(0)
})

it('Azure Storage queue: who may only process cannot keep for longer', async () => {
  const expiresOn = new Date(Date.now() + 3_600_000)
  const url = await (await queueWith('process-only', 1)).generateSasUrl({
    permissions: QueueSASPermissions.parse('p'),
    expiresOn,
  })
  const queue = await azureQueue(url, {})
  const lent = (await queue.receive(new AbortController().signal)).map(message => message.lent)
  await expect(queue.extend(lent)).rejects.toMatchObject({ code: 'denied', where: 'Update Message' })
  await queue.remove(lent)
})

it('Azure Storage queue: a queue that is not there is wrong usage, a wrong key is no sign-in', async () => {
  const queue = await queueWith('there', 0)
  await expect(drained(queue.url.replace('there', 'gone'), true)).rejects.toMatchObject({ code: 'usage' })
  const wrong = connection.replace(/AccountKey=[^;]+/, `AccountKey=${Buffer.from('no').toString('base64')}`)
  const source = await open(queue.url, { AZURE_STORAGE_CONNECTION_STRING: wrong })
  await expect(read(source, () => true)).rejects.toMatchObject({ code: 'not-authenticated' })
})
