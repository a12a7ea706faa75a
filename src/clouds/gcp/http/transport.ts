import { fetchOut } from '../../../egress/fetch.ts'
import { productVersion } from '../../../egress/product.ts'
import { CloudClock } from '../../../model/cloud-clock.ts'
import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import type { Timing } from '../../../model/timing.ts'
import type { Lane } from '../../kit/http/lane.ts'
import { type GoogleDetail, GoogleError, toGcpFault } from './faults.ts'
import type { GcpService, Hosts } from './hosts.ts'
import { familyOf } from './pace.ts'
import { kindOf, waitBefore } from './retry.ts'

/** A call to a Google API. */
export interface GcpCall {
  /** Google's own id of the method in the discovery document, e.g. `iam.projects.serviceAccounts.disable`; counted by it. */
  operation: string
  service: GcpService
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root, already percent-encoded, e.g. `/v1/projects/p/serviceAccounts/123:disable`. */
  path: string
  query?: { [name: string]: string | readonly string[] | undefined }
  body?: Json
}

export interface TransportOptions {
  hosts: Hosts
  lane: Lane
  /** The `Authorization` header for a URL. */
  authorization(url: string): Promise<string>
  /** Whom the calls are counted against, when it is not the project of the credential. */
  quotaProject?: string
  /** In the user agent and in `X-Goog-Request-Reason`, which Cloud Audit Logs keep (`requestAttributes.reason`). */
  run?: string
  /** Milliseconds after which a call counts as unanswered; 20,000 when missing. */
  callTimeout?: number
  signal?: AbortSignal
  timing: Timing
}

/** Without it a call may hang for ever. */
const TIMEOUT_MS = 20_000

/** No page of ours comes near it; an answer beyond it is not one to be parsed. */
const LARGEST_BYTES = 32 * 1024 * 1024

/** All calls of one credential: one way out, one lane, one retry policy. */
export class Transport {
  readonly hosts: Hosts
  readonly clock = new CloudClock()
  readonly #options: TransportOptions

  constructor(options: TransportOptions) {
    this.hosts = options.hosts
    this.#options = options
  }

  /** Milliseconds after which a call counts as unanswered. */
  get callTimeout(): number {
    return this.#options.callTimeout ?? TIMEOUT_MS
  }

  /**
   * @param count called for each request that is made
   * @throws Fault whose `where` names the operation and the project
   */
  async call(call: GcpCall, project: string, count: (operation: string) => void): Promise<unknown> {
    const { lane, signal, timing } = this.#options
    const kind = kindOf(call.operation)
    const turn = { kind: kind === 'read' ? 'read' : 'write', family: familyOf(call.operation) } as const
    const once = async () => {
      signal?.throwIfAborted()
      count(call.operation)
      return await this.#once(call)
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await lane.run({ ...turn, again: attempt > 1 }, once)
      } catch (error) {
        if (signal?.aborted) throw new Fault('interrupted', `${call.operation}: interrupted`)
        const ms = waitBefore(attempt, kind, error, timing)
        if (ms === undefined) throw toGcpFault(error, call.operation, project, this.hosts.override)
        await timing.sleep(ms, signal)
      }
    }
  }

  async #once({ service, method, path, query = {}, body }: GcpCall): Promise<unknown> {
    const { hosts, quotaProject, run, signal, timing } = this.#options
    const origin = hosts.origin(service)
    const url = new URL(origin + path)
    // A path is made from names that a cloud gave us: `//elsewhere` would be another host.
    if (url.origin !== origin) throw new Fault('bug', `${path} leaves ${origin}`)
    for (const [name, value] of Object.entries(query)) {
      for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, each)
    }
    const authorization = await this.#options.authorization(url.href)
    const timeout = AbortSignal.timeout(this.callTimeout)
    const began = timing.date()
    const response = await fetchOut(url, {
      method,
      // A redirect would carry the token wherever the answer says.
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: {
        authorization,
        accept: 'application/json',
        'user-agent': userAgent(run),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
        ...(run === undefined ? {} : { 'x-goog-request-reason': `interdict-${run}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    this.clock.note(response.headers.get('date'), began, timing.date())
    const text = await textOf(response)
    if (response.status >= 300 && response.status < 400) {
      throw new GoogleError(response.status, 'FAILED_PRECONDITION', 'redirects are not followed')
    }
    const answer = jsonOf(text)
    if (!response.ok) throw errorOf(response, answer)
    if (answer === undefined) throw new GoogleError(404, '', `${origin} does not answer in JSON`)
    return answer
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  if (response.body === null) return ''
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength
    if (bytes > LARGEST_BYTES) {
      throw new GoogleError(response.status, 'OUT_OF_RANGE', `an answer of more than ${LARGEST_BYTES} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Undefined for what is not JSON; some services answer an empty body for an empty message. */
function jsonOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Shape: `{error: {code, status, message, details, errors}}`; storage leaves out `status` and `details`. */
function errorOf(response: Response, answer: unknown): GoogleError {
  const said = memberOf(answer, 'error')
  const text = (name: string) => {
    const value = memberOf(said, name)
    return typeof value === 'string' ? value : ''
  }
  const details = memberOf(said, 'details')
  const legacy = memberOf(said, 'errors')
  const found = Array.isArray(details) ? details.filter(each => typeof each === 'object' && each) : []
  const reasons = Array.isArray(legacy)
    ? legacy.map(each => ({ reason: String(memberOf(each, 'reason')) }))
    : []
  const all: GoogleDetail[] = [...found, ...(found.length > 0 ? [] : reasons)]
  const delay = all.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay
  const after = secondsOf(delay?.replace(/s$/, '') ?? response.headers.get('retry-after') ?? '')
  const message = text('message') || (typeof said === 'string' ? said : `HTTP ${response.status}`)
  return new GoogleError(response.status, statusOf(text('status'), said, response.status), message, {
    details: all,
    ...(after === undefined ? {} : { retryAfter: after }),
  })
}

/** Storage answers in an older shape: a page of JSON without the word, but with the code. */
function statusOf(status: string, said: unknown, http: number): string {
  if (status !== '' || memberOf(said, 'code') === undefined) return status
  return { 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 409: 'ABORTED' }[http] ?? ''
}

function secondsOf(text: string): number | undefined {
  const seconds = Number(text)
  return text !== '' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([each]) => each === name)?.[1]
}

/** Ours with the run's id, so that our own calls are found in the audit log (`callerSuppliedUserAgent`). */
export function userAgent(run: string | undefined): string {
  const agent = `interdict/${productVersion()}`
  return run === undefined ? agent : `${agent} run/${run}`
}
