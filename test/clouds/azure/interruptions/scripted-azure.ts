import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AzureClient, azureClient, openSend } from '../../../../src/clouds/azure/client.ts'
import { hostsOf } from '../../../../src/clouds/azure/http/hosts.ts'
import { Lane } from '../../../../src/clouds/azure/http/lane.ts'
import { interruptions } from '../../../../src/clouds/azure/interruptions/index.ts'
import type { Identity } from '../../../../src/model/identity.ts'
import type { Context, Interruption } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { REAL } from '../../../../src/model/timing.ts'

export const TENANT = '11111111-1111-4111-8111-111111111111'
export const SUBSCRIPTION = '99999999-9999-4999-8999-999999999999'

export interface Asked {
  method: string
  path: string
  query: URLSearchParams
  headers: { [name: string]: string | string[] | undefined }
  body: Json
}

/** Status and body, or a body with 200; undefined is 204. */
export type Reply = { status: number; body?: unknown } | undefined

export interface Scripted {
  client: AzureClient
  asked: Asked[]
  close(): Promise<void>
}

/** A server that answers what the test says, with the real client in front of it. */
export async function scripted(
  answer: (asked: Asked) => Reply | Promise<Reply>,
  claims: { [claim: string]: Json } = {},
): Promise<Scripted> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => {
      text += chunk
    })
    request.on('end', async () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      const call: Asked = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: request.headers,
        body: text === '' ? null : (JSON.parse(text) as Json),
      }
      asked.push(call)
      const reply = await answer(call)
      response.writeHead(reply?.status ?? 204, { 'content-type': 'application/json' })
      response.end(reply?.body === undefined ? '' : JSON.stringify(reply.body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const payload = Buffer.from(JSON.stringify({ tid: TENANT, oid: 'us', ...claims })).toString('base64url')
  const client = azureClient({
    timing: REAL,
    tenant: TENANT,
    subscriptions: [{ id: SUBSCRIPTION, name: 'prod' }],
    hosts: hostsOf('AzurePublic', origin),
    tokens: { token: async () => `x.${payload}.x` },
    send: await openSend(origin),
    lane: new Lane({ paced: false, timing: REAL }),
    backoff: { first: 1, most: 2 },
  })
  return {
    client,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export function fault(status: number, code: string, message = code): Reply {
  return { status, body: { error: { code, message } } }
}

export function interruption(id: string): Interruption<AzureClient> {
  const found = interruptions.find(each => each.id === id)
  if (!found) throw new Error(`no interruption ${id}`)
  return found
}

export function identity(
  kind: string,
  name: string,
  facts: Identity['facts'] = {},
  owner?: string,
): Identity {
  return {
    id: `azure:${TENANT}:${kind}/${name}`,
    uid: name,
    cloud: 'azure',
    account: TENANT,
    kind,
    name,
    ...(owner === undefined ? {} : { owner: `azure:${TENANT}:${owner}` }),
    facts,
  }
}

export function contextOf(of: Identity, params: Json = {}, seen?: Json, exhausted: string[] = []): Context {
  return {
    run: 'c0de',
    now: '2026-11-23T12:00:00Z',
    identity: of,
    params,
    exhausted,
    ...(seen === undefined ? {} : { seen }),
  }
}
