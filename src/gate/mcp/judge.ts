import type { Json } from '../../model/json.ts'
import { type Call, type Decision, isObject } from '../call.ts'
import { decide, type Gate, heldNow, type Manner, type More, messageOf, slowly } from '../gate.ts'
import { reachable } from '../policy.ts'
import { loadPolicy } from '../policy-cache.ts'
import type { Message, Request } from './message.ts'
import { treatmentOf } from './methods.ts'
import { nameFlaw } from './tool-names.ts'

export interface Server {
  name: string
  agent: string
}

/** A request as the policy sees it. */
type Asked = Pick<Request, 'method' | 'params'>

/** Decides the requests of either side of a session. */
export class Judge {
  readonly #gate: Gate
  readonly #server: Server

  constructor(gate: Gate, server: Server) {
    this.#gate = gate
    this.#server = server
  }

  /** The name of a tool of the server in policies. */
  nameOf(tool: string): string {
    return `${this.#server.name}/${tool}`
  }

  /**
   * The refusal of a request, or undefined when it may pass. `pinned`: what else refuses a tool's call. A decision that
   * cannot be recorded is a refusal.
   */
  async refusal(
    from: 'client' | 'server',
    asked: Asked,
    pinned?: (tool: string) => ReturnType<More>,
  ): Promise<Decision | undefined> {
    for (const { call, manner, more } of this.#calls(from, asked, pinned)) {
      try {
        const decision = await decide(this.#gate, call, more, manner)
        if (decision.effect !== 'allow') return decision
      } catch (error) {
        return { effect: 'deny', because: 'error', reason: messageOf(error) }
      }
    }
    return undefined
  }

  /** The refusal of an agent that is held by now, or undefined. */
  async held(): Promise<Decision | undefined> {
    return await heldNow(this.#gate, this.#server.agent)
  }

  /** The listed tools that a call could reach, with any arguments. */
  async visible(tools: readonly { name: string; index: number }[]): Promise<number[]> {
    const policy = await loadPolicy(this.#gate.policy, this.#gate.seal)
    const now = new Date(this.#gate.timing.date())
    const visible: number[] = []
    for (const { name, index } of tools) {
      const { args: _, ...call } = this.#call(this.nameOf(name), {})
      if (await reachable(policy, call, now, slowly, this.#gate.engine !== undefined)) visible.push(index)
    }
    return visible
  }

  #call(tool: string, args: { [name: string]: Json }): Call {
    const { name: server, agent } = this.#server
    return { harness: 'mcp', agent, session: String(process.pid), tool, server, args }
  }

  /** The calls that have to be allowed for the request to pass; none for a request that is never judged. */
  *#calls(
    from: 'client' | 'server',
    { method, params }: Asked,
    pinned: ((tool: string) => ReturnType<More>) | undefined,
  ): Generator<{ call: Call; manner: Manner; more?: More }> {
    const { _meta, ...args } = params ?? {}
    const signal = from === 'server' ? 'never' : 'rules'
    const treatment = treatmentOf(from, method)
    switch (treatment) {
      case 'passes':
      case 'listing':
        return
      case 'call': {
        const { name, arguments: given } = args
        const tool = typeof name === 'string' ? name : ''
        const call = this.#call(this.nameOf(tool), isObject(given) ? given : {})
        const flaw = given === undefined || isObject(given) ? nameFlaw(tool) : 'arguments are not an object'
        const more = async () => (flaw === undefined ? await pinned?.(tool) : refused(`${call.tool} ${flaw}`))
        yield { call, manner: {}, more }
        return
      }
      case 'tool':
        yield { call: this.#call(this.nameOf(method), args), manner: {} }
        return
      case 'open':
        // A later protocol subscribes to resources so.
        for (const uri of subscribed(args))
          yield { call: this.#call(this.nameOf('resources/subscribe'), { uri }), manner: {} }
        yield { call: this.#call(`mcp:${method}`, args), manner: { open: true, signal } }
        return
      default: {
        const call = this.#call(`mcp:${method}`, args)
        const more = async () =>
          refused(`${call.tool} differs from a method of the protocol in spelling only`)
        yield { call, manner: { signal }, ...(treatment === 'posing' ? { more } : {}) }
      }
    }
  }
}

function refused(reason: string): Decision {
  return { effect: 'deny', because: 'pin', reason }
}

function subscribed({ notifications }: Message): Json[] {
  const uris = isObject(notifications) ? notifications['resourceSubscriptions'] : undefined
  return Array.isArray(uris) ? uris : []
}
