import { fetchOut } from '../../../egress/fetch.ts'

/** A request to a service that holds objects. */
export interface ObjectRequest {
  method: string
  url: URL
  headers: { [name: string]: string }
  body?: Buffer
}

/** The answer, whole. */
export interface ObjectAnswer {
  status: number
  headers: Headers
  body: Buffer
}

/** The objects below a URL: which protocol the service speaks, and how a request gets there. */
export interface OpenedObjects {
  protocol: 's3' | 'gcs' | 'blob'
  /** Address of the bucket or container, without a slash at its end. */
  base: string
  /** The beginning of all names: empty, or with a slash at its end. */
  prefix: string
  /** Authenticates and sends once. Rejects with Fault `not-authenticated`, and with the error of the network. */
  send(request: ObjectRequest): Promise<ObjectAnswer>
}

/** Milliseconds after which a request counts as unanswered. */
const LIMIT_MS = 30_000

/** Sends a request once, with these headers, through the proxy of the environment. Redirects are not followed. */
export async function sendObject(
  { method, url, body }: ObjectRequest,
  headers: { [name: string]: string },
): Promise<ObjectAnswer> {
  const answer = await fetchOut(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
}

const PREFIX = /^(?:[A-Za-z0-9._-]+\/)*$/

/** Returns the prefix of names for the path of a URL after its bucket; undefined where it has other characters than `A-Za-z0-9._-`. */
export function prefixOf(path: string): string | undefined {
  const parts = path.split('/').filter(part => part !== '')
  const prefix = parts.map(part => `${part}/`).join('')
  return PREFIX.test(prefix) && !parts.includes('..') && !parts.includes('.') ? prefix : undefined
}
