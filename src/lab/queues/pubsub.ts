import type { Answer } from '../cloud.ts'
import { GoogleError } from '../gcp/google-error.ts'
import type { Exchange } from '../server.ts'
import type { MessageQueue } from './message-queue.ts'
import { lendWhenThere, type QueueCall, type Queues } from './wire.ts'

const PATH = /^\/v1\/projects\/[^/]+\/subscriptions\/([^/:]+):(\w+)$/
/** Seconds; a subscription's own, when it says nothing else ("Extend ack time with lease management"). */
const DEADLINE = 10

interface Asked {
  maxMessages?: number
  ackIds?: string[]
  ackDeadlineSeconds?: number
}

/**
 * A subscription of Google Pub/Sub with message ordering, over REST ("Pub/Sub API, v1.projects.subscriptions"): pull,
 * acknowledge, modifyAckDeadline. An acknowledgement whose deadline is over may or may not hold; here it does not. A late one is
 * not reported, as without exactly-once delivery. Like Google's emulator it wants no credentials.
 */
export function pubsub(queues: Queues, { method, url, body }: Exchange): QueueCall | undefined {
  const [, name = '', verb = ''] = PATH.exec(url) ?? []
  if (method !== 'POST' || name === '') return undefined
  const params = JSON.parse(body) as Asked & { [name: string]: unknown }
  return {
    cloud: 'gcp',
    service: 'pubsub',
    operation: `pubsub.subscriptions.${verb}`,
    caller: undefined,
    params,
    refuse: (code, status, message) => json(status, { error: { code: status, message, status: code } }),
    async run() {
      try {
        const queue = queues.find(name)
        if (!queue) throw new GoogleError('NOT_FOUND', `Resource not found (resource=${name}).`)
        return json(200, await answer(queues, queue, verb, params))
      } catch (error) {
        if (!(error instanceof GoogleError)) throw error
        const { http, status, message } = error
        return json(http, { error: { code: http, message, status } })
      }
    },
  }
}

async function answer(queues: Queues, queue: MessageQueue, verb: string, asked: Asked): Promise<object> {
  if (verb === 'pull') {
    const { maxMessages: most = 0 } = asked
    if (!Number.isInteger(most) || most < 1) {
      throw new GoogleError('INVALID_ARGUMENT', 'max_messages must be greater than zero')
    }
    const lent = await lendWhenThere(queue, queues.longestWaitMs, () => queue.lend(most, DEADLINE, true))
    if (lent.length === 0) return {}
    return {
      receivedMessages: lent.map(({ id, body, receipt, putAt, key }) => ({
        ackId: receipt,
        message: {
          data: Buffer.from(body).toString('base64'),
          messageId: id,
          publishTime: new Date(putAt).toISOString(),
          ...(key === undefined ? {} : { orderingKey: key }),
        },
      })),
    }
  }
  const { ackIds = [], ackDeadlineSeconds: seconds = -1 } = asked
  if (ackIds.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'No ack ids specified.')
  const held = ackIds.filter(each => queue.standing(each) === 'held')
  if (verb === 'acknowledge') for (const each of held) queue.remove(each)
  else if (verb === 'modifyAckDeadline') {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 600) {
      throw new GoogleError('INVALID_ARGUMENT', 'ack_deadline_seconds must be between 0 and 600')
    }
    for (const each of held) queue.lendOn(each, seconds)
  } else throw new GoogleError('UNIMPLEMENTED', `the lab does not know ${verb}`)
  return {}
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
