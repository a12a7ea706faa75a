import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AzureClient,
  azureClient,
  type ClientOptions,
  openSend,
} from '../../../src/clouds/azure/client.ts'
import type { Hosts } from '../../../src/clouds/azure/http/hosts.ts'
import { Lane } from '../../../src/clouds/azure/http/lane.ts'
import { clientIssue, tokenSource } from '../../../src/clouds/azure/http/tokens.ts'
import { REAL } from '../../../src/model/timing.ts'

export const TENANT = '11111111-1111-4111-8111-111111111111'

export interface Received {
  method: string
  /** With its query. */
  url: string
  headers: IncomingHttpHeaders
  text: string
}

export interface Scripted {
  status?: number
  headers?: { [name: string]: string }
  body?: unknown
  /** Breaks the connection instead. */
  broken?: true
}

type Script = (received: Received, nth: number) => Scripted | Promise<Scripted>

/** A host that answers as it is told, and remembers what it was asked. */
export class ScriptedHost {
  received: Received[] = []
  script: Script
  origin = ''
  #server: Server | undefined

  constructor(script: Script = () => ({ status: 204 })) {
    this.script = script
  }

  async start(): Promise<this> {
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        text,
      }
      this.received.push(received)
      const { status = 200, headers = {}, body, broken } = await this.script(received, this.received.length)
      if (broken) {
        request.socket.destroy()
        return
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return this
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise(resolve => this.#server?.close(resolve))
  }
}

/** A token as Entra makes one, unsigned: the audience that it was asked for is in it. */
export function jwt(claims: { [name: string]: unknown }): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

/** A token endpoint, Graph and ARM, each on a host of its own. */
export class ScriptedAzure {
  readonly login = new ScriptedHost(({ text }, nth) => {
    const form = new URLSearchParams(text)
    const aud = form.get('scope')?.replace('/.default', '')
    const token = jwt({ aud, oid: 'me', appid: 'my-app', tid: TENANT, roles: ['Application.Read.All'], nth })
    return { body: { token_type: 'Bearer', access_token: token, expires_in: 3_600 } }
  })
  readonly graph = new ScriptedHost()
  readonly arm = new ScriptedHost()
  readonly hosts = [this.login, this.graph, this.arm]

  async start(): Promise<this> {
    await Promise.all(this.hosts.map(host => host.start()))
    return this
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map(host => host.stop()))
  }

  async client(more: Partial<ClientOptions> = {}): Promise<AzureClient> {
    const hosts: Hosts = {
      authority: this.login.origin,
      graph: this.graph.origin,
      arm: this.arm.origin,
      vault: name => `${this.arm.origin}/vault/${name}`,
      audiences: {
        graph: 'https://graph.microsoft.com',
        arm: 'https://management.azure.com',
        vault: 'https://vault.azure.net',
      },
    }
    const send = await openSend(this.graph.origin)
    const issue = clientIssue(
      send,
      hosts.authority,
      { clientId: 'my-app', clientSecret: 's3cr3t-t3xt' },
      { first: 1, most: 2 },
      REAL,
    )
    return azureClient({
      timing: REAL,
      tenant: TENANT,
      subscriptions: [],
      hosts,
      tokens: tokenSource(issue, TENANT, hosts, REAL),
      send,
      lane: new Lane({ paced: false, timing: REAL }),
      backoff: { first: 1, most: 2 },
      ...more,
    })
  }
}

/** The claims of a bearer token that was sent. */
export function bearer({ headers }: Received): { [name: string]: unknown } {
  const [, payload = ''] = (headers.authorization ?? '').split('.')
  return payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
}
