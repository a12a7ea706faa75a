import type { Json } from '../../model/json.ts'
import { type Call, type Decision, isObject, sizeFlaw } from '../call.ts'
import { decide, type Gate, messageOf, slowly } from '../gate.ts'
import { reachable } from '../policy.ts'
import { loadPolicy } from '../policy-cache.ts'
import { Definitions } from './definitions.ts'
import {
  ambiguity,
  errorMessage,
  idOf,
  type Message,
  readMessages,
  refusalMessage,
  refusalText,
  rewritten,
} from './message.ts'
import { Pins } from './pins.ts'

const INVALID = -32600
const UNREADABLE = -32700
const REFUSED = -32001

export interface Server {
  name: string
  agent: string
}

/** Where lines go; resolves when there is room for more. */
export interface Ends {
  toServer(line: string): Promise<void>
  toClient(line: string): Promise<void>
}

const MOST_QUEUED = 256
const LISTING_MS = 10_000

/** Judges what passes between a client and a server; knows of the protocol only what it has to. */
export class Session {
  readonly #gate: Gate
  readonly #server: Server
  readonly #ends: Ends
  readonly #pins: Pins
  readonly #definitions: Definitions
  /** Listings that the client asked for, and when. */
  readonly #listings = new Map<string | number, number>()
  /** Lines with calls that are not dealt with, in their order. */
  readonly #queued: Message[][] = []
  readonly #cancelled = new Set<Message>()
  #calls: Promise<void> = Promise.resolve()
  #stalled = Promise.withResolvers<void>()

  constructor(gate: Gate, server: Server, ends: Ends, listingMs = LISTING_MS) {
    this.#gate = gate
    this.#server = server
    this.#ends = ends
    this.#pins = new Pins(gate.state, server.name, gate.seal)
    this.#definitions = new Definitions(server.name, this.#pins, line => ends.toServer(line), listingMs)
  }

  /** Whether a line of the server has to be looked at: else it passes as it is. */
  looksAt(line: Buffer): boolean {
    return this.#listings.size > 0 || this.#definitions.waiting || line.includes('list_changed')
  }

  /**
   * Takes a line of the client. Resolves when it is dealt with, or waits for the server to list its tools: until it has,
   * calls stand in a queue, and everything else goes by, since the server's answer may need it.
   */
  async fromClient(text: string): Promise<void> {
    let read: ReturnType<typeof readMessages>
    try {
      read = readMessages(text)
    } catch (error) {
      return await this.#ends.toClient(errorMessage(null, UNREADABLE, messageOf(error)))
    }
    const { messages } = read
    const [first] = messages
    const flaw = sizeFlaw(messages)
    if (flaw !== undefined)
      return await this.#ends.toClient(errorMessage((first && idOf(first)) ?? null, INVALID, flaw))
    if (!messages.some(isCall)) {
      for (const message of messages) this.#noteCancelled(message)
      return await this.#line(text, read)
    }
    if (this.#queued.length >= MOST_QUEUED) {
      for (const message of messages) {
        const id = idOf(message)
        if (id !== undefined)
          await this.#ends.toClient(errorMessage(id, REFUSED, 'too many calls are waiting'))
      }
      return
    }
    this.#queued.push(messages)
    const done = this.#calls.then(async () => {
      try {
        await this.#line(text, read)
      } catch (error) {
        await this.#ends.toClient(errorMessage(null, INVALID, messageOf(error)))
      } finally {
        this.#queued.shift()
      }
    })
    this.#calls = done
    await Promise.race([done, this.#stalled.promise])
  }

  /** Resolves when no call is waiting any more. */
  async settled(): Promise<void> {
    await this.#calls
  }

  async #line(text: string, { messages, batch }: ReturnType<typeof readMessages>): Promise<void> {
    const passed: Message[] = []
    for (const message of messages) {
      const refusal = await this.#refusal(message)
      if (refusal === undefined) {
        if (!this.#cancelled.delete(message)) passed.push(message)
      } else if (refusal !== '') await this.#ends.toClient(refusal)
    }
    if (passed.length === messages.length)
      await this.#ends.toServer(rewritten(text, batch ? passed : (passed[0] ?? null)))
    else if (passed.length > 0) await this.#ends.toServer(JSON.stringify(passed))
  }

  /** A call that is cancelled while it waits must not reach the server after its cancellation. */
  #noteCancelled({ method, params }: Message): void {
    if (method !== 'notifications/cancelled' || !isObject(params)) return
    const { requestId } = params
    const call = this.#queued.flat().find(each => isCall(each) && idOf(each) === requestId)
    if (call && requestId !== undefined) this.#cancelled.add(call)
  }

  /** The answer of a request that is not passed on; empty for a notification, undefined for what passes. */
  async #refusal(message: Message): Promise<string | undefined> {
    const id = idOf(message)
    const flaw = ambiguity(message)
    if (flaw !== undefined) return errorMessage(id ?? null, INVALID, flaw)
    const { method } = message
    if (typeof method !== 'string')
      return method === undefined ? undefined : errorMessage(id ?? null, INVALID, 'no method')
    if (method === 'tools/list') {
      if (id !== undefined) this.#listings.set(id, this.#definitions.generation)
      return id === undefined ? '' : undefined
    }
    const call = this.#callOf(method, message)
    if (call === undefined) return undefined
    if (call === 'refused') return id === undefined ? '' : errorMessage(id, REFUSED, 'refused by policy')
    const decision = await this.#decide(call, message)
    if (decision.effect === 'allow') return id === undefined ? '' : undefined
    if (id === undefined) return ''
    return method === 'tools/call'
      ? refusalMessage(message, refusalText(decision))
      : errorMessage(id, REFUSED, refusalText(decision))
  }

  /** A decision that cannot be recorded is a refusal. */
  async #decide(call: Call, message: Message): Promise<Decision> {
    try {
      return await decide(this.#gate, call, async () =>
        message['method'] === 'tools/call' ? await this.#pinned(call, message) : undefined,
      )
    } catch (error) {
      return { effect: 'deny', because: 'error', reason: messageOf(error) }
    }
  }

  #callOf(method: string, message: Message): Call | 'refused' | undefined {
    const params = isObject(message['params']) ? message['params'] : {}
    const { name: server, agent } = this.#server
    const called = (tool: string, args: Call['args']): Call => ({
      harness: 'mcp',
      agent,
      session: String(process.pid),
      tool: `${server}/${tool}`,
      server,
      args,
    })
    switch (method) {
      case 'tools/call': {
        const { name, arguments: args = {} } = params
        if (typeof name !== 'string' || name === '' || !isObject(args)) return 'refused'
        return called(name, args)
      }
      case 'resources/read':
      case 'resources/subscribe':
      case 'prompts/get': {
        const { _meta, ...args } = params
        return called(method, args)
      }
      default:
        // What a later protocol may add to them is not let through unjudged.
        return method.startsWith('tools/') ? 'refused' : undefined
    }
  }

  async #pinned({ tool, server }: Call, message: Message): Promise<Decision | undefined> {
    const refused = (reason: string): Decision => ({ effect: 'deny', because: 'pin', reason })
    const listed = this.#definitions.isListed(tool, message)
    if (!(await this.#unstalled(listed))) return refused(`the server does not list ${tool}`)
    if (!this.#pins.hasChanged(tool)) return undefined
    return refused(
      `the definition of ${tool} has changed since it was first seen, and a person has to look at it: interdict-gate pins --server ${server}`,
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

  /** The line that goes to the client; undefined when there is none. */
  async fromServer(text: string): Promise<string | undefined> {
    const { messages, batch } = readMessages(text)
    const out: Json[] = []
    for (const message of messages) {
      if (message['method'] === 'notifications/tools/list_changed') this.#definitions.changed()
      if (!this.#definitions.answered(message)) out.push(await this.#answer(message))
    }
    return out.length === 0 ? undefined : JSON.stringify(batch ? out : (out[0] ?? null))
  }

  async #answer(message: Message): Promise<Message> {
    const id = idOf(message)
    const generation = id === undefined || 'method' in message ? undefined : this.#listings.get(id)
    if (id === undefined || generation === undefined) return message
    this.#listings.delete(id)
    const { result } = message
    if (!isObject(result)) return message
    try {
      const flaw = sizeFlaw(message)
      if (flaw !== undefined) throw new Error(flaw)
      return { ...message, result: { ...result, tools: await this.#visible(result['tools'], generation) } }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: REFUSED, message: messageOf(error) } }
    }
  }

  async #visible(listed: Json | undefined, generation: number): Promise<Json[]> {
    const tools = Array.isArray(listed) ? listed : []
    this.#definitions.take(tools, generation)
    const policy = await loadPolicy(this.#gate.policy, this.#gate.seal)
    const { name: server, agent } = this.#server
    const visible: Json[] = []
    for (const each of tools) {
      if (!isObject(each) || typeof each['name'] !== 'string') continue
      const tool = `${server}/${each['name']}`
      // A description is read by the model: one that changed is not shown to it.
      if (this.#pins.hasChanged(tool)) continue
      const call = { harness: 'mcp', agent, session: String(process.pid), tool, server } as const
      if (await reachable(policy, call, new Date(), slowly, this.#gate.engine !== undefined))
        visible.push(each)
    }
    return visible
  }
}

const isCall = ({ method }: Message) => method === 'tools/call'
