import type { Json } from '../../model/json.ts'
import { isObject, sizeFlaw } from '../call.ts'
import { messageOf } from '../gate.ts'
import type { Definitions } from './definitions.ts'
import type { Ends } from './ends.ts'
import type { Judge } from './judge.ts'
import { listingResult, type Result, visibleTools, withoutLookAlikes } from './listing.ts'
import {
  type Answer,
  answerFlaw,
  errorLine,
  type Flawed,
  type Id,
  type Message,
  type Notification,
  type Parsed,
  passedErrorLine,
  type Request,
  refusalLine,
  refusalText,
  requestLine,
  resultLine,
} from './message.ts'
import { isNotification, treatmentOf } from './methods.ts'
import type { Requests, Waiting } from './requests.ts'

const INVALID = -32600
const REFUSED = -32001
const MOST_OPEN = 1_000
/** Specification 2025-11-25, "URL Elicitation Required Error". */
const URL_ELICITATION = -32042
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

interface Shared {
  judge: Judge
  requests: Requests
  definitions: Definitions
  ends: Ends
}

/** Judges the server's messages: its answers to requests that it was sent, its own requests, and its notifications. */
export class ServerSide {
  readonly #shared: Shared
  /** Requests of the server that were passed to the client and are not answered: their methods by their ids. */
  readonly #open = new Map<Id, string>()

  constructor(shared: Shared) {
    this.#shared = shared
  }

  async take(message: Parsed): Promise<void> {
    switch (message.kind) {
      case 'answer':
        return await this.#answer(message)
      case 'request':
        return await this.#request(message)
      case 'notification':
        return await this.#notify(message)
      case 'flawed':
        return await this.#flawed(message)
    }
  }

  /** Passes the client's answer to a request of the server; to an agent that is held by now it is refused. */
  async answered({ id, outcome }: Answer): Promise<void> {
    const { ends, judge } = this.#shared
    const method = this.#open.get(id)
    if (method === undefined) return
    this.#open.delete(id)
    const treatment = treatmentOf('server', method)
    const held = treatment === 'passes' ? undefined : await judge.held()
    if (held) await ends.toServer(errorLine(id, REFUSED, refusalText(held)))
    else if (sizeFlaw('error' in outcome ? outcome.error : outcome.result) !== undefined)
      await ends.toServer(errorLine(id, INVALID, 'the answer is too large'))
    else if ('error' in outcome) await ends.toServer(passedErrorLine(id, outcome.error))
    else await ends.toServer(resultLine(id, outcome.wire))
  }

  /** Ends a request of the server that the client answered in a form that cannot be read. */
  async unanswered(id: Id | null, flaw: string): Promise<void> {
    if (id === null || !this.#open.delete(id)) return
    await this.#shared.ends.toServer(errorLine(id, INVALID, flaw))
  }

  /** Ends a request whose answer cannot be read. False when no request has this id. */
  async fail(id: Id | null, reason: string): Promise<boolean> {
    const { requests, ends } = this.#shared
    const waiting = requests.take(id) ?? requests.takeMistyped(id)
    waiting?.answered?.(undefined)
    if (waiting?.request) await ends.toClient(errorLine(waiting.request.id, REFUSED, reason))
    return waiting !== undefined
  }

  async #flawed({ id, asks, flaw }: Flawed): Promise<void> {
    const known = await this.fail(id, `the server's answer cannot be read: ${flaw}`)
    if (!known && asks && id !== null) await this.#shared.ends.toServer(errorLine(id, INVALID, flaw))
  }

  async #answer({ id, outcome }: Answer): Promise<void> {
    const { requests, ends } = this.#shared
    const waiting = requests.take(id)
    // An answer to nobody, a second one, or one whose id only looks like that of a request.
    if (waiting === undefined) {
      await this.fail(id, "the server's answer has an id of another type")
      return
    }
    const { request, answered } = waiting
    answered?.('result' in outcome ? outcome.result : undefined)
    if (request === undefined) return
    if ('error' in outcome) return await ends.toClient(await this.#judgedError(request.id, outcome.error))
    await ends.toClient(await this.#judged(request, outcome, waiting))
  }

  /** The line of an answer as the client may see it. */
  async #judged(
    request: NonNullable<Waiting['request']>,
    { result: read, wire }: Result,
    { generation }: Waiting,
  ): Promise<string> {
    const { id, method, params } = request
    try {
      const flaw = answerFlaw(read)
      if (flaw !== undefined) throw new Error(`the server's answer is ${flaw}`)
      const result = withoutLookAlikes(read)
      const written = addressed(withoutLookAlikes(wire), id)
      const asked = await this.#refusedInput(result['inputRequests'])
      if (asked !== undefined)
        return method === 'tools/call' ? refusalLine({ id, params }, asked) : errorLine(id, REFUSED, asked)
      const listing = treatmentOf('client', method) === 'listing'
      if (!listing && !('tools' in result)) return resultLine(id, written)
      const tools = await visibleTools({ result, wire }, listing ? generation : undefined, this.#shared)
      return resultLine(id, listing ? listingResult(result, tools) : { ...written, tools })
    } catch (error) {
      return errorLine(id, REFUSED, messageOf(error))
    }
  }

  /** An error may ask the client to have the user open pages (2025-11-25): that is elicitation. */
  async #judgedError(id: Id, error: Message): Promise<string> {
    const flaw = answerFlaw(error)
    if (flaw !== undefined) return errorLine(id, REFUSED, `the server's error is ${flaw}`)
    if (error['code'] !== URL_ELICITATION) return passedErrorLine(id, error)
    const asked = isObject(error['data']) ? error['data']['elicitations'] : undefined
    for (const each of Array.isArray(asked) ? asked : [null]) {
      const refusal = await this.#refusal('elicitation/create', isObject(each) ? each : undefined)
      if (refusal !== undefined) return errorLine(id, REFUSED, refusal)
    }
    return passedErrorLine(id, error)
  }

  /** Why the client must not be asked for what a result asks for (2026-07-28), or undefined. */
  async #refusedInput(requests: Json | undefined): Promise<string | undefined> {
    if (requests === undefined || requests === null) return undefined
    if (!isObject(requests)) return 'Refused: the server asks in a form that cannot be read.'
    for (const each of Object.values(requests)) {
      const method = isObject(each) ? each['method'] : undefined
      const params = isObject(each) ? each['params'] : undefined
      if (typeof method !== 'string') return 'Refused: the server asks in a form that cannot be read.'
      const refusal = await this.#refusal(method, isObject(params) ? params : undefined)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  async #refusal(method: string, params: Message | undefined): Promise<string | undefined> {
    const flaw = sizeFlaw(params ?? null)
    if (flaw !== undefined) return `Refused: the server's request is ${flaw}.`
    const refusal = await this.#shared.judge.refusal('server', { method, params })
    return refusal && refusalText(refusal)
  }

  async #request({ id, method, params, wire }: Request): Promise<void> {
    const { ends } = this.#shared
    const full = this.#open.size >= MOST_OPEN || this.#open.has(id)
    const refusal = full ? 'too many requests are waiting' : await this.#refusal(method, params)
    if (refusal !== undefined) return await ends.toServer(errorLine(id, REFUSED, refusal))
    this.#open.set(id, method)
    await ends.toClient(requestLine(method, wire, id))
  }

  async #notify({ method, params, wire }: Notification): Promise<void> {
    const { definitions, ends } = this.#shared
    if (!isNotification(method) || answerFlaw(params ?? {}) !== undefined) return
    if (method === 'notifications/tools/list_changed') definitions.changed()
    if (method === 'notifications/cancelled') {
      const id = params?.['requestId']
      if (typeof id !== 'string' && typeof id !== 'number') return
      if (!this.#open.delete(id)) return
    }
    const subscribed = this.#subscription(params)
    if (subscribed === 'nobody') return
    await ends.toClient(requestLine(method, wire && subscribed ? addressed(wire, subscribed.id) : wire))
  }

  /** The request of the client to which a notification belongs; from 2026-07-28 on it names that by the id. */
  #subscription(params: Message | undefined): { id: Id } | undefined | 'nobody' {
    const meta = params?.['_meta']
    if (!isObject(meta) || !(SUBSCRIPTION in meta)) return undefined
    const id = meta[SUBSCRIPTION]
    return (typeof id === 'number' ? this.#shared.requests.peek(id)?.request : undefined) ?? 'nobody'
  }
}

/** The same, naming the request that subscribed to it by the client's id, where it names one. */
function addressed(message: Message, id: Id): Message {
  const meta = message['_meta']
  if (!isObject(meta) || !(SUBSCRIPTION in meta)) return message
  return { ...message, _meta: { ...meta, [SUBSCRIPTION]: id } }
}
