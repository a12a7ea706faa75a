import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Names for which the server behind the proxy has a certificate. */
const NAMES = [
  '*.amazonaws.com',
  '*.eu-west-1.amazonaws.com',
  '*.sso.eu-west-1.amazonaws.com',
  '*.googleapis.com',
  '*.microsoftonline.com',
  '*.microsoft.com',
  '*.azure.com',
  '*.queue.core.windows.net',
  'hooks.example.org',
]

/** A request as the server behind the proxy got it, e.g. `POST iam.amazonaws.com/`. */
type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/**
 * A proxy on this machine: it notes the hosts that it is asked for, and leads all of them to one TLS server, whose
 * certificate an authority of our own signed.
 */
export class RecordingProxy {
  /** `CONNECT host:port`, or method and whole address. */
  readonly asked: string[] = []
  /** The requests that arrived behind it. */
  readonly received: string[] = []
  readonly authorizations: (string | undefined)[] = []
  /** The status with which a CONNECT is refused. */
  refuse: number | undefined
  answer: Answer = (_, response) => response.writeHead(403).end('{}')
  url = ''
  /** The authority's certificate. */
  readonly ca: string
  readonly #proxy: Server
  readonly #behind: Server

  static async start(folder: string): Promise<RecordingProxy> {
    const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
    const fresh = ['-newkey', 'rsa:2048', '-nodes']
    await openssl(
      'req',
      ...fresh,
      '-x509',
      '-days',
      '2',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=own',
    )
    await openssl('req', ...fresh, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=everything')
    await writeFile(
      join(folder, 'host.ext'),
      `subjectAltName=${NAMES.map(name => `DNS:${name}`).join(',')}\n`,
    )
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
    await openssl('x509', '-req', '-in', 'host.csr', ...signed, '-extfile', 'host.ext', '-out', 'host.pem')
    const [key, cert] = await Promise.all(
      ['host.key', 'host.pem'].map(name => readFile(join(folder, name), 'utf8')),
    )
    const proxy = new RecordingProxy(join(folder, 'ca.pem'), { key: key ?? '', cert: cert ?? '' })
    await proxy.#listen()
    return proxy
  }

  private constructor(ca: string, host: { key: string; cert: string }) {
    this.ca = ca
    this.#behind = createTlsServer(host, (request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      request.on('end', () => {
        this.received.push(`${request.method} ${request.headers.host}${request.url}`)
        this.answer(request, response, body)
      })
    })
    this.#proxy = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`)
      this.authorizations.push(request.headers['proxy-authorization'])
      request.resume().on('end', () => this.answer(request, response, ''))
    })
    this.#proxy.on('connect', (request, socket) => {
      socket.on('error', () => undefined)
      this.asked.push(`CONNECT ${request.url}`)
      this.authorizations.push(request.headers['proxy-authorization'])
      if (this.refuse !== undefined) return socket.end(`HTTP/1.1 ${this.refuse} No\r\n\r\n`)
      const { port } = this.#behind.address() as AddressInfo
      const up = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        up.pipe(socket).pipe(up)
      })
      up.on('error', () => socket.destroy())
      socket.on('close', () => up.destroy())
    })
  }

  async #listen(): Promise<void> {
    for (const server of [this.#proxy, this.#behind]) {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    }
    this.url = `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`
  }

  clear(): void {
    this.asked.length = 0
    this.received.length = 0
    this.authorizations.length = 0
    this.refuse = undefined
    this.answer = (_, response) => response.writeHead(403).end('{}')
  }

  /** Hosts that were asked for, each once. */
  hosts(): string[] {
    const names = this.asked.map(each => /^CONNECT ([^:]+)|^\w+ http:\/\/([^/:]+)/.exec(each))
    return [...new Set(names.map(match => match?.[1] ?? match?.[2] ?? ''))].sort()
  }

  async close(): Promise<void> {
    for (const server of [this.#proxy, this.#behind]) {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}
