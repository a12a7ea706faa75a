import * as http from 'node:http'
import * as https from 'node:https'
import { Readable } from 'node:stream'
import { agentFor } from './agents.ts'

/** The part of `fetch` that our callers use; redirects are never followed. */
export interface Init extends Pick<RequestInit, 'method' | 'headers' | 'body'> {
  redirect: 'manual' | 'error'
  signal: AbortSignal
}

/** Answers that have no body (Fetch Standard, "null body status"). */
const EMPTY = new Set([204, 205, 304])

/**
 * `fetch` through the proxy of the environment, which Node's own knows only since 24.5 and only when asked to. Rejects as
 * `fetch` does: with the signal's reason, or with a TypeError whose cause is the error of the network.
 */
export async function fetchOut(address: string | URL, init: Init): Promise<Response> {
  const url = new URL(address)
  const agent = agentFor(url)
  if (agent === undefined) return await fetch(url, init)
  const { redirect, signal, ...rest } = init
  signal.throwIfAborted()
  const request = new Request(url, rest)
  const headers = Object.fromEntries(request.headers)
  const body = Buffer.from(await request.arrayBuffer())
  const message = await answerTo({ url, agent, method: request.method, headers, body, signal })
  const status = message.statusCode ?? 0
  if (redirect === 'error' && status >= 300 && status < 400) {
    message.destroy()
    throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
  }
  if (EMPTY.has(status)) message.resume()
  return new Response(EMPTY.has(status) ? null : (Readable.toWeb(message) as ReadableStream), {
    status,
    statusText: message.statusMessage ?? '',
    headers: headersOf(message),
  })
}

interface Sent {
  url: URL
  agent: http.Agent | https.Agent
  method: string
  headers: { [name: string]: string }
  body: Buffer
  signal: AbortSignal
}

function answerTo({ url, agent, method, headers, body, signal }: Sent): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const module = url.protocol === 'https:' ? https : http
    const length = body.length > 0 || method !== 'GET' ? { 'content-length': String(body.length) } : {}
    const request = module.request(url, { method, agent, headers: { ...headers, ...length } })
    let message: http.IncomingMessage | undefined
    const abort = () => {
      const reason = signal.reason instanceof Error ? signal.reason : new Error('aborted')
      message?.destroy(reason)
      request.destroy(reason)
      reject(reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    request.once('response', response => {
      message = response
      response.once('close', () => signal.removeEventListener('abort', abort))
      resolve(response)
    })
    request.on('error', error => {
      signal.removeEventListener('abort', abort)
      reject(new TypeError('fetch failed', { cause: error }))
    })
    request.end(body)
  })
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}
