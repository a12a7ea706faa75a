import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { Fault } from '../../model/fault.ts'
import { answerFault, LEASE, type Queue } from '../queue.ts'

/** Seconds for which SQS waits for a message; 20 is the most (Amazon SQS, "ReceiveMessage"). */
const WAIT = 20

/**
 * An Amazon SQS queue by its URL; the credentials are the default chain's. A host that is not AWS's is the endpoint.
 * A batch has at most ten messages ("ReceiveMessage", "DeleteMessageBatch").
 */
export function sqsQueue(url: string, { wait = WAIT }: { wait?: number } = {}): Queue<string> {
  const { host, origin } = queueUrl(url)
  const region = /^(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:queue\.)?amazonaws\.com/.exec(host)?.[1]
  const own = /(^|\.)amazonaws\.com(\.cn)?$/.test(host)
  const client = new SQSClient({
    maxAttempts: 3,
    ...(own
      ? region === undefined
        ? {}
        : { region }
      : { endpoint: origin, region: process.env['AWS_REGION'] ?? 'us-east-1' }),
  })
  const name = `sqs:${url}`
  const entries = (lent: readonly string[]) =>
    lent.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
  const call = async <Answer>(operation: string, work: Promise<Answer>): Promise<Answer> => {
    try {
      return await work
    } catch (error) {
      throw sqsFault(name, operation, error)
    }
  }
  const visible = async (lent: readonly string[], seconds: number) => {
    const Entries = entries(lent).map(each => ({ ...each, VisibilityTimeout: seconds }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })
    await call('sqs:ChangeMessageVisibility', client.send(command))
  }
  return {
    name,
    async receive(abortSignal) {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: wait,
        VisibilityTimeout: LEASE,
      })
      const { Messages = [] } = await call('sqs:ReceiveMessage', client.send(command, { abortSignal }))
      return Messages.flatMap(({ Body = '', ReceiptHandle, MessageId = '' }) =>
        ReceiptHandle === undefined
          ? []
          : [{ delivered: { record: Body, where: `${name} ${MessageId}` }, lent: ReceiptHandle }],
      )
    },
    extend: lent => visible(lent, LEASE),
    giveBack: lent => visible(lent, 0),
    async remove(lent) {
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries(lent) })
      const { Failed = [] } = await call('sqs:DeleteMessage', client.send(command))
      const [first] = Failed
      if (first) {
        throw new Fault('unavailable', `${name}: ${Failed.length} messages were not removed: ${first.Code}`, {
          where: 'sqs:DeleteMessage',
        })
      }
    },
  }
}

function queueUrl(url: string): URL {
  try {
    const parsed = new URL(url)
    if (parsed.protocol === 'https:' || parsed.protocol === 'http:') return parsed
  } catch {
    // Said below.
  }
  throw new Fault('usage', `${JSON.stringify(url)} is no URL of a queue`, {
    where: '--source',
    next: 'write it like sqs:https://sqs.eu-west-1.amazonaws.com/111122223333/trail',
  })
}

function sqsFault(name: string, operation: string, error: unknown): Fault {
  if (!(error instanceof Error)) return answerFault(name, operation, 0, String(error))
  const { name: code, message } = error
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
  if (/QueueDoesNotExist|NonExistentQueue/.test(code)) return answerFault(name, operation, 404, message)
  if (/AccessDenied/.test(code)) return answerFault(name, operation, 403, message)
  if (/Throttl|RequestLimit|OverLimit/.test(code)) return answerFault(name, operation, 429, message)
  if (/Credentials|ExpiredToken|InvalidClientTokenId|Signature/.test(code)) {
    return answerFault(name, operation, 401, message)
  }
  return answerFault(name, operation, status, message)
}
