import * as http from 'node:http'
import * as https from 'node:https'
import { connect as connectPlain, isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { namesProxy, proxyFor, proxyName } from './proxy.ts'

export interface Agents {
  http: http.Agent
  https: https.Agent
}

/** Milliseconds until a proxy that does not answer is given up. */
const PATIENCE = 10_000

/** A proxy that does not let a connection through. */
export class ProxyError extends Error {
  readonly code = 'ERR_PROXY'
}

type Created = (error: Error | null, socket: Duplex) => void
type Options = Parameters<http.Agent['createConnection']>[0]

/** Connects to https addresses through the proxy of the environment where it names one for the host, else directly. */
class TunnelAgent extends https.Agent {
  override createConnection(options: Options, created?: Created): Duplex | null | undefined {
    const { host, port } = placeOf(options, 443)
    let proxy: URL | undefined
    try {
      proxy = proxyFor(new URL(`https://${host}:${port}`))
    } catch (error) {
      created?.(error as Error, undefined as never)
      return undefined
    }
    if (proxy === undefined) return super.createConnection(options, created)
    tunnel(proxy, `${host}:${port}`).then(
      socket => created?.(null, connectTls({ ...(options as ConnectionOptions), socket })),
      (error: Error) => created?.(error, undefined as never),
    )
    return undefined
  }
}

/** Has `addRequest`, by which Node hands a request to an agent before its head is written. */
type Adding = { addRequest(request: http.ClientRequest, options: Options): void }

/** Sends requests for http addresses to the proxy of the environment, which gets the whole address (RFC 9112, 3.2.2). */
class ForwardAgent extends http.Agent {
  addRequest(request: http.ClientRequest, options: Options): void {
    const { host, port } = placeOf(options, 80)
    const origin = `http://${host}${port === 80 ? '' : `:${port}`}`
    const proxy = proxyFor(new URL(origin))
    if (proxy !== undefined) {
      if (request.path.startsWith('/')) request.path = `${origin}${request.path}`
      for (const [name, value] of Object.entries(authorizationOf(proxy))) request.setHeader(name, value)
    }
    const agent = http.Agent.prototype as unknown as Adding
    agent.addRequest.call(this, request, options)
  }

  override createConnection(options: Options, created?: Created): Duplex | null | undefined {
    const { host, port } = placeOf(options, 80)
    const proxy = proxyFor(new URL(`http://${host}:${port}`))
    return proxy === undefined ? super.createConnection(options, created) : socketTo(proxy)
  }
}

/** Host as it stands in an address, and port. */
function placeOf(options: Options, standard: number): { host: string; port: number } {
  const { host, port } = options as { host?: string | null; port?: number | string | null }
  const name = host ?? 'localhost'
  return { host: isIPv6(name) ? `[${name}]` : name, port: Number(port ?? standard) }
}

function authorizationOf({ username, password }: URL): { [name: string]: string } {
  if (username === '' && password === '') return {}
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

function proxyPlace(proxy: URL): { host: string; port: number } {
  const standard = proxy.protocol === 'https:' ? 443 : 80
  return { host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(proxy.port || standard) }
}

function socketTo(proxy: URL): Socket {
  const { host, port } = proxyPlace(proxy)
  return proxy.protocol === 'https:'
    ? connectTls({ host, port, servername: host })
    : connectPlain({ host, port })
}

/** A connection to `place` (`host:port`) through a proxy (RFC 9110, 9.3.6). */
function tunnel(proxy: URL, place: string): Promise<Socket> {
  const name = proxyName(proxy)
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      ...proxyPlace(proxy),
      method: 'CONNECT',
      path: place,
      headers: { host: place, ...authorizationOf(proxy) },
      agent: false,
      timeout: PATIENCE,
    })
    const fail = (why: string, cause?: Error) => {
      request.destroy()
      reject(new ProxyError(`${why} (CONNECT ${place})`, cause === undefined ? {} : { cause }))
    }
    request.once('connect', ({ statusCode }, socket: Socket, head) => {
      if (statusCode !== 200) {
        socket.destroy()
        const reason = statusCode === 407 ? ': it asks for a user and a password' : ''
        return fail(`the proxy ${name} answered ${statusCode}${reason}`)
      }
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    request.once('timeout', () => fail(`the proxy ${name} did not answer`))
    request.once('error', error => fail(`the proxy ${name} cannot be reached: ${error.message}`, error))
    request.end()
  })
}

/**
 * Agents that honour the proxies of the environment, for a client of its own.
 *
 * @param ca certificates to trust in place of Node's own
 * @returns undefined where Node's own agents do the same
 */
export function agentsOf(ca?: readonly string[]): Agents | undefined {
  if (ca === undefined && !namesProxy()) return undefined
  const options = { keepAlive: true }
  return {
    http: new ForwardAgent(options),
    https: new TunnelAgent({ ...options, ...(ca === undefined ? {} : { ca: [...ca] }) }),
  }
}

let shared: Agents | undefined

/** The agent for an address that is to be asked for through a proxy; undefined for a direct connection. */
export function agentFor(url: URL): http.Agent | https.Agent | undefined {
  if (proxyFor(url) === undefined) return undefined
  shared ??= agentsOf()
  return url.protocol === 'https:' ? shared?.https : shared?.http
}

/** The same for a library that must not choose by itself: Node's own agent for a direct connection. */
export function directOrProxy(url: URL): http.Agent {
  return agentFor(url) ?? (url.protocol === 'https:' ? https.globalAgent : http.globalAgent)
}

interface Request {
  url: string
  agent?: object | undefined
}

/**
 * A client of Azure's pipeline that honours the proxy of the environment. Azure's own policy asks for this machine through
 * it as well.
 *
 * @param failed receives the errors of the network, which some of Azure's libraries do not pass on
 */
export function throughProxy<Sent extends Request, Reply>(
  client: { sendRequest(request: Sent): Promise<Reply> },
  failed: (error: unknown) => void = () => undefined,
): { sendRequest(request: Sent): Promise<Reply> } {
  return {
    async sendRequest(request) {
      try {
        const agent = agentFor(new URL(request.url))
        if (agent === undefined) delete request.agent
        else request.agent = agent
        return await client.sendRequest(request)
      } catch (error) {
        failed(error)
        throw error
      }
    },
  }
}
