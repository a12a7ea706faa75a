import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { customEndpointFunctions } from '@smithy/core/endpoints'
import { agentsOf } from '../../../egress/agents.ts'
import { Fault } from '../../../model/fault.ts'
import { answerFault, LEASE, type Queue, sentAt } from '../../../sources/queue.ts'

/** Seconds for which SQS waits for a message; 20 is the most (Amazon SQS, "ReceiveMessage"). */
const WAIT = 20
/** Messages in an answer, and entries in a batch ("ReceiveMessage", "DeleteMessageBatch"). */
const MOST = 10

/**
 * An Amazon SQS queue by its URL; the credentials are the default chain's. A host that is not AWS's is the endpoint.
 */
export function sqsQueue(url: string, { wait = WAIT }: { wait?: number } = {}): Queue<string> {
  const { host, origin } = queueUrl(url)
  const { own, region } = placeOf(host)
  const agents = agentsOf()
  const requestHandler = agents && { httpAgent: agents.http, httpsAgent: agents.https }
  const client = new SQSClient({
    maxAttempts: 3,
    // The second is handed to the clients by which single sign-on gets credentials.
    ...(requestHandler && { requestHandler, clientConfig: { requestHandler } }),
    ...(own
      ? region === undefined
        ? {}
        : { region }
      : { endpoint: origin, region: process.env['AWS_REGION'] ?? 'us-east-1' }),
  })
  const name = `sqs:${url}`
  const entries = (lent: readonly string[]) =>
    lent.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
  const call = async <Answer>(
    operation: string,
    work: (abortSignal: AbortSignal) => Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    // A connection that died without a word would be waited for without end.
    const limit = AbortSignal.timeout((wait + 20) * 1000)
    try {
      return await work(signal ? AbortSignal.any([signal, limit]) : limit)
    } catch (error) {
      throw sqsFault(name, operation, error)
    }
  }
  const visible = async (lent: readonly string[], seconds: number) => {
    const Entries = entries(lent).map(each => ({ ...each, VisibilityTimeout: seconds }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })
    const { Failed = [] } = await call('sqs:ChangeMessageVisibility', abortSignal =>
      client.send(command, { abortSignal }),
    )
    refusedOf(name, 'sqs:ChangeMessageVisibility', Failed)
  }
  return {
    name,
    most: MOST,
    async receive(signal) {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: MOST,
        WaitTimeSeconds: wait,
        VisibilityTimeout: LEASE,
        MessageSystemAttributeNames: ['SentTimestamp'],
      })
      const { Messages = [] } = await call(
        'sqs:ReceiveMessage',
        abortSignal => client.send(command, { abortSignal }),
        signal,
      )
      return Messages.flatMap(({ Body = '', ReceiptHandle, MessageId = '', Attributes }) =>
        ReceiptHandle === undefined
          ? []
          : [
              {
                delivered: {
                  record: Body,
                  where: `${name} ${MessageId}`,
                  sent: sentAt(Number(Attributes?.SentTimestamp)),
                },
                lent: ReceiptHandle,
              },
            ],
      )
    },
    extend: lent => visible(lent, LEASE),
    giveBack: lent => visible(lent, 0),
    async remove(lent) {
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries(lent) })
      const { Failed = [] } = await call('sqs:DeleteMessage', abortSignal =>
        client.send(command, { abortSignal }),
      )
      refusedOf(name, 'sqs:DeleteMessage', Failed)
    },
  }
}

/** A batch is answered with 200 when some of its entries, or all, were refused. */
function refusedOf(name: string, where: string, failed: readonly BatchResultErrorEntry[]): void {
  const [first] = failed
  if (!first) return
  const { Code: code, Message: message = '' } = first
  throw new Fault('unavailable', `${name}: ${failed.length} messages were refused: ${code} ${message}`, {
    where,
  })
}

/**
 * Whether a host is AWS's by the SDK's own data of its partitions, and the region that it names.
 *
 * @param host e.g. `sqs.eu-west-1.amazonaws.com`, `eu-west-1.queue.amazonaws.com`, `queue.amazonaws.com`
 */
function placeOf(host: string): { own: boolean; region: string | undefined } {
  const [, region, suffix = ''] =
    /^(?:sqs\.|sqs-fips\.)?([a-z]{2,8}(?:-[a-z]+)+-\d{1,2})\.(?:queue\.)?(.+)$/.exec(host) ?? []
  const partition = customEndpointFunctions['aws']?.['partition']?.(region ?? 'us-east-1')
  const { dnsSuffix, dualStackDnsSuffix } = (partition ?? {}) as { [name: string]: string | undefined }
  const own =
    region === undefined ? host.endsWith(`.${dnsSuffix}`) : [dnsSuffix, dualStackDnsSuffix].includes(suffix)
  return { own, region }
}

function queueUrl(url: string): URL {
  try {
    const parsed = new URL(url)
    if (parsed.protocol === 'https:' || parsed.protocol === 'http:') return parsed
  } catch {
    // Reported below.
  }
  throw new Fault('usage', `${JSON.stringify(url)} is not the URL of a queue`, {
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
  return answerFault(name, operation, status, message, error)
}
