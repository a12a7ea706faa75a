import { networkAdvice } from '../../egress/advice.ts'
import { throughProxy } from '../../egress/agents.ts'
import { productVersion } from '../../egress/product.ts'
import { keepOwnDirect } from '../../egress/proxy.ts'
import { CloudClock } from '../../model/cloud-clock.ts'
import type { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import type { Timing } from '../../model/timing.ts'
import { Tally } from '../kit/http/tally.ts'
import { addressOf, type Road } from './http/attempts.ts'
import type { AzureCall } from './http/call.ts'
import { callFault, faultOf } from './http/faults.ts'
import { type Hosts, isLoopback } from './http/hosts.ts'
import type { Lane } from './http/lane.ts'
import { follow } from './http/pages.ts'
import { requestsOf } from './http/requests.ts'
import { BACKOFF, type Backoff } from './http/retry.ts'
import { type Claims, claimsOf, clientIssue, type Issue, type TokenSource } from './http/tokens.ts'
import type { Send } from './http/wire.ts'
import type { ClientProof } from './sign-in/assertion.ts'
import type { SignIn } from './sign-in/sign-in.ts'

export type { AzureCall } from './http/call.ts'

/**
 * All that the provider may call, one tenant. Every call takes its turn in the tenant's lane, is counted, and fails
 * with a Fault whose `where` names the operation.
 */
export interface AzureClient {
  tenant: string
  /** Graph's own origin: a reference to one of its objects begins with it. */
  graph: string
  /** Those of the scope that we can see. */
  subscriptions: readonly Subscription[]
  /** Names of the management groups that the scope names. */
  managementGroups: readonly string[]
  /** `refused`: the subscriptions could not be listed, so that nothing is known of what is in them. */
  coverage: { refused?: Fault }
  /** An answer without content is `undefined`. */
  call<Answer = Json>(call: AzureCall): Promise<Answer>
  /** Items of all pages; a link to another origin is a Fault. */
  pages<Item>(call: AzureCall): AsyncIterable<Item>
  /**
   * Graph reads, twenty in a request, in the order asked. A throttled read is repeated; a failed one is a Fault in
   * its place.
   */
  batch<Item>(calls: readonly AzureCall[]): Promise<(Item | Fault)[]>
  /** Signs in once as another application. @throws Fault in the words of the token endpoint */
  signIn(as: ClientProof): Promise<void>
  /** Clock, waiting and chance. */
  timing: Timing
  /** The claims of our own Graph token. */
  claims(): Promise<Claims>
  /** Calls so far by `operation`; the parts of a batch count each for itself. */
  tally: Tally
  /** See `Session.clockOffset`. */
  clockOffset(): number | undefined
  /** HTTP requests so far, repetitions included and tokens not. */
  requests(): number
  signal?: AbortSignal
}

export interface Subscription {
  id: string
  name: string
}

export interface ClientOptions {
  tenant: string
  subscriptions: readonly Subscription[]
  managementGroups?: readonly string[]
  /** See `AzureClient.coverage`; may be filled in later. */
  coverage?: { refused?: Fault }
  hosts: Hosts
  tokens: TokenSource
  send: Send
  lane: Lane
  backoff?: Backoff
  /** Sent along in the user agent, so that our own calls are found in the cloud's log. */
  run?: string
  signal?: AbortSignal
  timing: Timing
}

/** Nothing is called until an operation is used. */
export function azureClient(options: ClientOptions): AzureClient {
  const { tenant, subscriptions, hosts, tokens, lane, run, signal, backoff = BACKOFF } = options
  const { timing } = options
  const tally = new Tally()
  let requests = 0
  const clock = new CloudClock()
  const road: Road = {
    clock,
    tenant,
    hosts,
    tokens,
    send: options.send,
    lane,
    backoff,
    timing,
    userAgent: `interdict/${productVersion()}${run === undefined ? '' : ` run/${run}`}`,
    ...(signal === undefined ? {} : { signal }),
    sent: () => {
      requests += 1
    },
  }
  const { get, batch } = requestsOf({ road, lane, tally })
  return {
    tenant,
    graph: hosts.graph,
    subscriptions,
    managementGroups: options.managementGroups ?? [],
    coverage: options.coverage ?? {},
    tally,
    timing,
    clockOffset: () => clock.offset,
    requests: () => requests,
    ...(signal === undefined ? {} : { signal }),
    // The caller knows what the operation answers with.
    call: async <Answer>(call: AzureCall) => (await get(call, addressOf(call, road))) as Answer,
    pages: <Item>(call: AzureCall) =>
      follow<Item>(call, addressOf(call, road), tenant, url => get(call, url)),
    batch,
    async signIn(as) {
      const issue = clientIssue(options.send, hosts.authority, as, backoff, timing)
      await issue({
        tenant,
        scope: `${hosts.audiences.graph}/.default`,
        ...(signal === undefined ? {} : { signal }),
      })
    },
    claims: async () => claimsOf(await tokens.token('graph', signal === undefined ? {} : { signal })),
  }
}

/** Without it a call may hang for ever. Milliseconds. */
const TIMEOUT = 30_000

/**
 * The wire, on Azure's own pipeline with none of its retries and redirects.
 *
 * @param origin to which plain http is allowed: a lab on this machine
 * @param timeout milliseconds after which a call counts as unanswered
 */
export async function openSend(origin?: string, timeout = TIMEOUT): Promise<Send> {
  const { createDefaultHttpClient, createEmptyPipeline, createHttpHeaders, createPipelineRequest } =
    await import('@azure/core-rest-pipeline')
  const allowInsecureConnection = origin?.startsWith('http:') === true && isLoopback(origin)
  const http = throughProxy(createDefaultHttpClient())
  const pipeline = createEmptyPipeline()
  return async ({ method, url, headers, body, signal }) => {
    const request = createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders(headers),
      timeout,
      allowInsecureConnection,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    })
    const reply = await pipeline.sendRequest(http, request)
    return {
      status: reply.status,
      header: name => reply.headers.get(name),
      text: reply.bodyAsText ?? '',
    }
  }
}

/** Tokens from Azure's own credential chain. Nothing is loaded until the first is asked for. */
export function identityIssue({ credential, tenant, clientId, authority, private: own }: SignIn): Issue {
  let opened: ReturnType<typeof open> | undefined
  let broken: unknown
  const open = async () => {
    keepOwnDirect()
    const [identity, { createDefaultHttpClient }] = await Promise.all([
      import('@azure/identity'),
      import('@azure/core-rest-pipeline'),
    ])
    const httpClient = throughProxy(createDefaultHttpClient(), error => {
      broken = error
    })
    const where = {
      httpClient,
      authorityHost: authority,
      disableInstanceDiscovery: own,
      // Named on purpose, so the environment's own does not have to be the same.
      ...(tenant === undefined ? {} : { additionallyAllowedTenants: [tenant] }),
    }
    const tenantId = tenant === undefined ? {} : { tenantId: tenant }
    const managed = clientId === undefined ? {} : { managedIdentityClientId: clientId }
    const workload = clientId === undefined ? {} : { workloadIdentityClientId: clientId }
    const client = clientId === undefined ? {} : { clientId }
    if (credential === 'environment') return new identity.EnvironmentCredential({ ...where, ...tenantId })
    if (credential === 'cli') return new identity.AzureCliCredential(tenantId)
    if (credential === 'workload-identity') {
      return new identity.WorkloadIdentityCredential({ ...where, ...tenantId, ...client })
    }
    if (credential === 'managed-identity') {
      return clientId === undefined
        ? new identity.ManagedIdentityCredential({ httpClient })
        : new identity.ManagedIdentityCredential({ clientId, httpClient })
    }
    return new identity.DefaultAzureCredential({ ...where, ...tenantId, ...managed, ...workload })
  }
  return async ({ tenant: of, scope, claims, signal }) => {
    opened ??= open()
    broken = undefined
    try {
      const token = await (await opened).getToken(scope, {
        ...(claims === undefined ? {} : { claims }),
        ...(of === '' ? {} : { tenantId: of }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      })
      if (!token) throw faultOf('not-authenticated', 'no token', { operation: 'token', tenant: of })
      return { text: token.token, until: token.expiresOnTimestamp }
    } catch (error) {
      // The library says only that signing in failed.
      const said = networkAdvice(broken) === undefined ? error : broken
      throw callFault(said, { operation: 'token', tenant: of }, signal)
    }
  }
}
