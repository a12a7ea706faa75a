import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request, with functions that answer it or fail to. */
export interface Exchange {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
  /** Of the peer. */
  address: string
  answer(status: number, headers: Record<string, string>, body: string): Promise<void>
  /** Sends the headers and half of the body, then closes the connection. */
  half(status: number, headers: Record<string, string>, body: string): Promise<void>
  /** Resets the connection. */
  reset(): void
  /** Resolves when the peer has given up. */
  hang(): Promise<void>
}

const MOST_BYTES = 4 * 1024 * 1024

/** Listens on the loopback interface only. Port 0 takes a free one. */
export async function listen(
  port: number,
  serve: (exchange: Exchange) => Promise<void>,
  /** Milliseconds since 1970, for the `Date` of the answers. */
  now: () => number = Date.now,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
    response.sendDate = false
    response.setHeader('date', new Date(now()).toUTCString())
    receive(request, response, serve).catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`the lab broke: ${text}\n`)
    })
  })
  // A workload that pauses between calls keeps its connection: setting up new ones would be measured as the tool's time.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { port: (server.address() as AddressInfo).port, close: () => close(server) }
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  serve: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST_BYTES) {
        response.writeHead(413, { connection: 'close' }).end()
        return
      }
      chunks.push(chunk)
    }
  } catch {
    return // the peer went away in the middle of its request
  }
  await serve({
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    address: request.socket.remoteAddress ?? '127.0.0.1',
    answer: (status, headers, body) => {
      const bytes = Buffer.from(body, 'utf8')
      return new Promise(resolve => {
        response.once('close', resolve)
        response.writeHead(status, { ...headers, 'content-length': bytes.length })
        response.end(bytes, resolve)
      })
    },
    half: (status, headers, body) => {
      const bytes = Buffer.from(body, 'utf8')
      return new Promise(resolve => {
        response.writeHead(status, { ...headers, 'content-length': Math.max(2, bytes.length) })
        response.write(bytes.subarray(0, bytes.length >> 1), () => {
          request.socket.destroy()
          resolve()
        })
      })
    },
    reset: () => void request.socket.resetAndDestroy(),
    hang: () =>
      new Promise(resolve => {
        if (request.socket.destroyed) resolve()
        else request.socket.once('close', () => resolve())
      }),
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
