import { Agent, request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { certify } from './x509.ts'

export interface OverTls {
  /** `https://localhost:<port>`. */
  endpoint: string
  /** The authority that has signed for it, as PEM: what a client has to be told to trust. */
  authority: string
  close(): Promise<void>
}

/** TLS before the lab, which has none of its own and which Azure's own tools insist on. Keeps no process alive. */
export async function overTls(endpoint: string): Promise<OverTls> {
  const authority = certify('lab CA')
  const own = certify('localhost', { name: 'lab CA', by: authority })
  const agent = new Agent({ keepAlive: true })
  const server = createServer({ key: own.keyPem, cert: own.pem }, (incoming, outgoing) => {
    const { method, url, headers } = incoming
    const onward = request(
      `${endpoint}${url}`,
      { agent, method, headers: { ...headers, 'x-forwarded-proto': 'https' } },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    authority: authority.pem,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
        agent.destroy()
      }),
  }
}
