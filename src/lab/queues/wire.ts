import type { Answer } from '../cloud.ts'
import type { Exchange } from '../server.ts'
import type { MessageQueue } from './message-queue.ts'

/** The parts of the queue that the wire of one service needs. */
export interface Queues {
  /** By the name in the address; undefined when there is none. */
  find(name: string): MessageQueue | undefined
  /** The most milliseconds that a receive waits for a message, above any that it asks for. */
  longestWaitMs: number
  now(): number
}

/** A call once it is known what it asks for, as in `Inquiry`. */
export interface QueueCall {
  cloud: string
  service: string
  operation: string
  caller: string | undefined
  params: { readonly [name: string]: unknown }
  run(): Answer | Promise<Answer>
  /** A refusal in the words of the service. */
  refuse(code: string, status: number, message: string): Answer
}

/** One service on the wire; undefined for what is not for it. */
export type QueueWire = (queues: Queues, exchange: Exchange) => QueueCall | undefined

/** Receives, and waits for a message when there is none. */
export async function lendWhenThere<Lent>(
  queue: MessageQueue,
  waitMs: number,
  lend: () => Lent[],
): Promise<Lent[]> {
  const until = Date.now() + waitMs
  for (;;) {
    const lent = lend()
    const left = until - Date.now()
    if (lent.length > 0 || left <= 0) return lent
    await queue.change(left)
  }
}
