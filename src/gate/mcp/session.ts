import { sizeFlaw } from '../call.ts'
import { type Gate, messageOf } from '../gate.ts'
import { Definitions, listingLine } from './definitions.ts'
import type { Ends } from './ends.ts'
import { Judge, type Server } from './judge.ts'
import {
  errorLine,
  type Id,
  type Notification,
  type Parsed,
  type Request,
  readMessages,
  refusalLine,
  refusalText,
  requestLine,
} from './message.ts'
import { isNotification, keepsOrder, treatmentOf } from './methods.ts'
import { Pins } from './pins.ts'
import { Requests } from './requests.ts'
import { ServerSide } from './server-side.ts'

const INVALID = -32600
const UNREADABLE = -32700
const REFUSED = -32001

const MOST_QUEUED = 256
const LISTING_MS = 10_000

/** A call that stands in the queue. */
interface Queued {
  request: Request
  cancelled: boolean
}

/** Judges the messages between a client and a server, and writes each anew before it passes. */
export class Session {
  readonly #ends: Ends
  readonly #pins: Pins
  readonly #judge: Judge
  readonly #requests = new Requests()
  readonly #definitions: Definitions
  readonly #serverSide: ServerSide
  readonly #serverName: string
  /** Calls that are not dealt with, in their order. */
  readonly #queued: Queued[] = []
  #calls: Promise<void> = Promise.resolve()
  #stalled = Promise.withResolvers<void>()

  constructor(gate: Gate, server: Server, ends: Ends, listingMs = LISTING_MS) {
    this.#ends = ends
    this.#serverName = server.name
    this.#judge = new Judge(gate, server)
    this.#pins = new Pins(gate.state, server.name, gate.seal)
    const toServer = (line: string) => ends.toServer(line)
    const shared = { pins: this.#pins, requests: this.#requests }
    this.#definitions = new Definitions(server.name, shared, toServer, { ms: listingMs, timing: gate.timing })
    this.#serverSide = new ServerSide({
      judge: this.#judge,
      requests: this.#requests,
      definitions: this.#definitions,
      ends,
    })
  }

  /**
   * Takes a line of the client. Resolves when it is dealt with, or waits for the server to list its tools: until it has,
   * calls stand in a queue, and everything else goes by, since the server's answer may need it.
   */
  async fromClient(text: string): Promise<void> {
    let messages: Parsed[]
    try {
      messages = readMessages(text)
    } catch (error) {
      return await this.#ends.toClient(errorLine(null, UNREADABLE, messageOf(error)))
    }
    for (const message of messages) {
      try {
        await this.#take(message)
      } catch (error) {
        const id = message.kind === 'request' ? message.id : null
        await this.#ends.toClient(errorLine(id, INVALID, messageOf(error)))
      }
    }
  }

  /** Takes a line of the server, and resolves when it is dealt with. Throws with a reason when it holds no messages. */
  async fromServer(text: string): Promise<void> {
    for (const message of readMessages(text)) await this.#serverSide.take(message)
  }

  /** Answers the request to which a server gave an answer that is too long to be read. False when nobody can say which. */
  async unreadable(id: Id | null, reason: string): Promise<boolean> {
    return await this.#serverSide.fail(id, reason)
  }

  /** Resolves when no call is waiting any more. */
  async settled(): Promise<void> {
    await this.#calls
  }

  async #take(message: Parsed): Promise<void> {
    switch (message.kind) {
      case 'flawed':
        // An error under the id of what asks for nothing could be taken for the answer to a request of that id.
        if (!message.asks) await this.#serverSide.unanswered(message.id, message.flaw)
        return await this.#ends.toClient(errorLine(message.asks ? message.id : null, INVALID, message.flaw))
      case 'answer':
        return await this.#serverSide.answered(message)
      case 'notification':
        return await this.#notify(message)
      case 'request': {
        const flaw = sizeFlaw(message.params ?? null)
        if (flaw !== undefined) return await this.#ends.toClient(errorLine(message.id, INVALID, flaw))
        if (treatmentOf('client', message.method) === 'call') return await this.#enqueue(message)
        const refusal = await this.#judge.refusal('client', message)
        if (refusal === undefined) return await this.#pass(message)
        return await this.#ends.toClient(errorLine(message.id, REFUSED, refusalText(refusal)))
      }
    }
  }

  async #enqueue(request: Request): Promise<void> {
    if (this.#queued.length >= MOST_QUEUED)
      return await this.#ends.toClient(errorLine(request.id, REFUSED, 'too many calls are waiting'))
    const queued: Queued = { request, cancelled: false }
    this.#queued.push(queued)
    const arrived = this.#definitions.arrived()
    const done = this.#calls.then(async () => {
      try {
        await this.#call(queued, arrived)
      } catch (error) {
        await this.#ends.toClient(errorLine(request.id, INVALID, messageOf(error)))
      } finally {
        this.#queued.shift()
      }
    })
    this.#calls = done
    await Promise.race([done, this.#stalled.promise])
  }

  async #call(queued: Queued, arrived: number): Promise<void> {
    const { request } = queued
    const refusal = await this.#judge.refusal('client', request, tool => this.#pinned(tool, request, arrived))
    if (queued.cancelled) return
    if (refusal === undefined) await this.#pass(request)
    else await this.#ends.toClient(refusalLine(request, refusalText(refusal)))
  }

  async #pass(request: Request): Promise<void> {
    const { id, method, params, wire } = request
    if (this.#requests.full)
      return await this.#ends.toClient(errorLine(id, REFUSED, 'too many requests are waiting'))
    const kept = params?.['_meta'] === undefined ? {} : { params: { _meta: params['_meta'] } }
    const own = this.#requests.add({
      request: { id, method, params: kept.params },
      generation: this.#definitions.generation,
    })
    await this.#ends.toServer(
      treatmentOf('client', method) === 'listing' ? listingLine(own, params) : requestLine(method, wire, own),
    )
  }

  /** A notification passes as long as the agent is not held; one that keeps the session in order passes then, too. */
  async #notify({ method, params, wire }: Notification): Promise<void> {
    if (!isNotification(method) || sizeFlaw(params ?? null) !== undefined) return
    if (method === 'notifications/cancelled') return await this.#cancel(params?.['requestId'], wire)
    if (!keepsOrder(method) && (await this.#judge.held()) !== undefined) return
    await this.#ends.toServer(requestLine(method, wire))
  }

  /** A call that is cancelled while it waits must not reach the server after its cancellation. */
  async #cancel(client: unknown, wire: Request['wire']): Promise<void> {
    if (typeof client !== 'string' && typeof client !== 'number') return
    const waiting = this.#queued.find(({ request }) => request.id === client)
    if (waiting) waiting.cancelled = true
    const own = this.#requests.idFor(client)
    if (own === undefined) return
    this.#requests.forget(own)
    await this.#ends.toServer(requestLine('notifications/cancelled', { ...wire, requestId: own }))
  }

  async #pinned(tool: string, { params }: Request, arrived: number) {
    const name = this.#judge.nameOf(tool)
    const refused = (reason: string) => ({ effect: 'deny', because: 'pin', reason }) as const
    const listed = this.#definitions.isListed(name, params, arrived)
    if (!(await this.#unstalled(listed))) return refused(`the server does not list ${name}`)
    if (!this.#pins.hasChanged(name)) return undefined
    return refused(
      `the definition of ${name} has changed since it was first seen, and a person has to look at it: interdict-gate pins --server ${this.#serverName}`,
    )
  }

  /** While this waits, the client's other messages go by. */
  async #unstalled<Value>(waiting: Promise<Value>): Promise<Value> {
    if (this.#definitions.asking) this.#stalled.resolve()
    try {
      return await waiting
    } finally {
      this.#stalled = Promise.withResolvers()
    }
  }
}
