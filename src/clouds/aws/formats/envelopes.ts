import { base64Text } from '../../../signals/base64-text.ts'
import { type Envelope, listIn, type Opened, only } from '../../../signals/envelope.ts'
import { at, type Members, textAt } from '../../../signals/members.ts'
import { eventBridge, findings } from './event-bridge.ts'
import { awsLogs, cloudWatch, filteredLogs } from './log-envelopes.ts'
import { s3Notice, s3Notices, s3Test, trailNotice } from './notices.ts'
import { OWN, TRAIL } from './own.ts'

const text = (given: Members, name: string) => {
  const found = given[name]
  return typeof found === 'string' ? found : undefined
}

/** Data of a stream: events, records, and what a subscription of CloudWatch Logs sends. */
const STREAMED = only(OWN, [eventBridge, cloudWatch])

function streamed(data: string | undefined): Opened | undefined {
  return data === undefined ? undefined : { inside: base64Text(data), place: STREAMED }
}

/** A record of such a delivery. */
const firehoseRecord: Envelope = {
  name: 'firehose-record',
  members: ['recordId', 'approximateArrivalTimestamp', 'kinesisRecordMetadata', 'data'],
  open: given => streamed(text(given, 'data')),
}

/** A delivery to an HTTP endpoint, and a transformation ("Amazon Data Firehose"). */
const firehose: Envelope = {
  name: 'firehose',
  members: [
    'requestId',
    'timestamp',
    'invocationId',
    'deliveryStreamArn',
    'sourceKinesisStreamArn',
    'region',
    'records',
  ],
  open: given =>
    'requestId' in given || 'invocationId' in given
      ? listIn('records', only([], [firehoseRecord]))(given, TRAIL)
      : undefined,
}

/** A record of Kinesis as a function is called with it. */
const kinesisEvent: Envelope = {
  name: 'kinesis-event',
  members: [
    'eventSource',
    'eventVersion',
    'eventID',
    'eventName',
    'invokeIdentityArn',
    'awsRegion',
    'eventSourceARN',
    'kinesis',
  ],
  open(given) {
    const data = at(given['kinesis'], 'data')
    return given['eventSource'] === 'aws:kinesis' && typeof data === 'string' ? streamed(data) : undefined
  },
}

/** A record in the answer of Kinesis' GetRecords. */
const kinesisRecord: Envelope = {
  name: 'kinesis-record',
  members: ['SequenceNumber', 'ApproximateArrivalTimestamp', 'Data', 'PartitionKey', 'EncryptionType'],
  open: given => ('SequenceNumber' in given ? streamed(text(given, 'Data')) : undefined),
}

/** A notification of a topic of SNS. */
const sns: Envelope = {
  name: 'sns',
  members: [
    'Type',
    'MessageId',
    'TopicArn',
    'Subject',
    'Message',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
    'UnsubscribeURL',
    'MessageAttributes',
    'SequenceNumber',
  ],
  open(given, { refuses }) {
    const inside = given['Type'] === 'Notification' ? text(given, 'Message') : undefined
    const isTopic = /^arn:aws[\w-]*:sns:/.test(textAt(given, 'TopicArn') ?? '')
    if (inside === undefined || !isTopic) return undefined
    const own = only(OWN, [eventBridge, s3Notices, s3Test, trailNotice])
    return { inside, place: { ...own, refuses: format => refuses(format) ?? own.refuses(format) } }
  },
}

/** A message of SQS, as ReceiveMessage answers and as a function is called with it. */
const sqsMessage: Envelope = {
  name: 'sqs-message',
  members: [
    ...['MessageId', 'ReceiptHandle', 'MD5OfBody', 'Body', 'Attributes', 'MessageAttributes'],
    ...['messageId', 'receiptHandle', 'md5OfBody', 'body', 'attributes', 'messageAttributes'],
    ...['MD5OfMessageAttributes', 'md5OfMessageAttributes', 'eventSource', 'eventSourceARN', 'awsRegion'],
  ],
  open(given) {
    const inside = text(given, 'Body') ?? text(given, 'body')
    if (inside === undefined || !('ReceiptHandle' in given || 'receiptHandle' in given)) return undefined
    return {
      inside,
      place: only(OWN, [eventBridge, sns, s3Notices, s3Test, trailNotice]),
    }
  },
}

/** A log file of CloudTrail, an answer of Kinesis' GetRecords, what a function is called with. */
const awsRecords: Envelope = {
  name: 'aws-records',
  members: ['Records', 'NextShardIterator', 'MillisBehindLatest', 'ChildShards'],
  open: (given, { envelopes }) => {
    const own = [kinesisEvent, kinesisRecord, sqsMessage].filter(each => envelopes.includes(each))
    return listIn('Records', only(['cloudtrail'], [s3Notice, ...own]))(given, TRAIL)
  },
}

/** An event in the answer of CloudTrail's LookupEvents. */
const lookedUp: Envelope = {
  name: 'looked-up',
  members: [
    'EventId',
    'EventName',
    'ReadOnly',
    'AccessKeyId',
    'EventTime',
    'EventSource',
    'Username',
    'Resources',
    'CloudTrailEvent',
  ],
  open(given) {
    const inside = 'EventId' in given ? text(given, 'CloudTrailEvent') : undefined
    return inside === undefined ? undefined : { inside, place: only(['cloudtrail']) }
  },
}

/** The answer of CloudTrail's LookupEvents. */
const lookupAnswer: Envelope = {
  name: 'lookup-answer',
  members: ['Events', 'NextToken'],
  open: listIn('Events', only([], [lookedUp])),
}

/** The envelopes of exports and archives. */
export const EXPORTS = [
  awsRecords,
  cloudWatch,
  eventBridge,
  filteredLogs,
  findings,
  lookedUp,
  lookupAnswer,
  s3Test,
  trailNotice,
]

/** Other envelopes that people have: messages, and the input of functions. */
export const MESSAGES = [awsLogs, firehose, firehoseRecord, kinesisEvent, kinesisRecord, sns, sqsMessage]

/** The envelopes of a queue's messages. */
export const QUEUED = [eventBridge, sns, s3Notices, s3Test, trailNotice]

/** Every envelope of AWS, and those that are in another one only. */
export const ENVELOPES: readonly Envelope[] = [...EXPORTS, ...MESSAGES, s3Notice, s3Notices]
