import { base64Text } from '../../../signals/base64-text.ts'
import { cloudEvent, type Envelope, listIn, type Opened, only } from '../../../signals/envelope.ts'
import { isMembers } from '../../../signals/members.ts'
import { OWN } from './own.ts'

/** An answer of Cloud Logging's `entries.list`. */
const entries: Envelope = {
  name: 'entries',
  members: ['entries', 'nextPageToken'],
  open: listIn('entries', only(OWN)),
}

/** An event of Eventarc, with the attributes that it adds ("Eventarc, event types"). */
const eventarc = cloudEvent(
  {
    name: 'gcp-cloud-event',
    types: 'google.cloud.',
    attributes: ['methodname', 'resourcename', 'servicename', 'recordedtime', 'knativearrivaltime'],
  },
  only(OWN),
)

/** A message of Pub/Sub. */
const pubsubMessage: Envelope = {
  name: 'pubsub-message',
  members: ['data', 'attributes', 'messageId', 'message_id', 'publishTime', 'publish_time', 'orderingKey'],
  open: given => ('messageId' in given || 'publishTime' in given ? published(given['data']) : undefined),
}

/** The body of a push subscription, and one message of a pull. */
const pubsubPush: Envelope = {
  name: 'pubsub-push',
  members: ['message', 'subscription', 'deliveryAttempt', 'ackId'],
  open: ({ message }) => published(isMembers(message) ? message['data'] : undefined),
}

/** The answer of a pull. */
const pubsubPull: Envelope = {
  name: 'pubsub-pull',
  members: ['receivedMessages'],
  open: listIn('receivedMessages', only([], [pubsubPush])),
}

function published(data: unknown): Opened | undefined {
  return typeof data === 'string' ? { inside: base64Text(data), place: only(OWN) } : undefined
}

/** The envelopes of exports and archives. */
export const EXPORTS = [entries, eventarc]

/** Other envelopes that people have. */
export const MESSAGES = [pubsubMessage, pubsubPull, pubsubPush]

/** Every envelope of Google Cloud. */
export const ENVELOPES: readonly Envelope[] = [...EXPORTS, ...MESSAGES]
