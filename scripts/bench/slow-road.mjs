import { Agent, createServer, request } from 'node:http'

/** Codes by which AWS says that a call was one too many. */
const THROTTLED = /<Code>(?:Throttling|RequestLimitExceeded)|TooManyRequestsException|ThrottlingException/

/** Operations of IAM that only read. */
const READ = /Action=(?:Get|List|Describe|Simulate|Generate)/

/**
 * A loopback proxy that answers so many milliseconds late, as a network does, and counts: calls, throttled ones, writes to IAM that were
 * accepted, how many calls were under way at once, and when the first and the last accepted write came.
 */
export async function slowRoad(target, latencyMs) {
  const { hostname, port } = new URL(target)
  const agent = new Agent({ keepAlive: true, maxSockets: 512 })
  const counts = {
    calls: 0,
    throttled: 0,
    writes: 0,
    underWay: 0,
    most: 0,
    firstWrite: undefined,
    lastWrite: undefined,
  }
  const server = createServer((incoming, outgoing) => {
    counts.calls += 1
    counts.underWay += 1
    counts.most = Math.max(counts.most, counts.underWay)
    const chunks = []
    incoming.on('data', chunk => chunks.push(chunk))
    incoming.once('end', () => {
      const body = Buffer.concat(chunks)
      const { method, url, headers } = incoming
      const sent = request({ hostname, port, method, path: url, headers, agent }, answer => {
        const parts = []
        answer.on('data', part => parts.push(part))
        answer.once('error', () => outgoing.destroy())
        answer.once('end', () => {
          const whole = Buffer.concat(parts)
          count(headers, body, answer.statusCode, whole)
          setTimeout(() => {
            counts.underWay -= 1
            outgoing.writeHead(answer.statusCode, answer.headers).end(whole)
          }, latencyMs)
        })
      })
      sent.once('error', () => outgoing.destroy())
      sent.end(body)
    })
  })
  function count(headers, body, status, answer) {
    if (status === 429 || (status >= 400 && THROTTLED.test(answer.toString('latin1', 0, 2_000)))) {
      counts.throttled += 1
      return
    }
    const iam = /\/iam\/aws4_request/.test(headers.authorization ?? '')
    if (status >= 300 || !iam || READ.test(body.toString('latin1'))) return
    counts.writes += 1
    counts.lastWrite = performance.now()
    counts.firstWrite ??= counts.lastWrite
  }
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    counts,
    close() {
      server.closeAllConnections()
      agent.destroy()
      return new Promise(resolve => server.close(resolve))
    },
  }
}
