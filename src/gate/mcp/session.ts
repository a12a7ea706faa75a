import type { Json } from '../../model/json.ts'
import { type Call, type Decision, isObject, sizeFlaw } from '../call.ts'
import { decide, type Gate, messageOf, slowly } from '../gate.ts'
import { reachable } from '../policy.ts'
import { loadPolicy } from '../policy-cache.ts'
import {
  ambiguity,
  errorMessage,
  idOf,
  type Message,
  readMessages,
  refusalMessage,
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

/** Where the messages of one line go. */
export interface Routed {
  toServer: string[]
  toClient: string[]
}

/** Judges what passes between a client and a server; knows of the protocol only what it has to. */
export class Session {
  readonly #gate: Gate
  readonly #server: Server
  readonly #pins: Pins
  readonly #listings = new Set<string | number>()

  constructor(gate: Gate, server: Server) {
    this.#gate = gate
    this.#server = server
    this.#pins = new Pins(gate.state, server.name, gate.seal)
  }

  /** Whether answers have to be looked at: else they pass as they are. */
  get waiting(): boolean {
    return this.#listings.size > 0
  }

  async fromClient(text: string): Promise<Routed> {
    const routed: Routed = { toServer: [], toClient: [] }
    let read: ReturnType<typeof readMessages>
    try {
      read = readMessages(text)
    } catch (error) {
      return { ...routed, toClient: [errorMessage(null, UNREADABLE, messageOf(error))] }
    }
    const { messages, batch } = read
    const flaw = sizeFlaw(messages)
    if (flaw !== undefined) {
      const id = messages[0] === undefined ? undefined : idOf(messages[0])
      return { ...routed, toClient: [errorMessage(id ?? null, INVALID, flaw)] }
    }
    const passed: Message[] = []
    for (const message of messages) {
      const refusal = await this.#refusal(message)
      if (refusal === undefined) passed.push(message)
      else if (refusal !== '') routed.toClient.push(refusal)
    }
    if (passed.length === messages.length)
      routed.toServer.push(rewritten(text, batch ? passed : (passed[0] ?? null)))
    else if (passed.length > 0) routed.toServer.push(JSON.stringify(passed))
    return routed
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
      if (id !== undefined) this.#listings.add(id)
      return id === undefined ? '' : undefined
    }
    const call = this.#callOf(method, message)
    if (call === undefined) return undefined
    if (call === 'refused') return id === undefined ? '' : errorMessage(id, REFUSED, 'refused by policy')
    const decision = await this.#decide(call)
    if (decision.effect === 'allow') return id === undefined ? '' : undefined
    if (id === undefined) return ''
    return method === 'tools/call'
      ? refusalMessage(message, kindOf(decision))
      : errorMessage(id, REFUSED, kindOf(decision))
  }

  /** A decision that cannot be recorded is a refusal. */
  async #decide(call: Call): Promise<Decision> {
    try {
      return await decide(this.#gate, call, () => this.#pinned(call))
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

  #pinned({ tool }: Call): Decision | undefined {
    if (!this.#pins.hasChanged(tool)) return undefined
    return {
      effect: 'deny',
      because: 'pin',
      reason: `the definition of ${tool} changed since it was first seen`,
    }
  }

  /** The line that goes to the client; undefined when there is none. */
  async fromServer(text: string): Promise<string | undefined> {
    const { messages, batch } = readMessages(text)
    const out: Json[] = []
    for (const message of messages) out.push(await this.#answer(message))
    return JSON.stringify(batch ? out : (out[0] ?? null))
  }

  async #answer(message: Message): Promise<Message> {
    const id = idOf(message)
    if (id === undefined || 'method' in message || !this.#listings.delete(id)) return message
    const { result } = message
    if (!isObject(result)) return message
    try {
      const flaw = sizeFlaw(message)
      if (flaw !== undefined) throw new Error(flaw)
      return { ...message, result: { ...result, tools: await this.#visible(result['tools']) } }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: REFUSED, message: messageOf(error) } }
    }
  }

  async #visible(tools: Json | undefined): Promise<Json[]> {
    const policy = await loadPolicy(this.#gate.policy, this.#gate.seal)
    const { name: server, agent } = this.#server
    const visible: Json[] = []
    const seen: { name: string; definition: Json }[] = []
    for (const each of Array.isArray(tools) ? tools : []) {
      if (!isObject(each) || typeof each['name'] !== 'string') continue
      const tool = `${server}/${each['name']}`
      const call = { harness: 'mcp', agent, session: String(process.pid), tool, server } as const
      seen.push({ name: tool, definition: each })
      if (await reachable(policy, call, new Date(), slowly)) visible.push(each)
    }
    this.#pins.seen(seen)
    // A description is read by the model: one that changed is not shown to it.
    return visible.filter(
      each => !this.#pins.hasChanged(`${server}/${String(isObject(each) && each['name'])}`),
    )
  }
}

/** Only what kind of refusal it is: the reason could tell which names exist. */
function kindOf({ because, effect, run, reason }: Decision): string {
  if (because === 'held') return `Refused: ${reason}`.replace(/: $/, '') || `held by ${run}`
  if (because === 'pin')
    return 'Refused: the definition of this tool has changed, and a person has to look at it.'
  if (because === 'error') return 'Refused: it could not be decided.'
  return effect === 'ask' ? 'Refused: a person has to approve this.' : 'Refused by policy.'
}
