import { Calls } from '../calls.ts'
import { LabClock } from '../clock.ts'
import { Faults } from '../faults.ts'
import { type Exchange, listen } from '../server.ts'
import { MessageQueue } from './message-queue.ts'
import { pubsub } from './pubsub.ts'
import { sqs } from './sqs.ts'
import { storageQueue } from './storage-queue.ts'
import type { QueueCall, Queues, QueueWire } from './wire.ts'

export type { MessageQueue } from './message-queue.ts'

const WIRES: readonly QueueWire[] = [sqs, pubsub, storageQueue]

export interface QueueLabOptions {
  /** The most milliseconds that a receive waits for a message, above any that it asks for. */
  longestWaitMs?: number
  /** Messages in an answer, however many are asked for. */
  mostAtOnce?: number
}

export interface QueueLab {
  /** `http://127.0.0.1:<port>`, for Amazon SQS, Pub/Sub and Azure Queue Storage. */
  readonly endpoint: string
  readonly clock: LabClock
  readonly faults: Faults
  readonly calls: Calls
  /** A queue or subscription of this name, made when it is new. */
  queue(name: string): MessageQueue
  close(): Promise<void>
}

/**
 * Starts the queues of a lab on the loopback interface: a message is lent for a time, and comes again with another
 * receipt unless it is removed. Nothing is kept on disk.
 */
export async function startQueues({
  longestWaitMs = 20_000,
  mostAtOnce,
}: QueueLabOptions = {}): Promise<QueueLab> {
  const clock = new LabClock()
  const faults = new Faults()
  const calls = new Calls()
  const made = new Map<string, MessageQueue>()
  const queues: Queues = { find: name => made.get(name), longestWaitMs, now: () => clock.ms() }

  const serve = async (exchange: Exchange) => {
    const call = callOf(queues, exchange)
    if (!call) {
      const body = `the queues of the lab do not know ${exchange.method} ${exchange.url}\n`
      await exchange.answer(501, { 'content-type': 'text/plain' }, body)
      return
    }
    const { cloud, service, operation, caller, params } = call
    calls.add(service, operation, caller)
    const trouble = faults.strike({ cloud, service, operation, caller, params })
    if (trouble?.kind === 'reset') return exchange.reset()
    if (trouble?.kind === 'hang') return await exchange.hang()
    if (trouble?.kind === 'throttle') return await send(exchange, call.refuse('Throttling', 429, 'slow down'))
    if (trouble?.kind === 'error') {
      return await send(exchange, call.refuse(trouble.code, trouble.status, trouble.message ?? trouble.code))
    }
    const answer = await call.run()
    if (trouble?.kind === 'applied-then-reset') return exchange.reset()
    if (trouble?.kind === 'applied-then-503')
      return await send(exchange, call.refuse('Unavailable', 503, 'later'))
    await send(exchange, answer)
  }

  const server = await listen(0, serve)
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    clock,
    faults,
    calls,
    queue(name) {
      const queue = made.get(name) ?? new MessageQueue(clock, mostAtOnce)
      made.set(name, queue)
      return queue
    },
    close: () => server.close(),
  }
}

function callOf(queues: Queues, exchange: Exchange): QueueCall | undefined {
  for (const wire of WIRES) {
    const call = wire(queues, exchange)
    if (call) return call
  }
  return undefined
}

async function send(exchange: Exchange, answer: Awaited<ReturnType<QueueCall['run']>>): Promise<void> {
  await exchange.answer(answer.status, answer.headers, answer.body)
}
