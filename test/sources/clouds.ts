import type { QueueLab } from '../../src/lab/queues/index.ts'

/** A queue of a cloud as the tests use it: the same messages, over each cloud's own wire. */
export interface QueueCase {
  name: string
  /** The argument of `--source`, and the variables that have to be in the environment. */
  source(lab: QueueLab): { given: string; environment: NodeJS.ProcessEnv }
  /** A record as the cloud puts it into a message. */
  message(record: string): string
  /** As the lab counts them. */
  operations: { receive: string; extend: string; remove: string }
}

const NAME = 'events'

export const queueOf = (lab: QueueLab) => lab.queue(NAME)

/** Until long after every test. */
const EXPIRES = '2999-01-01T00:00:00Z'

export const QUEUES: readonly QueueCase[] = [
  {
    name: 'Amazon SQS',
    source: ({ endpoint }) => ({
      given: `sqs:${endpoint}/111122223333/${NAME}`,
      environment: {
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7WATCHER',
        AWS_SECRET_ACCESS_KEY: 'of no use',
        AWS_REGION: 'eu-west-1',
      },
    }),
    message: record => record,
    operations: {
      receive: 'sqs:ReceiveMessage',
      extend: 'sqs:ChangeMessageVisibilityBatch',
      remove: 'sqs:DeleteMessageBatch',
    },
  },
  {
    name: 'Google Pub/Sub',
    source: ({ endpoint }) => ({
      given: `pubsub:projects/p/subscriptions/${NAME}`,
      environment: { PUBSUB_EMULATOR_HOST: endpoint.replace('http://', '') },
    }),
    // The lab makes base64 of it, as Pub/Sub does.
    message: record => record,
    operations: {
      receive: 'pubsub:pubsub.subscriptions.pull',
      extend: 'pubsub:pubsub.subscriptions.modifyAckDeadline',
      remove: 'pubsub:pubsub.subscriptions.acknowledge',
    },
  },
  {
    name: 'Azure Storage queue',
    source: ({ endpoint }) => ({
      given: `azqueue:${endpoint}/devstoreaccount1/${NAME}?sv=2024-08-04&sp=pu&se=${EXPIRES}&sig=c2VjcmV0`,
      environment: {},
    }),
    // Event Grid makes base64 of it ("Storage queue as an event handler for Azure Event Grid").
    message: record => Buffer.from(record).toString('base64'),
    operations: {
      receive: 'queue:Get Messages',
      extend: 'queue:Update Message',
      remove: 'queue:Delete Message',
    },
  },
]
