import { fetchOut } from '../../../egress/fetch.ts'
import { Fault } from '../../../model/fault.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { type DenyEndpoint, denyLibrary, type GcpClient, type PoliciesClient } from '../client.ts'
import { GoogleError, toGcpFault } from '../http/faults.ts'
import type { DenyPolicy, RuleFor } from './document.ts'
import { type Quotas, quotaFelt, quotaOf } from './quota.ts'
import { type Attachment, parentOf, policyFrom, wireRule } from './wire.ts'

interface Place {
  at: Attachment
  id: string
  /** True when missing. */
  patient?: boolean
}

interface Opened {
  policies: PoliciesClient
  emulated: boolean
  /** Whom the calls are counted against. */
  payer: string
  quotas(): Quotas
  /** Notes that the calls are limited. */
  felt(): void
  headers: { [name: string]: string[] }
}

/** A throttled call was not carried out, and may be made again. */
const TRIES = 4
const THROTTLED_MS = 15_000
/** Two minutes typically, seven or more at times (IAM documentation, "Access change propagation"). */
const ENFORCED_MS = 120_000
const POLL_MS = { first: 2_000, emulated: 20, longest: 12_000, patience: 300_000 } as const

/** `google.rpc.Code` of the library's errors, as the words that the rest of the provider knows. */
const STATUS: { [code: number]: [word: string, http: number] } = {
  3: ['INVALID_ARGUMENT', 400],
  4: ['DEADLINE_EXCEEDED', 504],
  5: ['NOT_FOUND', 404],
  6: ['ALREADY_EXISTS', 409],
  7: ['PERMISSION_DENIED', 403],
  8: ['RESOURCE_EXHAUSTED', 429],
  9: ['FAILED_PRECONDITION', 400],
  10: ['ABORTED', 409],
  12: ['UNIMPLEMENTED', 501],
  13: ['INTERNAL', 500],
  14: ['UNAVAILABLE', 503],
  16: ['UNAUTHENTICATED', 401],
}

/**
 * Deny policies (IAM v2) through Google's own client, over REST, with our retries and our quota in place of its own:
 * every call of it, each look at an operation too, is one of five a minute. With `patient`, a call waits for its turn;
 * without, it fails at once with a Fault `throttled` that has `retryAfter`.
 */
export class DenyApi {
  readonly #client: GcpClient
  #opened: Promise<Opened> | undefined

  constructor(client: GcpClient) {
    this.#client = client
  }

  async get(at: Attachment, id: string, patient = true): Promise<DenyPolicy | undefined> {
    const found = await unlessGone(
      this.#call({ method: 'get', side: 'reads', patient }, ({ policies }, options) =>
        policies.getPolicy({ name: `${parentOf(at)}/${id}` }, options),
      ),
    )
    return found && policyFrom(found[0])
  }

  async create({ at, id, patient = true }: Place, annotations: DenyPolicy['annotations'], rules: RuleFor[]) {
    const policy = { displayName: id, annotations, rules: rules.map(wireRule) }
    const [operation] = await this.#call(
      { method: 'createPolicy', side: 'writes', patient },
      ({ policies }, options) =>
        policies.createPolicy({ parent: parentOf(at), policyId: id, policy }, options),
    )
    await this.#finish(operation, patient)
  }

  /** Replaces the rules; the rest is sent as it was read. */
  async update({ at, id, patient = true }: Place, { etag, annotations }: DenyPolicy, rules: RuleFor[]) {
    const name = `${parentOf(at)}/${id}`
    const policy = { name, etag, displayName: id, annotations, rules: rules.map(wireRule) }
    const [operation] = await this.#call(
      { method: 'update', side: 'writes', patient },
      ({ policies }, options) => policies.updatePolicy({ policy }, options),
    )
    await this.#finish(operation, patient)
  }

  async delete({ at, id, patient = true }: Place, { etag }: DenyPolicy): Promise<void> {
    const [operation] = await this.#call(
      { method: 'delete', side: 'writes', patient },
      ({ policies }, options) => policies.deletePolicy({ name: `${parentOf(at)}/${id}`, etag }, options),
    )
    await this.#finish(operation, patient)
  }

  /** Milliseconds for which a reading has to do, for want of quota; 0 where there is no quota. */
  async freshMs(): Promise<number> {
    return (await this.#open()).quotas().freshMs
  }

  /** @param written when, in milliseconds of `timing.now()`; undefined: not by this process */
  async settled(written: number | undefined): Promise<void> {
    const { timing } = this.#client
    const passed = written === undefined ? 0 : timing.now() - written
    if (!(await this.#open()).emulated && passed < ENFORCED_MS)
      await pause(ENFORCED_MS - passed, this.#client)
  }

  /** Looks until the operation is over. Without patience, one that may not be looked at counts as begun, and it is. */
  async #finish(
    { name, latestResponse }: { name?: string | undefined; latestResponse?: object },
    patient: boolean,
  ): Promise<void> {
    let latest: { done?: boolean | null; error?: { code?: number | null; message?: string | null } | null } =
      latestResponse ?? {}
    const { emulated } = await this.#open()
    const { timing } = this.#client
    const until = timing.now() + POLL_MS.patience
    for (let wait: number = emulated ? POLL_MS.emulated : POLL_MS.first; !latest.done; ) {
      if (timing.now() > until) {
        throw new Fault('unavailable', `${name} is not done yet`, { where: 'iam.policies.operations.get' })
      }
      await pause(wait, this.#client)
      wait = Math.min(wait * 2, POLL_MS.longest)
      try {
        const [found] = await this.#call(
          { method: 'operations.get', side: 'reads', patient },
          ({ policies }, options) =>
            policies.operationsClient.getOperation({ name: name ?? '' } as never, options),
        )
        latest = found
      } catch (error) {
        if (error instanceof Fault && error.retryAfter !== undefined) return
        throw error
      }
    }
    const { code, message } = latest.error ?? {}
    if (code) throw this.#fault(Object.assign(new Error(message ?? ''), { code }), 'operations.get')
  }

  /** Makes one call, again if it was throttled or is a read without an answer. */
  async #call<Result>(
    { method, side, patient }: { method: string; side: 'reads' | 'writes'; patient: boolean },
    make: (opened: Opened, options: object) => Promise<Result>,
  ): Promise<Result> {
    const { signal } = this.#client
    const opened = await this.#open()
    for (let attempt = 1; ; attempt++) {
      const places = opened.quotas()[side]
      const wait = places.waits()
      if (wait > 0 && !patient) throw usedUp(`iam.policies.${method}`, opened.payer, 'this process', wait)
      await places.take(signal).catch(() => undefined)
      if (signal?.aborted) throw interrupted()
      this.#client.count(`iam.policies.${method}`)
      try {
        const otherArgs = { headers: { ...opened.headers } }
        return await make(opened, { retry: null, otherArgs }).finally(() => {
          if (side === 'writes') this.#client.wrote()
        })
      } catch (error) {
        const fault = this.#fault(error, method)
        // A write without an answer is left to the caller, who reads what became of it.
        const isUnanswered = fault.code === 'unavailable' && side === 'reads'
        if (fault.code !== 'throttled' && !isUnanswered) throw fault
        const asked =
          askedFor(error) ??
          (opened.emulated ? POLL_MS.emulated : isUnanswered ? POLL_MS.first : THROTTLED_MS)
        // An emulator whose fault it is, and not its quota, says nothing of how long.
        if (askedFor(error) !== undefined) opened.felt()
        if (!patient && !isUnanswered) {
          throw usedUp(`iam.policies.${method}`, payerIn(fault) ?? opened.payer, 'others', asked)
        }
        if (attempt >= TRIES) throw fault
        await pause(asked, this.#client)
      }
    }
  }

  #fault(error: unknown, method: string): Fault {
    const known = error instanceof Error && 'code' in error ? STATUS[Number(error.code)] : undefined
    const said = known
      ? new GoogleError(known[1], known[0], (error as Error).message.replace(/^\d+ [A-Z_]+: /, ''))
      : error
    return toGcpFault(said, `iam.policies.${method}`, this.#client.project)
  }

  #open(): Promise<Opened> {
    this.#opened ??= open(this.#client)
    return this.#opened
  }
}

/** Milliseconds to wait, in `google.rpc.RetryInfo`. */
function askedFor(error: unknown): number | undefined {
  const details = error instanceof Error && 'statusDetails' in error ? error.statusDetails : undefined
  if (!Array.isArray(details)) return undefined
  for (const { retryDelay } of details) {
    const seconds = Number(retryDelay?.seconds)
    if (Number.isFinite(seconds)) return Math.min(seconds + 1, 65) * 1000
  }
  return undefined
}

/** The project that Google says it counts against (`consumer 'project_number:…'`). */
function payerIn({ message }: Fault): string | undefined {
  return /consumer '(?:project_number|projects?)[:/]([^']+)'/.exec(message)?.[1]
}

function usedUp(where: string, payer: string, by: string, retryAfter: number): Fault {
  return new Fault('throttled', `the deny quota of project ${payer} (5 a minute) is used up by ${by}`, {
    where,
    next: 'name a quota project of your own: GOOGLE_CLOUD_QUOTA_PROJECT',
    retryAfter,
  })
}

function interrupted(): Fault {
  return new Fault('interrupted', 'interrupted while waiting for the deny policy')
}

async function pause(ms: number, { timing, signal }: GcpClient): Promise<void> {
  await timing.sleep(ms, signal)
  if (signal?.aborted) throw interrupted()
}

async function open(client: GcpClient): Promise<Opened> {
  const [library, endpoint] = await Promise.all([denyLibrary(), client.denyEndpoint()])
  const { apiEndpoint, port, protocol = 'https', quotaProject, payer = client.project } = endpoint
  const emulated = protocol === 'http'
  const emulator = emulated ? `${apiEndpoint}:${port}` : undefined
  const policies = new library.PoliciesClient({
    fallback: true,
    apiEndpoint,
    ...(port === undefined ? {} : { port }),
    protocol,
    authClient: sending(endpoint) as never,
  })
  return {
    policies,
    emulated,
    payer,
    quotas: () => quotaOf(payer, emulator, client.timing),
    felt: () => void quotaFelt(payer, emulator, client.timing),
    headers: quotaProject === undefined ? {} : { 'x-goog-user-project': [quotaProject] },
  }
}

/**
 * Sends what the library makes with our credentials, once and without following redirects. The library encodes the
 * `%2F` of an attachment point again; what Google documents is `%2F` (IAM documentation, "Deny access to resources").
 */
function sending({ authClient, callTimeout }: DenyEndpoint) {
  const credentials = authClient as { getRequestHeaders(url: string): Promise<Iterable<[string, string]>> }
  return {
    universeDomain: undefined,
    getRequestHeaders: (url: string) => credentials.getRequestHeaders(url),
    async fetch(url: string, init: RequestInit): Promise<Response> {
      const target = String(url).replaceAll('%252F', '%2F')
      const headers = new Headers(init.headers)
      for (const [name, value] of await credentials.getRequestHeaders(target)) headers.set(name, value)
      const { method, body, signal } = init
      // The library gives up nothing that is sent over REST, with any time-out (tested).
      const timeout = AbortSignal.timeout(callTimeout)
      return await fetchOut(target, {
        ...(method === undefined ? {} : { method }),
        ...(body === undefined ? {} : { body }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers,
        redirect: 'manual',
      })
    },
  }
}
