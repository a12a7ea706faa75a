import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { hostsOf } from '../../../src/clouds/gcp/http/hosts.ts'
import { gcpLane } from '../../../src/clouds/gcp/http/pace.ts'
import { Transport, type TransportOptions } from '../../../src/clouds/gcp/http/transport.ts'
import { REAL } from '../../../src/model/timing.ts'

export interface Asked {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Said {
  status?: number
  headers?: Record<string, string>
  /** An object is sent as JSON, a text as it is; `undefined` closes the connection without an answer. */
  body?: unknown
}

/** A server on the loopback that answers as it is told, and remembers what it was asked. */
export async function serve(answer: (asked: Asked, nth: number) => Said | undefined) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => {
      body += part
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push({ method, url, headers, body })
      const said = answer({ method, url, headers, body }, asked.length)
      if (said === undefined) return void request.socket.destroy()
      response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers })
      response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A Google error as the APIs send it. */
export function refusal(code: number, status: string, message = status, details: object[] = []): Said {
  return { status: code, body: { error: { code, status, message, details } } }
}

export function transportTo(endpoint: string, options: Partial<TransportOptions> = {}): Transport {
  return new Transport({
    timing: REAL,
    hosts: hostsOf(undefined, endpoint),
    lane: gcpLane({ rated: false, timing: REAL }),
    authorization: async () => 'Bearer a-token',
    ...options,
  })
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A key file that nobody but the test's own server takes. */
export function keyFile(more: Record<string, unknown> = {}) {
  return {
    type: 'service_account',
    project_id: 'acme-prod',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: 'responder@acme-prod.iam.gserviceaccount.com',
    client_id: '100000000000000000001',
    token_uri: 'https://oauth2.googleapis.com/token',
    ...more,
  }
}
