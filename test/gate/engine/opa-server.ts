import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: { input: { [name: string]: unknown } }
}

/** Answers as the documentation of OPA's REST API describes `POST /v1/data/{path}`, with what a test wants it to say. */
export class OpaServer {
  readonly asked: Asked[] = []
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #say: (asked: Asked, response: ServerResponse) => void

  constructor(say: (asked: Asked, response: ServerResponse) => void) {
    this.#say = say
  }

  /** `where`: a port of 127.0.0.1 (0: a free one), or the path of a socket. Resolves to the base URL. */
  async listen(where: number | string = 0): Promise<string> {
    if (typeof where === 'string') this.#server.listen(where)
    else this.#server.listen(where, '127.0.0.1')
    await once(this.#server, 'listening')
    if (typeof where === 'string') return `unix:${where}:`
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method, url, headers } = request
    const asked = { method, url, headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
    this.asked.push(asked)
    this.#say(asked, response)
  }
}

export const json =
  (value: unknown, status = 200) =>
  (_: Asked, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }
