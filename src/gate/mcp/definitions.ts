import type { Json } from '../../model/json.ts'
import type { Timing } from '../../model/timing.ts'
import { isObject, sizeFlaw } from '../call.ts'
import { lookAlike, type Message, requestLine } from './message.ts'
import type { Pins } from './pins.ts'
import type { Requests } from './requests.ts'
import { nameFlaw } from './tool-names.ts'

const MOST_PAGES = 100
const MOST_TRIES = 3
/** Members of a tool's definition that a client may show or act on (specification 2026-07-28, `Tool`). */
const MEMBERS = [
  ...['name', 'title', 'description', 'inputSchema', 'outputSchema'],
  ...['annotations', 'execution', 'icons', '_meta'],
]

/** How long a server may take to list its tools. */
export interface ListingLimit {
  /** For each page, in milliseconds. */
  ms: number
  timing: Timing
}

/**
 * Which definitions of a server's tools were compared with their pins since the server last said that they changed. A call
 * of any other tool waits until the gate has asked the server itself.
 */
export class Definitions {
  readonly #server: string
  readonly #pins: Pins
  readonly #requests: Requests
  readonly #send: (line: string) => Promise<void>
  readonly #limit: ListingLimit
  readonly #compared = new Set<string>()
  #generation = 0
  #whole = -1
  #round: Promise<void> | undefined
  /** Why the last round failed, and how many calls had come by its end. */
  #failed: { error: unknown; calls: number } | undefined
  #calls = 0

  constructor(
    server: string,
    { pins, requests }: { pins: Pins; requests: Requests },
    send: (line: string) => Promise<void>,
    limit: ListingLimit,
  ) {
    this.#server = server
    this.#pins = pins
    this.#requests = requests
    this.#send = send
    this.#limit = limit
  }

  /** Moves when the server says that its tools changed: a listing from before says nothing of after. */
  get generation(): number {
    return this.#generation
  }

  /** The server is being asked, and calls wait for it. */
  get asking(): boolean {
    return this.#round !== undefined
  }

  /** Numbers a call that begins to wait: it shares the failure of a round that ends after it came. */
  arrived(): number {
    this.#calls += 1
    return this.#calls
  }

  changed(): void {
    this.#generation += 1
    this.#compared.clear()
    this.#pins.renewed()
  }

  /** Compares a listing that was asked for in that generation with the pins, and pins new tools. */
  take(tools: readonly Json[], generation: number): void {
    const found = this.#definitionsIn(tools)
    this.#pins.seen(found)
    if (generation === this.#generation) for (const { name } of found) this.#compared.add(name)
  }

  /** Which of the tools are the pinned ones, each once, by index. */
  pinned(tools: readonly Json[]): number[] {
    const shown = new Set<string>()
    return this.#definitionsIn(tools).flatMap(({ name, definition, index }) => {
      if (shown.has(name) || !this.#pins.isPinned({ name, definition })) return []
      shown.add(name)
      return [index]
    })
  }

  #definitionsIn(tools: readonly Json[]): { name: string; definition: Message; index: number }[] {
    return tools.flatMap((definition, index) => {
      const name = isObject(definition) ? definition['name'] : undefined
      if (!isObject(definition) || typeof name !== 'string' || nameFlaw(name) !== undefined) return []
      if (lookAlike(definition, MEMBERS) !== undefined) return []
      return [{ name: `${this.#server}/${name}`, definition, index }]
    })
  }

  /**
   * Whether the server lists the tool now; asks it where that is not known. `context`: the call's params, whose protocol the
   * gate's request has to have. `arrived`: the call's number. Throws when the server does not say.
   */
  async isListed(tool: string, context: Message | undefined, arrived: number): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (this.#compared.has(tool)) return true
      if (this.#whole === this.#generation && tries > 0) return false
      if (this.#failed && this.#failed.calls >= arrived) throw this.#failed.error
      this.#round ??= this.#ask(context)
        .catch(error => {
          this.#failed = { error, calls: this.#calls }
        })
        .finally(() => {
          this.#round = undefined
        })
      await this.#round
    }
    throw new Error('the server changes its tools faster than they can be looked at')
  }

  async #ask(context: Message | undefined): Promise<void> {
    const generation = this.#generation
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { tools, nextCursor } = await this.#page(cursor, context)
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

  async #page(cursor: string | undefined, context: Message | undefined): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message | undefined>()
    const id = this.#requests.add({ generation: this.#generation, answered: resolve })
    const { ms, timing } = this.#limit
    const done = new AbortController()
    void timing.sleep(ms, done.signal).then(() => {
      if (done.signal.aborted) return
      this.#requests.forget(id)
      reject(new Error(`the server did not list its tools within ${ms / 1000} s`))
    })
    try {
      const line = listingLine(id, {
        _meta: context?.['_meta'] ?? null,
        ...(cursor === undefined ? {} : { cursor }),
      })
      // A server that does not read keeps the line waiting, and must not keep us longer than one that does not answer.
      await Promise.race([this.#send(line), promise])
      const result = await promise
      if (result === undefined) throw new Error('the server does not list its tools')
      const flaw = sizeFlaw(result)
      if (flaw !== undefined) throw new Error(`the server's list of tools is ${flaw}`)
      return result
    } finally {
      done.abort()
    }
  }
}

/**
 * A request for a listing, the client's and the gate's alike: the cursor, and what says the protocol and who asks, which
 * stands in every request from 2026-07-28 on. A server must not be able to tell for whom a listing is.
 */
export function listingLine(id: number, params: Message | undefined): string {
  const { cursor, _meta } = params ?? {}
  const meta = isObject(_meta) ? protocolOf(_meta) : {}
  const kept = {
    ...(typeof cursor === 'string' ? { cursor } : {}),
    ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}),
  }
  return requestLine('tools/list', Object.keys(kept).length > 0 ? kept : undefined, id)
}

/** The members of `_meta` that are the protocol's own. */
export function protocolOf(meta: Message): Message {
  return Object.fromEntries(
    Object.entries(meta).filter(([name]) => name.startsWith('io.modelcontextprotocol/')),
  )
}
