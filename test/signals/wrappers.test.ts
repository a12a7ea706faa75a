import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { signalsOf } from './reader.ts'

const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const trail = JSON.parse(file('cloudtrail-secret.json')) as { [name: string]: unknown }
const text = JSON.stringify(trail)
const audit = JSON.stringify(JSON.parse(file('cloud-audit-secret.json')))
const base64 = (of: string) => Buffer.from(of).toString('base64')
const packed = (of: object) => gzipSync(JSON.stringify(of)).toString('base64')
const event = {
  version: '0',
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.sts',
  account: '111122223333',
  detail: trail,
}
const TOPIC = { Type: 'Notification', MessageId: 'm', TopicArn: 'arn:aws:sns:us-west-2:111122223333:trail' }
const STREAM = { logGroup: 'trail', logStream: '111122223333_CloudTrail_us-west-2' }

/** Wrapped record → how many signals are in it. */
const WRAPPED: [name: string, given: unknown, count: number][] = [
  ['a record', trail, 1],
  ['its text', text, 1],
  ['its bytes', Buffer.from(text), 1],
  ['text with a byte order mark', `\uFEFF${text}`, 1],
  ['a log file of CloudTrail', { Records: [trail, trail] }, 2],
  ['an event of EventBridge', event, 1],
  [
    'a message of SQS with an event of EventBridge',
    { MessageId: 'm', ReceiptHandle: 'r', Body: JSON.stringify(event) },
    1,
  ],
  ['a message of SNS', { ...TOPIC, Message: JSON.stringify(event) }, 1],
  [
    'SNS in SQS',
    {
      messageId: 'm',
      receiptHandle: 'r',
      body: JSON.stringify({ ...TOPIC, Message: JSON.stringify(event) }),
    },
    1,
  ],
  ['what LookupEvents answers', { Events: [{ EventId: 'e', CloudTrailEvent: text }] }, 1],
  ['newline-delimited JSON', `${text}\n\n${text}\r\n${audit}\n`, 3],
  ['an array', [trail, [trail]], 2],
  ['entries of Cloud Logging', { entries: [JSON.parse(audit)] }, 1],
  ['a push of Pub/Sub', { message: { data: base64(audit), messageId: '1' }, subscription: 's' }, 1],
  ['a pull of Pub/Sub', { receivedMessages: [{ ackId: 'a', message: { data: base64(audit) } }] }, 1],
  ['a message of Pub/Sub', { data: base64(audit), messageId: '1', publishTime: 'now' }, 1],
  ["a message of Azure's queue", base64(file('event-grid.json')), 1],
  [
    'a CloudEvent of Google Cloud',
    {
      specversion: '1.0',
      id: '1',
      source: '//cloudaudit.googleapis.com/projects/acme-prod/logs/data_access',
      type: 'google.cloud.audit.log.v1.written',
      data: JSON.parse(audit),
    },
    1,
  ],
  ['records with nothing between them', `${text}${audit}${text}`, 3],
  ['lines of which one holds two records', `${text}\n${text}${audit}\n`, 3],
  [
    'indented records one behind the other',
    `${JSON.stringify(trail, null, 2)}\n${JSON.stringify(trail, null, 2)}`,
    2,
  ],
  [
    'a subscription of CloudWatch Logs',
    {
      messageType: 'DATA_MESSAGE',
      owner: '111122223333',
      ...STREAM,
      logEvents: [{ id: '1', timestamp: 1, message: text }],
    },
    1,
  ],
  [
    'a test of a subscription',
    { messageType: 'CONTROL_MESSAGE', logEvents: [{ id: '', timestamp: 1, message: 'x' }] },
    0,
  ],
  [
    'a function of CloudWatch Logs',
    { awslogs: { data: packed({ messageType: 'DATA_MESSAGE', ...STREAM, logEvents: [{ message: text }] }) } },
    1,
  ],
  [
    'an answer of FilterLogEvents',
    { events: [{ logStreamName: STREAM.logStream, timestamp: 1, ingestionTime: 2, message: text }] },
    1,
  ],
  [
    'records of Kinesis',
    { Records: [{ SequenceNumber: '1', PartitionKey: 'p', Data: base64(text) }], NextShardIterator: 'n' },
    1,
  ],
  [
    'a function of Kinesis',
    { Records: [{ eventSource: 'aws:kinesis', kinesis: { data: packed(trail) } }] },
    1,
  ],
  [
    'a delivery of Firehose',
    { requestId: 'r', timestamp: 1, records: [{ data: base64(text) }, { data: base64(`${text}${text}`) }] },
    3,
  ],
  [
    'a transformation of Firehose',
    { invocationId: 'i', records: [{ recordId: '1', approximateArrivalTimestamp: 1, data: base64(text) }] },
    1,
  ],
  ['the test message of S3', { Service: 'Amazon S3', Event: 's3:TestEvent' }, 0],
  ['an empty batch', { Records: [] }, 0],
]

describe('wrappers', () => {
  test.each(WRAPPED)('%s', async (_, given, count) => {
    const { signals, poison } = await signalsOf(given)
    expect(poison).toBeUndefined()
    expect(signals).toHaveLength(count)
  })
})

/** Wrapped record → the reason for which it is set aside. */
const POISON: [name: string, given: unknown, reason: RegExp][] = [
  ['nothing', undefined, /not a record/],
  ['empty text', '', /not JSON/],
  ['a number', '42', /not a record/],
  ['text', 'hello', /not JSON/],
  ['half a record', text.slice(0, 100), /not JSON/],
  ['a record and a half', `${text}${text.slice(0, 100)}`, /not JSON/],
  ['data of a stream that is not base64', { SequenceNumber: '1', Data: '***' }, /not base64/],
  [
    'data of a stream that cannot be unpacked',
    { awslogs: { data: base64('\u001f\u008b') } },
    /in no format|cannot be unpacked|not JSON/,
  ],
  ['an object of no format', { hello: 'world' }, /in no format/],
  ['a record without a time', { ...trail, eventTime: undefined }, /without a time/],
  ['a time that is none', { ...trail, eventTime: 'yesterday' }, /without a time/],
  ['NaN as a time', { ...trail, eventTime: Number.NaN }, /without a time/],
  ['a time out of range', { ...trail, eventTime: 1e300 }, /without a time/],
  ['a record that does not say what was done', { ...trail, eventName: '' }, /what was done/],
  ['a notice of S3', { Records: [{ eventSource: 'aws:s3', s3: {} }] }, /in S3/],
  [
    'a notice of S3, with what to do',
    {
      Records: [
        {
          eventSource: 'aws:s3',
          s3: { bucket: { name: 'trail' }, object: { key: 'AWSLogs/1%3D2/CloudTrail/a_b.json.gz' } },
        },
      ],
    },
    /EventBridge rule.*aws s3 cp 's3:\/\/trail\/AWSLogs\/1=2\/CloudTrail\/a_b\.json\.gz' - \| interdict watch/,
  ],
  [
    'a notice of S3 through EventBridge',
    {
      'detail-type': 'Object Created',
      source: 'aws.s3',
      detail: { bucket: { name: 'trail' }, object: { key: 'a.json.gz' } },
    },
    /s3:\/\/trail\/a\.json\.gz/,
  ],
  [
    'a notice of CloudTrail through SNS',
    { ...TOPIC, Message: JSON.stringify({ s3Bucket: 'trail', s3ObjectKey: ['b.json.gz'] }) },
    /s3:\/\/trail\/b\.json\.gz/,
  ],
  [
    'a notice of S3 whose key is not for a shell',
    { Records: [{ eventSource: 'aws:s3', s3: { bucket: { name: 'b' }, object: { key: "'%3B+rm" } } }] },
    /s3:\/\/b\/KEY'/,
  ],
  ['a token, when no issuer is known', 'eyJhbGciOiJub25lIn0.e30.', /no issuer is configured/],
  ['too many wrappers', [[[[[[[[[[trail]]]]]]]]]], /wrappers in one another/],
  ['base64 of something else', base64('hello'), /not JSON/],
]

describe('poison', () => {
  test.each(POISON)('%s', async (_, given, reason) => {
    const { signals, poison } = await signalsOf(given)
    expect(signals).toEqual([])
    expect(poison?.reason).toMatch(reason)
  })

  test('the rest of a batch is read, and how many were not is said', async () => {
    const { signals, poison } = await signalsOf({ Records: [trail, { a: 1 }, trail, 5] })
    expect(signals).toHaveLength(2)
    expect(poison).toEqual({ reason: 'in no format that is known (and 1 more)', excerpt: '{"a":1}' })
  })

  test('a line that is no JSON spoils no other line', async () => {
    const { signals, poison } = await signalsOf(`${text}\n{"half\n${text}`)
    expect(signals).toHaveLength(2)
    expect(poison).toEqual({ reason: 'not JSON', excerpt: '{"half' })
  })
})
