import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { INPUT_LIMITS } from '../../src/model/input-limits.ts'
import { excess } from '../../src/signals/bounds.ts'
import { excerptOf } from '../../src/signals/excerpt.ts'
import { Work } from '../../src/signals/work.ts'
import { signalsOf } from './reader.ts'

const RECORD = JSON.stringify({
  eventVersion: '1.11',
  eventID: 'e1',
  eventTime: '2026-01-01T00:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'ListBuckets',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '203.0.113.9',
  eventType: 'AwsApiCall',
  recipientAccountId: '111122223333',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ci', userName: 'ci' },
})
const MIB = 1024 * 1024

async function read(given: unknown) {
  const work = new Work()
  const { signals, poison } = await signalsOf(given, { work })
  return { work, signals, poison }
}

const awslogs = (text: string) => ({
  awslogs: { data: gzipSync(text, { level: 9 }).toString('base64') },
})

it('packed data in many envelopes of one message is read up to one limit for all of them', async () => {
  const logs = {
    messageType: 'DATA_MESSAGE',
    logGroup: 'aws-cloudtrail-logs-111122223333-abc',
    logStream: '111122223333_CloudTrail_eu-west-1',
    logEvents: [{ id: '1', timestamp: 1, message: RECORD }],
  }
  const bomb = awslogs(' '.repeat(16 * MIB))
  const message = [awslogs(JSON.stringify(logs)), ...Array.from({ length: 40 }, () => bomb)]
  const { work, signals, poison } = await read(message)
  expect(signals).toHaveLength(1)
  expect(poison?.reason).toContain('of text')
  expect(work.text).toBeLessThanOrEqual(INPUT_LIMITS.text + 16 * MIB)
  expect(work.records).toBeLessThan(12)
})

it.each([
  ['gzip in gzip', (inner: string) => JSON.stringify(awslogs(inner))],
  [
    'base64 in base64',
    (inner: string) => Buffer.from(JSON.stringify({ messageId: '1', data: inner })).toString('base64'),
  ],
  ['text in text', (inner: string) => JSON.stringify({ MessageId: '1', Body: inner })],
])('%s ends at the limit of envelopes', async (_, wrap) => {
  let text = RECORD
  for (let depth = 0; depth < 40; depth++) if (text.length < MIB) text = wrap(text)
  const { work, signals } = await read(text)
  expect(signals).toEqual([])
  expect(work.text).toBeLessThan(2 * INPUT_LIMITS.wrappers * MIB)
})

it.each([
  ['one value after the other', '{}'.repeat(500_000)],
  ['a value a line', '{}\n'.repeat(500_000)],
  ['a list', JSON.stringify({ Records: Array.from({ length: 200_000 }, () => ({})) })],
  [
    'lists in lists',
    JSON.stringify(Array.from({ length: 2_000 }, () => Array.from({ length: 50 }, () => 1))),
  ],
])('a hundred thousand records in one message, %s, end at the limit', async (_, text) => {
  const { work, poison } = await read(text)
  expect(work.records).toBe(INPUT_LIMITS.records + 1)
  expect(poison?.reason).toMatch(/^more than 10000 records in one: the rest is left out \(and \d+ more\)$/)
})

it('text that is nearly JSON is read a few times, and not once for each of its braces', async () => {
  for (const text of [
    '{"a":'.repeat(150_000),
    `${'{}'.repeat(200_000)}x`,
    `${'} '.repeat(200_000)}{`,
    '[{'.repeat(200_000),
  ]) {
    const { work, signals } = await read(text)
    expect(signals).toEqual([])
    expect(work.text).toBeLessThanOrEqual(2 * text.length)
  }
})

it('an excerpt looks at the beginning only', () => {
  let looks = 0
  const counted = new Proxy(
    Array.from({ length: 100_000 }, () => ({})),
    {
      get(target, name, receiver) {
        looks++
        return Reflect.get(target, name, receiver)
      },
    },
  )
  expect(excerptOf(counted).length).toBeLessThanOrEqual(INPUT_LIMITS.excerpt)
  expect(looks).toBeLessThan(1_000)
  const deep: unknown[] = []
  let inner = deep
  for (let depth = 0; depth < 100_000; depth++) {
    const next: unknown[] = []
    inner.push(next)
    inner = next
  }
  expect(excerptOf(deep)).toContain('…')
  expect(excerptOf({ a: 10n, b: undefined, __proto__: 1 })).toBe('{"a":"10"}')
})

it('a record of too many values, members or levels is no record, and the count stops there', () => {
  const members = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`m${n}`, 1]))
  expect(excess(members)).toContain('values')
  expect(excess({ list: Array.from({ length: 1_000_000 }, () => 1) })).toContain('values')
  expect(excess(JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)))).toContain('deeper')
  expect(excess(JSON.parse(RECORD))).toBeUndefined()
})

it('expressions see no text that is longer than a thousand characters', async () => {
  const record = JSON.parse(RECORD) as { [name: string]: unknown }
  const long = 'x'.repeat(100_000)
  const parameters = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`p${n}`, long]))
  const { signals } = await read({ ...record, userAgent: long, requestParameters: parameters })
  expect(signals).toHaveLength(1)
  const texts: string[] = []
  JSON.stringify(signals, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value)
    return value
  })
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(1_000)
})
