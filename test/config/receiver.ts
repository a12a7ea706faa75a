import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A receiver of notifications on the loopback. */
export interface Receiver {
  url: string
  /** The texts that were posted, in their order. */
  texts: string[]
  close(): void
}

export async function receiver(status = 200): Promise<Receiver> {
  const texts: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      texts.push(String(JSON.parse(body).text))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    texts,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
