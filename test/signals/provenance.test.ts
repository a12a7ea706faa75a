import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ENVELOPES as AWS } from '../../src/clouds/aws/formats/envelopes.ts'
import { ENVELOPES as AZURE } from '../../src/clouds/azure/formats/envelopes.ts'
import { ENVELOPES as GCP } from '../../src/clouds/gcp/formats/envelopes.ts'
import { clouds } from '../../src/clouds/index.ts'
import { parseMappings } from '../../src/signals/index.ts'
import { Places } from '../../src/signals/places.ts'
import { GATE, type Provenance, type SourceKind } from '../../src/signals/provenance.ts'
import { bareOf, inEvent, inTopic, victimOf } from '../guard/victims.ts'
import { reader, signalsOf } from './reader.ts'

const ALL = new Set([...reader.exported, GATE])
const places = new Places(await Promise.all(clouds.flatMap(each => each.records?.() ?? [])))
const KINDS = ['file', 'sqs', 'pubsub', 'azqueue'] as const
const from = (kind: SourceKind, more: Partial<Provenance> = {}): Provenance => ({
  kind,
  formats: ALL,
  bare: false,
  ...more,
})
const base64 = (of: string) => Buffer.from(of).toString('base64')

const trail = JSON.parse(bareOf(victimOf('cloudtrail'))) as object
const finding = JSON.parse(bareOf(victimOf('guardduty'))) as object
const entry = JSON.parse(victimOf('cloud-audit')) as object
const signIn = JSON.parse(bareOf(victimOf('entra-sign-in'))) as object
const event = JSON.parse(inEvent(JSON.stringify(trail))) as object
const claims = { 'http://schemas.microsoft.com/identity/claims/objectidentifier': 'x' }
const stream = { logGroup: 'trail', logStream: '111122223333_CloudTrail_eu-west-1' }
const subscription = {
  messageType: 'DATA_MESSAGE',
  owner: '111122223333',
  ...stream,
  subscriptionFilters: ['all'],
  logEvents: [{ id: '1', timestamp: 1, message: JSON.stringify(trail) }],
}
const notice = { eventSource: 'aws:s3', s3: { bucket: { name: 'b' }, object: { key: 'k' } } }

/** One of each envelope, and the sources whose messages or lines it may be. */
const EXAMPLES: {
  readonly [name: string]: { given: unknown; on: readonly SourceKind[]; holds?: 'flaw' | 'nothing' }
} = {
  'aws-records': { given: { Records: [trail] }, on: ['file'] },
  'azure-records': { given: { records: [signIn] }, on: ['file', 'azqueue'] },
  awslogs: {
    given: { awslogs: { data: gzipSync(JSON.stringify(subscription)).toString('base64') } },
    on: [],
  },
  'azure-cloud-event': {
    given: {
      specversion: '1.0',
      id: '1',
      source: '/subscriptions/s',
      type: 'Microsoft.Insights.Row',
      data: signIn,
    },
    on: ['file', 'azqueue'],
  },
  'gcp-cloud-event': {
    given: {
      specversion: '1.0',
      id: '1',
      source: '//cloudaudit.googleapis.com/projects/p/logs/activity',
      type: 'google.cloud.audit.log.v1.written',
      methodname: 'google.iam.admin.v1.CreateServiceAccountKey',
      data: entry,
    },
    on: ['file'],
  },
  cloudwatch: { given: subscription, on: ['file'] },
  entries: { given: { entries: [entry], nextPageToken: 'n' }, on: ['file'] },
  'event-grid': {
    given: {
      id: '1',
      topic: '/subscriptions/s',
      subject: 's',
      eventType: 'Microsoft.Insights.Row',
      eventTime: 't',
      data: signIn,
      dataVersion: '1',
      metadataVersion: '1',
    },
    on: ['file', 'azqueue'],
  },
  eventbridge: { given: event, on: ['file', 'sqs'] },
  'filtered-logs': {
    given: {
      events: [
        { logStreamName: stream.logStream, timestamp: 1, ingestionTime: 2, message: JSON.stringify(trail) },
      ],
      searchedLogStreams: [],
    },
    on: ['file'],
  },
  findings: { given: { Findings: [finding], NextToken: '' }, on: ['file'] },
  firehose: {
    given: { requestId: 'r', timestamp: 1, records: [{ data: base64(JSON.stringify(trail)) }] },
    on: [],
  },
  'firehose-record': { given: { data: base64(JSON.stringify(trail)) }, on: [] },
  'kinesis-event': {
    given: { eventSource: 'aws:kinesis', kinesis: { data: base64(JSON.stringify(trail)) } },
    on: [],
  },
  'kinesis-record': {
    given: { SequenceNumber: '1', PartitionKey: 'p', Data: base64(JSON.stringify(trail)) },
    on: [],
  },
  'log-tables': {
    given: {
      tables: [
        {
          name: 'PrimaryResult',
          columns: Object.keys(signIn).map(name => ({ name })),
          rows: [Object.values(signIn)],
        },
      ],
    },
    on: ['file'],
  },
  'looked-up': { given: { EventId: 'e', CloudTrailEvent: JSON.stringify(trail) }, on: ['file'] },
  'lookup-answer': {
    given: { Events: [{ EventId: 'e', CloudTrailEvent: JSON.stringify(trail) }] },
    on: ['file'],
  },
  notices: { given: { Records: [notice] }, on: ['file', 'sqs'], holds: 'flaw' },
  odata: { given: { '@odata.context': 'c', value: [signIn] }, on: ['file'] },
  poll: {
    given: { sets: { a: 'eyJhbGciOiJub25lIn0.e30.' }, moreAvailable: false },
    on: ['file'],
    holds: 'flaw',
  },
  'pubsub-message': {
    given: { data: base64(JSON.stringify(entry)), messageId: '1', publishTime: 't' },
    on: [],
  },
  'pubsub-pull': {
    given: { receivedMessages: [{ ackId: 'a', message: { data: base64(JSON.stringify(entry)) } }] },
    on: [],
  },
  'pubsub-push': {
    given: { message: { data: base64(JSON.stringify(entry)) }, subscription: 's' },
    on: [],
  },
  's3-notice': { given: { Records: [notice] }, on: ['file', 'sqs'], holds: 'flaw' },
  's3-test': {
    given: { Service: 'Amazon S3', Event: 's3:TestEvent' },
    on: ['file', 'sqs'],
    holds: 'nothing',
  },
  sns: { given: JSON.parse(inTopic(JSON.stringify(event))), on: ['sqs'] },
  'sqs-message': { given: { MessageId: 'm', ReceiptHandle: 'r', Body: JSON.stringify(event) }, on: [] },
  'trail-notice': { given: { s3Bucket: 'b', s3ObjectKey: ['k'] }, on: ['file', 'sqs'], holds: 'flaw' },
}

describe('an envelope is opened on the sources whose envelope it is, and nowhere else', () => {
  test('each envelope has an example', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(
      [...AWS, ...GCP, ...AZURE]
        .map(({ name }) => name)
        .concat('poll')
        .sort(),
    )
  })

  describe.each(Object.entries(EXAMPLES))('%s', (_, { given, on, holds }) => {
    test.each(KINDS)('on %s', async kind => {
      const { signals, poison } = await signalsOf(JSON.stringify(given), { from: from(kind) })
      const is = on.includes(kind)
      expect(signals).toHaveLength(is && holds === undefined ? 1 : 0)
      if (is && holds !== 'flaw') expect(poison).toBeUndefined()
      else expect(poison).toBeDefined()
    })

    test('of a person', async () => {
      const { signals } = await signalsOf(JSON.stringify(given))
      expect(signals).toHaveLength(holds === undefined ? 1 : 0)
    })

    test('with a member that is not its own', async () => {
      const { signals } = await signalsOf({ ...(given as object), app: 'shop' })
      expect(signals).toEqual([])
    })
  })

  test('no place lets an envelope in that its source does not have', () => {
    for (const kind of KINDS) {
      for (const { name } of places.of(from(kind)).envelopes) expect(EXAMPLES[name]?.on).toContain(kind)
    }
  })

  test('an event with claims is a record itself', async () => {
    const activity = {
      id: '1',
      topic: '/subscriptions/s',
      eventType: 'Microsoft.Resources.ResourceWriteSuccess',
      eventTime: new Date().toISOString(),
      dataVersion: '2',
      data: { claims, authorization: { action: 'a' }, operationName: 'a', status: 'Succeeded' },
    }
    expect((await signalsOf(activity, { from: from('azqueue') })).signals).toHaveLength(1)
    const topic = '/subscriptions/s/resourceGroups/r/providers/Microsoft.EventGrid/topics/mine'
    expect((await signalsOf({ ...activity, topic }, { from: from('azqueue') })).signals).toEqual([])
  })
})

describe('a source delivers the formats that it may', () => {
  const only = (kind: SourceKind, ...formats: string[]) => from(kind, { formats: new Set(formats) })

  test('another format is set aside, with what to write', async () => {
    const { signals, poison } = await signalsOf(entry, { from: only('pubsub', 'scc') })
    expect(signals).toEqual([])
    expect(poison?.reason).toMatch(/cloud-audit.*may not deliver.*scc.*--source cloud-audit@pubsub:/)
  })

  test('a bare record of CloudTrail needs its event on a queue, or the word of a person', async () => {
    const bare = await signalsOf(trail, { from: from('sqs') })
    expect(bare.poison?.reason).toMatch(/EventBridge event.*--source bare,aws@sqs:/)
    expect((await signalsOf(trail, { from: from('sqs', { bare: true }) })).signals).toHaveLength(1)
  })

  test('GuardDuty sends no records of CloudTrail', async () => {
    const lie = { ...event, 'detail-type': 'GuardDuty Finding', source: 'aws.guardduty' }
    expect((await signalsOf(lie, { from: from('sqs') })).signals).toEqual([])
  })
})

describe('a mapping', () => {
  const mappings = parseMappings(
    `version: 1
mappings:
  - name: shop
    match: { $.app: shop }
    fields: { time: $.time, action: $.did, identity: { name: $.user } }
`,
    'm.yaml',
  )
  const line = {
    app: 'shop',
    time: '2026-11-22T10:15:00Z',
    did: 'order',
    user: 'ada',
    value: [trail],
    messageId: 'm',
    body: JSON.stringify(event),
  }

  test('reads what it matches before anything is unwrapped', async () => {
    const { signals } = await signalsOf(line, { mappings })
    expect(signals).toMatchObject([{ format: 'shop', identity: { name: 'ada' } }])
  })

  test('counts on the sources that name it', async () => {
    for (const kind of KINDS) {
      const named = from(kind, { formats: new Set(['shop']) })
      expect((await signalsOf(line, { mappings, from: named })).signals).toHaveLength(1)
      expect((await signalsOf(line, { mappings, from: from(kind) })).signals).toEqual([])
    }
  })

  test('reads the detail of an event of an application', async () => {
    const own = { ...event, source: 'com.acme.shop', 'detail-type': 'order', detail: line }
    const named = from('sqs', { formats: new Set(['shop']) })
    expect((await signalsOf(own, { mappings, from: named })).signals).toMatchObject([{ format: 'shop' }])
  })
})

describe('a record is of an account of ours', () => {
  const isOurs = (_: string, account: string) => account !== '999900001111'
  const foreign = JSON.stringify(trail).replaceAll('111122223333', '999900001111')

  test('else it is counted', async () => {
    const reading = await signalsOf(`${foreign}\n${foreign}\n${JSON.stringify(trail)}`, {
      from: from('file'),
      isOurs,
    })
    expect(reading).toMatchObject({
      signals: [{ recordedIn: '111122223333' }],
      foreign: [{ cloud: 'aws', account: '999900001111', count: 2 }],
    })
    expect(reading.poison).toBeUndefined()
  })

  test('the event around it may be of another account of ours', async () => {
    const sent = { ...event, account: '444455556666' }
    expect((await signalsOf(sent, { from: from('sqs'), isOurs })).signals).toHaveLength(1)
    expect((await signalsOf(sent, { from: from('sqs') })).signals).toEqual([])
    expect((await signalsOf(sent, { from: from('sqs'), isOurs: () => undefined })).signals).toEqual([])
  })
})
