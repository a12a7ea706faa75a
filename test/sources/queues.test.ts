import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type QueueLab, startQueues } from '../../src/lab/queues/index.ts'
import { REAL, type Timing } from '../../src/model/timing.ts'
import { type Batch, openSource, type Source } from '../../src/sources/index.ts'
import { queues } from '../signals/reader.ts'
import { QUEUES, type QueueCase, queueOf } from './clouds.ts'

let lab: QueueLab
const kept = { ...process.env }
const told: string[] = []
beforeEach(async () => {
  lab = await startQueues({ longestWaitMs: 5 })
  told.length = 0
})
afterEach(async () => {
  process.env = { ...kept }
  await lab.close()
})

const open = (cloud: QueueCase, { once = true, timing = REAL } = {}): Promise<Source> => {
  const { given, environment } = cloud.source(lab)
  // The SDK of AWS looks there by itself.
  process.env = { ...kept, ...environment }
  return openSource(given, {
    once,
    follow: false,
    tell: text => told.push(text),
    positions: {},
    input: Readable.from([]),
    queues,
    environment,
    poll: 1,
    timing,
  })
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}`)

function put(cloud: QueueCase, records: readonly string[]): void {
  for (const record of records) queueOf(lab).put(cloud.message(record))
}

async function read(source: Source, ack: (batch: Batch) => boolean): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const batch of source.batches(new AbortController().signal)) {
    records.push(...batch.records.map(({ record }) => record))
    if (ack(batch)) await batch.ack()
  }
  return records
}

const yes = () => true
const no = () => false

describe.each(QUEUES)('$name', cloud => {
  it('each message comes once, and is gone when it is acknowledged', async () => {
    put(cloud, numbered(250))
    const source = await open(cloud)
    expect((await read(source, yes)).sort()).toEqual(numbered(250).sort())
    await source.close()
    expect(queueOf(lab).size).toBe(0)
    expect(source.name).not.toContain('sig')
    expect(told).toEqual([])
  })

  it('says when the queue was handed a message', async () => {
    const before = lab.clock.ms()
    put(cloud, numbered(1))
    lab.clock.advance(3_600)
    const source = await open(cloud)
    for await (const batch of source.batches(new AbortController().signal)) {
      // One of them says it in whole seconds.
      for (const { sent = 0 } of batch.records) expect(Math.abs(sent - before)).toBeLessThan(60_000)
      await batch.ack()
    }
    await source.close()
    expect(queueOf(lab).size).toBe(0)
  })

  it('a batch that is acknowledged twice is asked for once', async () => {
    put(cloud, numbered(1))
    const source = await open(cloud)
    for await (const batch of source.batches(new AbortController().signal)) {
      await batch.ack()
      await batch.ack()
    }
    expect(lab.calls.count(cloud.operations.remove)).toBe(1)
  })

  it('what was not acknowledged is given back at once when it is closed', async () => {
    put(cloud, numbered(120))
    const source = await open(cloud)
    let batches = 0
    const all = await read(source, () => ++batches === 1)
    expect(all).toHaveLength(120)
    const left = queueOf(lab).size
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(120)
    expect(queueOf(lab).lent).toBe(left)
    await source.close()
    expect(queueOf(lab).lent).toBe(0)
  })

  it('a queue that is full is asked several times at once, and who stops gives back what it has', async () => {
    put(cloud, numbered(1500))
    const source = await open(cloud, { once: false })
    const stop = new AbortController()
    let batches = 0
    for await (const batch of source.batches(stop.signal)) {
      expect(batch.records.length).toBeGreaterThan(0)
      // As many are fetched ahead as it dares, and no more.
      if (++batches === 6) {
        await vi.waitFor(() => expect(lab.calls.count(cloud.operations.receive)).toBe(6 + 7), 30_000)
        stop.abort()
      }
    }
    const before = queueOf(lab).lent
    await source.close()
    // A slow machine may have cut off answers that were on their way.
    expect(queueOf(lab).lent).toBeLessThanOrEqual((before * 7) / 13)
    lab.clock.advance(61)
    expect(queueOf(lab).lent).toBe(0)
    expect(queueOf(lab).size).toBe(1500)
  })

  it('what is in hand for long is not lent to anybody else', async () => {
    put(cloud, numbered(3))
    const halfLeases: (() => void)[] = []
    const timing: Timing = {
      ...REAL,
      sleep: (ms, signal) =>
        ms < 30_000
          ? REAL.sleep(ms, signal)
          : new Promise(resolve => {
              halfLeases.push(resolve)
              signal?.addEventListener('abort', () => resolve())
            }),
    }
    const source = await open(cloud, { timing })
    const batches = source.batches(new AbortController().signal)[Symbol.asyncIterator]()
    const { value: batch } = await batches.next()
    const extended = () => lab.calls.count(cloud.operations.extend)
    const before = extended()
    for (let round = 1; round <= 3; round++) {
      const now = extended()
      lab.clock.advance(45)
      for (const wake of halfLeases.splice(0)) wake()
      while (extended() === now) await new Promise(setImmediate)
    }
    expect(extended()).toBeGreaterThanOrEqual(before + 3)
    const other = await open(cloud)
    expect(await read(other, yes)).toEqual([])
    await batch.ack()
    expect(queueOf(lab).size).toBe(0)
    await batches.return?.()
    await Promise.all([source.close(), other.close()])
  })

  it('without a word from who has it, it comes again when its time is over', async () => {
    put(cloud, numbered(3))
    const dead = await open(cloud)
    expect(await read(dead, no)).toHaveLength(3)
    const source = await open(cloud)
    expect(await read(source, yes)).toEqual([])
    lab.clock.advance(61)
    expect((await read(source, yes)).sort()).toEqual(numbered(3))
    expect(queueOf(lab).size).toBe(0)
    await Promise.all([dead.close(), source.close()])
  })

  it('an acknowledgement whose answer is lost holds', async () => {
    put(cloud, numbered(1))
    lab.faults.add({
      trouble: { kind: 'applied-then-reset' },
      operation: operationOf(cloud.operations.remove),
    })
    const source = await open(cloud)
    for await (const batch of source.batches(new AbortController().signal)) {
      await batch.ack().catch(() => undefined)
    }
    expect(queueOf(lab).size).toBe(0)
    await source.close()
  })

  it('what could not be acknowledged is let go, and comes again', async () => {
    put(cloud, numbered(1))
    const removal = operationOf(cloud.operations.remove)
    lab.faults.add({ trouble: { kind: 'error', code: 'AccessDenied', status: 403 }, operation: removal })
    const source = await open(cloud)
    for await (const batch of source.batches(new AbortController().signal)) {
      await expect(batch.ack()).rejects.toMatchObject({ code: 'denied' })
    }
    lab.clock.advance(61)
    expect(await read(source, yes)).toEqual(numbered(1))
    expect(queueOf(lab).size).toBe(0)
    await source.close()
  })

  it('what passes is waited for, and what does not is a fault', async () => {
    put(cloud, numbered(3))
    const receive = operationOf(cloud.operations.receive)
    lab.faults.add({
      trouble: { kind: 'error', code: 'ServiceUnavailable', status: 503 },
      operation: receive,
      times: 5,
    })
    const source = await open(cloud)
    expect(await read(source, no)).toHaveLength(3)
    lab.faults.clear()
    lab.faults.add({
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      operation: receive,
      times: 0,
    })
    await expect(read(source, yes)).rejects.toMatchObject({ code: 'denied' })
    await source.close()
  })

  it('who is told to stop does not wait for an empty queue', async () => {
    queueOf(lab)
    const source = await open(cloud, { once: false })
    const stop = new AbortController()
    setImmediate(() => stop.abort())
    for await (const batch of source.batches(stop.signal)) expect(batch).toBeUndefined()
    await source.close()
  })

  it('a queue that is not there is wrong usage', async () => {
    const source = await open(cloud)
    await expect(read(source, yes)).rejects.toMatchObject({ code: 'usage' })
    await source.close()
  })
})

const operationOf = (counted: string) => counted.slice(counted.indexOf(':') + 1)

it.each(['sqs:not a url', 'pubsub:topic', 'azqueue:https://account.queue.core.windows.net'])(
  '%s is wrong usage',
  async given => {
    const opening = {
      timing: REAL,
      once: true,
      follow: false,
      tell: () => undefined,
      positions: {},
      input: Readable.from([]),
      queues,
      environment: {},
    }
    await expect(openSource(given, opening)).rejects.toMatchObject({ code: 'usage', where: '--source' })
  },
)
