import { isNotice, notices } from '../clouds/aws/formats/notices.ts'
import { base64Text } from './base64-text.ts'
import { cloudEvent, eventBridge, eventGrid } from './event-envelopes.ts'
import { cloudWatch, filteredLogs, table } from './log-envelopes.ts'
import { at, isMembers, type Members, textAt } from './members.ts'
import {
  AWS_PLACE,
  AZURE_PLACE,
  type EnvelopeName,
  GCP_PLACE,
  none,
  only,
  type Place,
  TOKEN_PLACE,
} from './places.ts'

/** What an envelope holds, and what may be there. */
export interface Opened {
  inside: unknown
  place: Place
}

/** One kind of envelope. */
export interface Envelope {
  /**
   * Every member that it may have. An object with any other is somebody's own record, whatever else it looks like: nothing
   * that somebody typed into a form and that was logged becomes a record.
   */
  members: readonly string[]
  /** Beginnings of further names. */
  prefixes?: readonly string[]
  /** Undefined if this is not such an envelope. @throws Unreadable if it is one that holds no records */
  open(given: Members, place: Place): Opened | undefined
}

const list =
  (name: string, place: Place): Envelope['open'] =>
  given =>
    Array.isArray(given[name]) ? { inside: given[name], place } : undefined

const text = (given: Members, name: string) => {
  const found = given[name]
  return typeof found === 'string' ? found : undefined
}

/** Data of a stream: events, records, and what a subscription of CloudWatch Logs sends. */
const STREAMED = only(AWS_PLACE, ['eventbridge', 'cloudwatch'])

export const ENVELOPES: { readonly [name in EnvelopeName]: Envelope } = {
  // A log file of CloudTrail, an answer of Kinesis' GetRecords, what a function is called with.
  'aws-records': {
    members: ['Records', 'NextShardIterator', 'MillisBehindLatest', 'ChildShards'],
    open: (given, { envelopes }) => {
      const own = (['kinesis-event', 'kinesis-record', 'sqs-message'] as const).filter(each =>
        envelopes.includes(each),
      )
      return list('Records', only(['cloudtrail'], ['s3-notice', ...own]))(given, TRAIL)
    },
  },
  // Diagnostic settings ("Azure Monitor resource log schema").
  'azure-records': { members: ['records'], open: list('records', only(AZURE_PLACE)) },
  awslogs: {
    members: ['awslogs'],
    open(given) {
      const packed = at(given['awslogs'], 'data')
      return typeof packed === 'string'
        ? { inside: base64Text(packed), place: only([], ['cloudwatch']) }
        : undefined
    },
  },
  'cloud-event': cloudEvent,
  cloudwatch: cloudWatch,
  entries: { members: ['entries', 'nextPageToken'], open: list('entries', only(GCP_PLACE)) },
  'event-grid': eventGrid,
  eventbridge: eventBridge,
  'filtered-logs': filteredLogs,
  findings: {
    members: ['Findings', 'findings', 'NextToken', 'nextToken', 'actionName', 'actionDescription'],
    open: given =>
      list('Findings', only(AWS_PLACE))(given, TRAIL) ?? list('findings', only(AWS_PLACE))(given, TRAIL),
  },
  // A delivery to an HTTP endpoint, and a transformation ("Amazon Data Firehose").
  firehose: {
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
        ? list('records', only([], ['firehose-record']))(given, TRAIL)
        : undefined,
  },
  'firehose-record': {
    members: ['recordId', 'approximateArrivalTimestamp', 'kinesisRecordMetadata', 'data'],
    open: given => streamed(text(given, 'data')),
  },
  'kinesis-event': {
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
  },
  'kinesis-record': {
    members: ['SequenceNumber', 'ApproximateArrivalTimestamp', 'Data', 'PartitionKey', 'EncryptionType'],
    open: given => ('SequenceNumber' in given ? streamed(text(given, 'Data')) : undefined),
  },
  // "Azure Monitor Log Analytics API response format".
  'log-tables': {
    members: ['tables', 'statistics', 'render', 'error'],
    open(given) {
      const inside = table(given['tables'])
      return inside && { inside, place: only(AZURE_PLACE) }
    },
  },
  'looked-up': {
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
  },
  'lookup-answer': { members: ['Events', 'NextToken'], open: list('Events', only([], ['looked-up'])) },
  notices: {
    members: ['Records'],
    open(given) {
      const records = given['Records']
      const all = Array.isArray(records) && records.every(each => isMembers(each) && isNotice(each))
      return all ? { inside: records, place: only([], ['s3-notice']) } : undefined
    },
  },
  // An answer of Microsoft Graph or Azure Resource Manager.
  odata: {
    members: ['value', 'nextLink'],
    prefixes: ['@odata.', '@microsoft.'],
    open: list('value', only(AZURE_PLACE)),
  },
  // RFC 8936: the sets of a poll's answer.
  poll: {
    members: ['sets', 'moreAvailable'],
    open(given) {
      const sets = given['sets']
      if (!isMembers(sets) || !Object.values(sets).every(each => typeof each === 'string')) return undefined
      return { inside: Object.values(sets), place: only(TOKEN_PLACE) }
    },
  },
  'pubsub-message': {
    members: ['data', 'attributes', 'messageId', 'message_id', 'publishTime', 'publish_time', 'orderingKey'],
    open: given =>
      'messageId' in given || 'publishTime' in given ? published(text(given, 'data')) : undefined,
  },
  'pubsub-pull': {
    members: ['receivedMessages'],
    open: list('receivedMessages', only([], ['pubsub-push'])),
  },
  'pubsub-push': {
    members: ['message', 'subscription', 'deliveryAttempt', 'ackId'],
    open: ({ message }) => published(isMembers(message) ? text(message, 'data') : undefined),
  },
  's3-notice': notices.s3,
  's3-test': notices.test,
  sns: {
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
      const own = only(AWS_PLACE, ['eventbridge', 'notices', 's3-test', 'trail-notice'])
      return { inside, place: { ...own, refuses: format => refuses(format) ?? own.refuses(format) } }
    },
  },
  'sqs-message': {
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
        place: only(AWS_PLACE, ['eventbridge', 'sns', 'notices', 's3-test', 'trail-notice']),
      }
    },
  },
  'trail-notice': notices.trail,
}

const TRAIL = none('')

function streamed(data: string | undefined): Opened | undefined {
  return data === undefined ? undefined : { inside: base64Text(data), place: STREAMED }
}

function published(data: string | undefined): Opened | undefined {
  if (data === undefined) return undefined
  return { inside: base64Text(data), place: only(GCP_PLACE) }
}

/** Opens what is one of these envelopes; undefined if it is none of them. */
export function opened(given: Members, place: Place): Opened | undefined {
  const names = Object.keys(given)
  for (const name of place.envelopes) {
    const { members, prefixes = [], open } = ENVELOPES[name]
    const isOwn = names.every(
      each => members.includes(each) || prefixes.some(prefix => each.startsWith(prefix)),
    )
    const found = isOwn ? open(given, place) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
