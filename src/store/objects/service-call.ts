import { Fault } from '../../model/fault.ts'
import { Unanswered } from './object-store.ts'

/** A request to the service of a store, without its authentication. */
export interface ServiceRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  url: URL
  headers: { [name: string]: string }
  body?: Buffer
}

/** The answer, whole. */
export interface ServiceAnswer {
  status: number
  headers: { get(name: string): string | null }
  body: Buffer
}

/** Authenticates a request and sends it once. Rejects with a Fault for missing credentials, and with any error if no answer comes. */
export type Send = (request: ServiceRequest) => Promise<ServiceAnswer>

/** Where the objects are. */
export interface Place {
  /** The URL as it was given, for people. */
  where: string
  /** Address of the bucket or container, without a slash at its end. */
  base: string
  /** The beginning of all names: empty, or with a slash at its end. */
  prefix: string
  send: Send
}

/** Answers after which the same call may succeed. */
const PASSING = new Set([408, 429, 500, 502, 503, 504])

/** Sends a request once. Rejects with {@link Unanswered} where nobody knows whether it was carried out, and with Faults. */
export async function answerTo(send: Send, request: ServiceRequest): Promise<ServiceAnswer> {
  let answer: ServiceAnswer
  try {
    answer = await send(request)
  } catch (error) {
    if (error instanceof Fault) throw error
    const { cause, message } = error instanceof Error ? error : new Error(String(error))
    throw new Unanswered(cause instanceof Error ? cause.message : message, { cause: error })
  }
  if (PASSING.has(answer.status)) throw new Unanswered(`it answers ${answer.status} ${codeOf(answer)}`.trim())
  return answer
}

/** Returns the service's own word for a refusal, from XML, a header or JSON; empty if it has none. */
export function codeOf({ headers, body }: ServiceAnswer): string {
  const text = body.subarray(0, 8_192).toString('utf8')
  const code =
    headers.get('x-ms-error-code') ??
    /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(text)?.[1] ??
    /"reason":\s*"([A-Za-z0-9.]{1,80})"/.exec(text)?.[1]
  return code ?? ''
}

/** Returns the Fault for an answer that the protocol does not expect. */
export function refusal(where: string, { method }: ServiceRequest, answer: ServiceAnswer): Fault {
  const { status } = answer
  const said = `the store answers ${method} with ${status} ${codeOf(answer)}`.trim()
  if (status === 401)
    return new Fault('not-authenticated', said, { where, next: 'sign in to the cloud of the store' })
  if (status === 403)
    return new Fault('denied', said, {
      where,
      next: 'allow reading, listing, writing and deleting below its prefix',
    })
  if (status === 404) return new Fault('usage', `${said}: there is no such bucket or container`, { where })
  return new Fault('journal', said, { where, next: 'check that the service is one that --state knows' })
}

/** Returns the time of an answer, in milliseconds since 1970. */
export function timeOf({ headers }: ServiceAnswer): number {
  const time = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(time)) throw new Unanswered('its answer has no Date')
  return time
}

/** Returns the texts of all XML elements of a name, in their order; the names of our objects need no unescaping. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text)
}
