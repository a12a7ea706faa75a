import type { Json } from '../../model/json.ts'
import { isObject, sizeFlaw } from '../call.ts'
import type { Message } from './message.ts'
import type { Pins } from './pins.ts'

const MOST_PAGES = 100
const MOST_TRIES = 3

/**
 * Which definitions of a server's tools were compared with their pins since the server last said that they changed. A call
 * of any other tool waits until we have asked the server ourselves.
 */
export class Definitions {
  readonly #server: string
  readonly #pins: Pins
  readonly #send: (line: string) => Promise<void>
  readonly #limitMs: number
  readonly #prefix = `interdict-gate-${process.pid}-${Date.now().toString(36)}-`
  readonly #compared = new Set<string>()
  /** Requests of ours that are not answered; those that were given up are still here. */
  readonly #asked = new Map<string, (message: Message) => void>()
  #generation = 0
  #whole = -1
  #count = 0
  #round: Promise<void> | undefined

  constructor(server: string, pins: Pins, send: (line: string) => Promise<void>, limitMs: number) {
    this.#server = server
    this.#pins = pins
    this.#send = send
    this.#limitMs = limitMs
  }

  /** Moves when the server says that its tools changed: what was asked for before says nothing of after. */
  get generation(): number {
    return this.#generation
  }

  /** An answer to us is to come. */
  get waiting(): boolean {
    return this.#asked.size > 0
  }

  /** The server is being asked, and calls wait for it. */
  get asking(): boolean {
    return this.#round !== undefined
  }

  changed(): void {
    this.#generation += 1
    this.#compared.clear()
  }

  /** Compares what was listed in answer to a request of that generation. */
  take(tools: readonly Json[], generation: number): void {
    const seen = tools.flatMap(each => {
      const name = isObject(each) ? each['name'] : undefined
      return typeof name === 'string' ? [{ name: `${this.#server}/${name}`, definition: each }] : []
    })
    this.#pins.seen(seen)
    if (generation === this.#generation) for (const { name } of seen) this.#compared.add(name)
  }

  /**
   * Whether the tool is listed by the server as it is now; asks where that is not known. `context`: the call, whose
   * protocol ours has to be. Throws when the server does not say.
   */
  async isListed(tool: string, context: Message): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (this.#compared.has(tool)) return true
      if (this.#whole === this.#generation && tries > 0) return false
      this.#round ??= this.#ask(context).finally(() => {
        this.#round = undefined
      })
      await this.#round
    }
    throw new Error('the server changes its tools faster than they can be looked at')
  }

  /** True when the message answers us: then it is nobody else's. */
  answered(message: Message): boolean {
    const { id } = message
    const taken = typeof id === 'string' ? this.#asked.get(id) : undefined
    if (typeof id !== 'string' || taken === undefined || 'method' in message) return false
    this.#asked.delete(id)
    taken(message)
    return true
  }

  async #ask(context: Message): Promise<void> {
    const generation = this.#generation
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const result = await this.#page(cursor, context)
      const { tools, nextCursor } = result
      if (!Array.isArray(tools)) throw new Error('the server does not list its tools')
      this.take(tools, generation)
      if (typeof nextCursor !== 'string' || nextCursor === '') {
        this.#whole = generation
        return
      }
      cursor = nextCursor
    }
    throw new Error(`the server lists its tools on more than ${MOST_PAGES} pages`)
  }

  async #page(cursor: string | undefined, context: Message): Promise<Message> {
    const id = `${this.#prefix}${this.#count++}`
    const meta = protocolOf(context)
    const params = { ...(cursor === undefined ? {} : { cursor }), ...(meta ? { _meta: meta } : {}) }
    const more = Object.keys(params).length > 0 ? { params } : {}
    const { promise, resolve, reject } = Promise.withResolvers<Message>()
    this.#asked.set(id, resolve)
    const timer = setTimeout(() => {
      this.#asked.set(id, () => undefined)
      reject(new Error(`the server did not list its tools within ${this.#limitMs / 1000} s`))
    }, this.#limitMs)
    try {
      await this.#send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list', ...more }))
      const answer = await promise
      const flaw = sizeFlaw(answer)
      if (flaw !== undefined) throw new Error(`what the server lists is ${flaw}`)
      const { result } = answer
      if (!isObject(result)) throw new Error('the server does not list its tools')
      return result
    } finally {
      clearTimeout(timer)
    }
  }
}

/** From 2026-07-28 on every request says its protocol and who sends it; before, none does. */
function protocolOf({ params }: Message): Message | undefined {
  const meta = isObject(params) ? params['_meta'] : undefined
  if (!isObject(meta)) return undefined
  const kept = Object.entries(meta).filter(([name]) => name.startsWith('io.modelcontextprotocol/'))
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}
