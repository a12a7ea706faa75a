import { randomBytes } from 'node:crypto'
import type { Id, Message, Request } from './message.ts'

/** A request that was passed to the server. */
export interface Waiting {
  /** The request as the client sent it, with its own id; absent for a request of the gate. */
  request?: Pick<Request, 'id' | 'method' | 'params'>
  /** Which definitions the server had when it was sent (`Definitions.generation`). */
  generation: number
  /** Takes the answer to a request of the gate. */
  answered?: (result: Message | undefined) => void
}

const MOST_WAITING = 10_000
/** Fifteen digits at most, which every server gives back as they were; guessing one takes years. */
const MOST_ID = 10n ** 15n

/**
 * The requests that the server has not answered, under ids that are ours: random whole numbers, the same for the client's
 * requests and for the gate's. So the server can neither answer a request that it was not sent, nor tell who
 * sent it; and how a client compares ids ("1" and 1, " 1", "0x1") does not matter.
 */
export class Requests {
  readonly #waiting = new Map<number, Waiting>()

  /** Too many are waiting for one more. */
  get full(): boolean {
    return this.#waiting.size >= MOST_WAITING
  }

  /** The id for the server. */
  add(waiting: Waiting): number {
    let id: number
    do id = Number(randomBytes(8).readBigUInt64BE() % MOST_ID)
    while (this.#waiting.has(id))
    this.#waiting.set(id, waiting)
    return id
  }

  /** The request that was sent under this id and is not answered yet; from now on it is. */
  take(id: Id | null): Waiting | undefined {
    if (typeof id !== 'number') return undefined
    const found = this.#waiting.get(id)
    this.#waiting.delete(id)
    return found
  }

  /** The request whose id a server gave back as another type: its answer is not believed, and no other will come. */
  takeMistyped(id: Id | null): Waiting | undefined {
    return typeof id === 'string' ? this.take(Number(id)) : undefined
  }

  /** The id for the server of a request of the client, the newest where there are several. */
  idFor(client: Id): number | undefined {
    return [...this.#waiting].findLast(([, { request }]) => request?.id === client)?.[0]
  }

  /** The request that was sent under this id, still waiting. */
  peek(id: Id): Waiting | undefined {
    return typeof id === 'number' ? this.#waiting.get(id) : undefined
  }

  /** Forgets a request whose answer the client does not wait for any more. */
  forget(id: number): void {
    this.#waiting.delete(id)
  }
}
