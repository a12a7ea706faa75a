import type * as deny from '@google-cloud/iam'
import type * as auth from 'google-auth-library'
import { keepOwnDirect } from '../../egress/proxy.ts'
import { Fault, toFault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import type { Timing } from '../../model/timing.ts'
import { Readings } from '../kit/http/readings.ts'
import type { RecentlyUsed } from '../kit/http/recently-used.ts'
import { Tally } from '../kit/http/tally.ts'
import { GoogleError, googleStatus, toGcpFault } from './http/faults.ts'
import type { GcpService, Hosts } from './http/hosts.ts'
import { kindOf } from './http/retry.ts'
import { isOneOfPages, isShared, questionOf } from './http/shared-reads.ts'
import type { GcpCall, Transport } from './http/transport.ts'

export type { GcpService } from './http/hosts.ts'
export type { GcpCall } from './http/transport.ts'
export type AuthClient = auth.AuthClient
export type AuthLibrary = typeof auth
export type PoliciesClient = deny.PoliciesClient

/** The transport of @google-cloud/iam with our credentials; see `GcpClient.denyEndpoint`. */
export interface DenyEndpoint {
  authClient: unknown
  apiEndpoint: string
  port?: number
  protocol?: 'http' | 'https'
  /** Sent as `x-goog-user-project`. */
  quotaProject?: string
  /** Milliseconds after which a call counts as unanswered. */
  callTimeout: number
  /** Whom calls are counted against: the quota project, else that of the credentials; absent where it is not known. */
  payer?: string
}

/** A long-running operation, as a write answers it. */
export interface Operation {
  name?: string
  done?: boolean
  response?: unknown
  error?: { code?: number; message?: string; details?: unknown }
}

/** All that the provider may call, one project. Every call takes its turn in the caller's lane and is counted. */
export interface GcpClient {
  /** Id and number of the project. */
  project: string
  projectNumber: string
  /** Where the services are. */
  hosts: Hosts
  /** Folders and the organization above it, nearest first (`folders/12`, `organizations/34`); those that may be read. */
  ancestors: readonly string[]
  /** The first resource above it that may not be read, with the reason; resources above that one are not known. */
  hidden: readonly { resource: string; because: string }[]
  /** The range of a Cloud Asset search: the organization if the scope names it, else the project. */
  assetScope: string
  /** @throws Fault whose `where` names the operation, and whose cause is a GoogleError */
  call<T = Json>(call: GcpCall): Promise<T>
  /** The items of all pages, a page at a time: of the only list in the answer. */
  pages<T>(call: GcpCall): AsyncIterable<T>
  /** Polls a long-running operation until it is done; its error is a Fault. `version`: of the service, e.g. `v2`. */
  wait<T>(operation: Operation, service: GcpService, version: string): Promise<T>
  /** Where @google-cloud/iam has to be pointed, and with which credentials, for deny policies. */
  denyEndpoint(): Promise<DenyEndpoint>
  /** Notes a call made elsewhere (by @google-cloud/iam) in the counts. */
  count(operation: string): void
  /** Notes that a write made elsewhere came to its end, well or not: earlier answers are not shared any more. */
  wrote(): void
  signal?: AbortSignal
  /** Clock, waiting and chance. */
  timing: Timing
  /** See `Session.clockOffset`. */
  clockOffset(): number | undefined
  /** Calls made so far. */
  tally: Tally
}

export interface ClientOptions {
  project: string
  projectNumber: string
  ancestors: readonly string[]
  hidden?: GcpClient['hidden'] | undefined
  transport: Transport
  authClient: AuthClient
  /** The projects whose answers are kept. */
  answered?: RecentlyUsed
  /** Number of the organization, where the scope names one. */
  organization?: string
  quotaProject?: string
  /** The project that the credentials belong to. */
  home?: string
  signal?: AbortSignal
  timing: Timing
}

/** Milliseconds between two looks at an operation, at first at an emulator, and until we stop looking. */
const POLL = { first: 100, emulated: 10, longest: 5_000, patience: 180_000 } as const

/** A page of a listing that is always the same would be read for ever. */
const MOST_PAGES = 100_000

/** Nothing is called until an operation is used. */
export function gcpClient(options: ClientOptions): GcpClient {
  const { project, projectNumber, ancestors, transport, authClient, organization, quotaProject, signal } =
    options
  const { timing } = options
  const payer = quotaProject ?? options.home
  const tally = new Tally()
  const count = (operation: string) => tally.count(operation)
  const readings = new Readings(options.answered)
  /** Operations that a service does not have: it will not learn them while we are signed in. */
  const unsupported = new Map<string, Fault>()
  const read = async (each: GcpCall): Promise<unknown> => {
    const known = unsupported.get(each.operation)
    if (known) throw known
    try {
      return await transport.call(each, project, count)
    } catch (error) {
      // A page of HTML from a proxy counts as unsupported, too: only the service's own word lasts.
      const fault = toFault(error)
      if (googleStatus(fault) === 'UNIMPLEMENTED') unsupported.set(each.operation, fault)
      throw error
    }
  }
  const ask = async (each: GcpCall): Promise<unknown> => {
    if (isShared(each)) {
      return await readings.read(
        questionOf(each),
        undefined,
        () => read(each),
        answer => !isOneOfPages(answer),
      )
    }
    if (kindOf(each.operation) === 'read') return await read(each)
    try {
      return await transport.call(each, project, count)
    } finally {
      // One policy, account or pool has several names, and what holds for it may be written above it.
      readings.wrote(undefined)
    }
  }
  // The caller says what the answer is; the contents are checked where they are used.
  const call = async <T>(each: GcpCall) => (await ask(each)) as T

  return {
    project,
    projectNumber,
    hosts: transport.hosts,
    ancestors,
    hidden: options.hidden ?? [],
    assetScope: organization === undefined ? `projects/${project}` : `organizations/${organization}`,
    clockOffset: () => transport.clock.offset,
    tally,
    count,
    wrote: () => readings.wrote(undefined),
    call,
    timing,
    ...(signal === undefined ? {} : { signal }),
    async *pages<T>(each: GcpCall) {
      let pageToken: string | undefined
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await call<{ [name: string]: unknown }>({
          ...each,
          query: { ...each.query, ...(pageToken === undefined ? {} : { pageToken }) },
        })
        for (const [name, value] of Object.entries(answer)) {
          if (Array.isArray(value) && name !== 'unreachable') yield* value as T[]
        }
        const next = answer.nextPageToken
        if (typeof next !== 'string' || next === '') return
        if (next === pageToken) break
        pageToken = next
      }
      throw new Fault('unavailable', `${each.operation}: the pages do not end`, { where: each.operation })
    },
    async wait<T>(operation: Operation, service: GcpService, version: string) {
      const began = timing.now()
      let latest = operation
      const emulated = transport.hosts.origin(service).startsWith('http:')
      for (
        let ms: number = emulated ? POLL.emulated : POLL.first;
        !latest.done;
        ms = Math.min(ms * 2, POLL.longest)
      ) {
        const name = latest.name ?? operation.name ?? ''
        const where = operationsGet(service, name)
        if (timing.now() - began > POLL.patience) {
          throw new Fault('unavailable', `${where}: ${name} is not done yet`, { where })
        }
        await timing.sleep(ms, signal)
        if (signal?.aborted) throw new Fault('interrupted', `${where}: interrupted`, { where })
        latest = await call<Operation>({
          operation: where,
          service,
          method: 'GET',
          path: `/${version}/${name}`,
        })
      }
      const { error } = latest
      if (error === undefined) return (latest.response ?? {}) as T
      const { code = 2, message = '' } = error
      throw toGcpFault(
        new GoogleError(0, RPC[code] ?? 'UNKNOWN', message),
        operationsGet(service, latest.name ?? ''),
        project,
      )
    },
    async denyEndpoint() {
      const { protocol, hostname, port } = new URL(transport.hosts.origin('iam'))
      return {
        authClient,
        apiEndpoint: hostname,
        callTimeout: transport.callTimeout,
        protocol: protocol === 'http:' ? 'http' : 'https',
        ...(port === '' ? {} : { port: Number(port) }),
        ...(quotaProject === undefined ? {} : { quotaProject }),
        ...(payer === undefined ? {} : { payer }),
      }
    },
  }
}

/** `google.rpc.Code`, in its order. */
const RPC = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

/** The discovery id of the method that polls this operation: the collections of its name. */
function operationsGet(service: GcpService, name: string): string {
  const collections = name.split('/').filter((_, index) => index % 2 === 0)
  return `${service}.${collections.join('.').replace('policies.denypolicies', 'policies')}.get`
}

/** Google's credentials code; nothing else imports it. */
export async function authLibrary(): Promise<AuthLibrary> {
  // Its metadata client reads the environment itself.
  keepOwnDirect()
  return await import('google-auth-library')
}

/** Loads what a containment may need: Google's client for deny policies is large. */
export async function warmUp(): Promise<void> {
  await Promise.all([authLibrary(), denyLibrary()])
}

/** Google's client for deny policies; loaded when one is needed. */
export async function denyLibrary(): Promise<typeof deny> {
  return await import('@google-cloud/iam')
}
