import { Agent, createServer, request } from 'node:http'

/** How many requests the replay keeps in flight; the client's own connection pool is of this order. */
const IN_FLIGHT = 16

/** Sends what came to the same path of another server, and gives back the whole answer. */
function send(target, agent, { method, url, headers, body }) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target)
    const outgoing = request({ hostname, port, method, path: url, headers, agent }, answer => {
      const chunks = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.once('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }),
      )
      answer.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** A loopback proxy that keeps what it passes on. */
export async function tap(target) {
  const exchanges = []
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const server = createServer((incoming, outgoing) => {
    const chunks = []
    incoming.on('data', chunk => chunks.push(chunk))
    incoming.once('end', async () => {
      const { method, url, headers } = incoming
      const exchange = { method, url, headers, body: Buffer.concat(chunks), at: performance.now() }
      exchanges.push(exchange)
      try {
        const { status, headers, body } = await send(target, agent, exchange)
        outgoing.writeHead(status, headers).end(body)
      } catch {
        outgoing.destroy()
      }
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    exchanges,
    close() {
      server.closeAllConnections()
      agent.destroy()
      return new Promise(resolve => server.close(resolve))
    },
  }
}

/** The same requests again with nothing but HTTP: what the lab itself can do. Milliseconds. */
export async function replay(target, exchanges) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const left = exchanges.values()
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const exchange of left) await send(target, agent, exchange)
    }),
  )
  const took = performance.now() - begun
  agent.destroy()
  return took
}
