import { createHash } from 'node:crypto'
import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import type { MessageQueue } from './message-queue.ts'
import { lendWhenThere, type QueueCall, type Queues } from './wire.ts'

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/[^/,\s]+\/sqs\/aws4_request/
/** Twelve hours, from when it was received ("Amazon SQS visibility timeout"). */
const LONGEST = 43_200
const MOST = 10

interface Entry {
  Id?: string
  ReceiptHandle?: string
  VisibilityTimeout?: number
}

class SqsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/**
 * Amazon SQS, AWS JSON 1.0 ("Amazon SQS API Reference"): ReceiveMessage, DeleteMessageBatch and
 * ChangeMessageVisibilityBatch of standard queues. Of what the documentation leaves open the harsher is chosen: who removes
 * with a receipt that is not the newest gets a success, and the message stays.
 */
export function sqs(queues: Queues, { headers, body }: Exchange): QueueCall | undefined {
  const [, operation] = /^AmazonSQS\.(\w+)$/.exec(String(headers['x-amz-target'] ?? '')) ?? []
  if (operation === undefined) return undefined
  const caller = CREDENTIAL.exec(String(headers['authorization'] ?? ''))?.[1]
  const params = JSON.parse(body) as { [name: string]: unknown }
  return {
    cloud: 'aws',
    service: 'sqs',
    operation,
    caller,
    params,
    refuse: (code, status, message) => refusal(new SqsError(code, message, status)),
    async run() {
      try {
        if (caller === undefined) {
          throw new SqsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
        }
        const name = new URL(String(params['QueueUrl'])).pathname.split('/').at(-1) ?? ''
        const queue = queues.find(name)
        if (!queue) {
          throw new SqsError('com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.')
        }
        return json(200, await answer(queues, queue, operation, params))
      } catch (error) {
        if (error instanceof SqsError) return refusal(error)
        throw error
      }
    },
  }
}

async function answer(
  queues: Queues,
  queue: MessageQueue,
  operation: string,
  params: { [name: string]: unknown },
): Promise<object> {
  if (operation === 'ReceiveMessage') {
    const most = within('MaxNumberOfMessages', params, 1, MOST, 1)
    const seconds = within('VisibilityTimeout', params, 0, LONGEST, 30)
    const wait = Math.min(within('WaitTimeSeconds', params, 0, 20, 0) * 1000, queues.longestWaitMs)
    const lent = await lendWhenThere(queue, wait, () => queue.lend(most, seconds))
    if (lent.length === 0) return {}
    return {
      Messages: lent.map(({ id, body, receipt, putAt }) => ({
        MessageId: id,
        ReceiptHandle: receipt,
        Body: body,
        MD5OfBody: createHash('md5').update(body).digest('hex'),
        ...(asksForTime(params) ? { Attributes: { SentTimestamp: String(putAt) } } : {}),
      })),
    }
  }
  const done =
    operation === 'DeleteMessageBatch'
      ? remove
      : operation === 'ChangeMessageVisibilityBatch'
        ? keep
        : undefined
  if (!done) throw new SqsError('UnsupportedOperation', `the lab does not know ${operation}`, 501)
  const Successful: object[] = []
  const Failed: object[] = []
  for (const entry of entriesOf(params)) {
    try {
      done(queue, entry)
      Successful.push({ Id: entry.Id })
    } catch (error) {
      if (!(error instanceof SqsError)) throw error
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}

function asksForTime({ MessageSystemAttributeNames: names }: { [name: string]: unknown }): boolean {
  return Array.isArray(names) && (names.includes('SentTimestamp') || names.includes('All'))
}

function remove(queue: MessageQueue, { ReceiptHandle = '' }: Entry): void {
  const standing = queue.standing(ReceiptHandle)
  if (standing === 'held' || standing === 'over') queue.remove(ReceiptHandle)
}

function keep(queue: MessageQueue, { ReceiptHandle = '', VisibilityTimeout = 30 }: Entry): void {
  if (VisibilityTimeout < 0 || VisibilityTimeout > LONGEST) {
    throw new SqsError('InvalidParameterValue', 'VisibilityTimeout must be between 0 and 43200')
  }
  if (queue.standing(ReceiptHandle) !== 'held') {
    throw new SqsError('MessageNotInflight', 'The message referred to is not in flight.')
  }
  queue.lendOn(ReceiptHandle, VisibilityTimeout)
}

function entriesOf({ Entries }: { [name: string]: unknown }): Entry[] {
  const entries = Array.isArray(Entries) ? (Entries as Entry[]) : []
  if (entries.length === 0) throw new SqsError('EmptyBatchRequest', 'There should be at least one entry.')
  if (entries.length > MOST)
    throw new SqsError('TooManyEntriesInBatchRequest', 'Maximum number of entries is 10.')
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Ids of a batch must be distinct.')
  }
  return entries
}

function within(
  name: string,
  params: { [name: string]: unknown },
  least: number,
  most: number,
  usual: number,
): number {
  const value = params[name] ?? usual
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new SqsError('InvalidParameterValue', `${name} must be between ${least} and ${most}`)
}

const refusal = ({ code, status, message }: SqsError): Answer => json(status, { __type: code, message })

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) }
}
