import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy on loopback that can lose answers: the request is carried out, and the connection closes. */
export interface LosingProxy {
  /** `http://127.0.0.1:<port>`; paths and headers are passed on as they are. */
  origin: string
  /** Loses the answers of so many of the next requests that match. */
  lose(count: number, method: string): void
  /** Requests that were passed on, by method. */
  count(method: string): number
  close(): Promise<void>
}

/** Starts a proxy in front of a server. */
export async function losingProxy(upstream: string): Promise<LosingProxy> {
  let lost = { count: 0, method: '' }
  const counts = new Map<string, number>()
  const server = createServer((asked, answer) => {
    const { method = 'GET', headers, url = '/' } = asked
    counts.set(method, (counts.get(method) ?? 0) + 1)
    const onward = request(new URL(url, upstream), { method, headers }, given => {
      const loses = lost.count > 0 && lost.method === method
      if (!loses) {
        answer.writeHead(given.statusCode ?? 502, given.headers)
        given.pipe(answer)
        return
      }
      lost.count -= 1
      // Only when the service is done is the answer lost.
      given.resume().once('end', () => asked.socket.destroy())
    })
    onward.once('error', () => asked.socket.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (count, method) => {
      lost = { count, method }
    },
    count: method => counts.get(method) ?? 0,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
