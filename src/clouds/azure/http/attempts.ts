import { randomUUID } from 'node:crypto'
import type { CloudClock } from '../../../model/cloud-clock.ts'
import type { Fault } from '../../../model/fault.ts'
import type { Timing } from '../../../model/timing.ts'
import type { AzureCall } from './call.ts'
import { callFault, faultOf, replyFault, serviceError } from './faults.ts'
import type { Hosts } from './hosts.ts'
import type { Lane } from './lane.ts'
import { pause } from './pause.ts'
import { ATTEMPTS, again, type Backoff, LONGEST_WAIT, throttleOf, waitFor } from './retry.ts'
import { challengedClaims, jsonOr, type TokenSource } from './tokens.ts'
import type { Reply, Send } from './wire.ts'

/** The means of sending, the same for every call of a client. */
export interface Road {
  tenant: string
  hosts: Hosts
  tokens: TokenSource
  send: Send
  /** Each attempt takes its turn there. */
  lane: Lane
  userAgent: string
  backoff: Backoff
  timing: Timing
  signal?: AbortSignal
  /** Called with the `Date` of each answer. */
  clock?: CloudClock
  /** Called with every request that goes out. */
  sent(call: AzureCall): void
}

/** Paths by service: a token must never go where the other service answers. */
const PATHS = {
  graph: /^\/(v1\.0|beta)\/[^?#]/,
  arm: /^\/(subscriptions|providers|tenants)(\/|$)[^?#]*$/i,
  vault: /^\/secrets\/[\w-]+$/,
} as const

/** Segments that an address would be shortened by, to another path than was meant. */
const DOTS = /\/(\.|%2e){1,2}(\/|$)/i

/** The address of a call. @throws Fault when it would leave the service's host */
export function addressOf(
  { service, vault, path, query = {}, operation }: AzureCall,
  { hosts, tenant }: Road,
): string {
  const origin = service === 'vault' ? hosts.vault(vaultName(vault, { operation, tenant })) : hosts[service]
  const url = URL.parse(`${origin}${path}`)
  if (!url || url.origin !== new URL(origin).origin || !PATHS[service].test(path) || DOTS.test(path)) {
    throw faultOf('bug', `not a path of ${service}: ${path}`, { operation, tenant })
  }
  const named = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return named.length === 0 ? `${origin}${path}` : `${origin}${path}?${named.join('&')}`
}

/** Key Vault, "Vault name": letters, digits and dashes; anything else could be another host. */
function vaultName(name: string | undefined, where: { operation: string; tenant: string }): string {
  if (name !== undefined && /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) return name
  throw faultOf('bug', `not the name of a key vault: ${name}`, where)
}

/**
 * Sends until there is an answer that stays. While it waits before the next attempt it holds no place in the lane.
 *
 * @param url of the service's own host; see `addressOf`
 * @returns the body, or undefined where there is none
 * @throws Fault
 */
export async function attempt(call: AzureCall, url: string, road: Road): Promise<unknown> {
  const { operation, service, method } = call
  const { tenant, tokens, signal } = road
  const where = { operation, tenant }
  const writes = isWrite(call)
  const asked = signal === undefined ? {} : { signal }
  let token = await tokens.token(service, asked)
  let renewed = false
  let unsure = false
  for (let tried = 1; ; tried += 1) {
    const sending = token
    const came = await road.lane.run(
      { ...call, writes, again: tried > 1 },
      () => once(call, url, sending, road),
      came => throttleIn(came, road),
    )
    const status = 'fault' in came ? undefined : came.reply.status
    if ('reply' in came && came.reply.status < 400) return bodyOf(came.reply, where)
    const body = 'reply' in came ? jsonOr(came.reply.text) : undefined
    const fault = 'fault' in came ? came.fault : replyFault(came.reply.status, body, where, notes(came.reply))
    if (status === 401 && !renewed && 'reply' in came) {
      renewed = true
      const claims = challengedClaims(came.reply.header('www-authenticate'))
      token = await tokens.token(service, {
        refused: token,
        ...(claims === undefined ? {} : { claims }),
        ...asked,
      })
      continue
    }
    // The first try may have done it, and only its answer was lost.
    if (fault.code === 'gone' && method === 'DELETE' && unsure) return undefined
    const { code } = serviceError(body)
    const conditional = Object.keys(call.headers ?? {}).some(name => /^if-/i.test(name))
    const failed = { method, status, code, repeatable: call.repeatable ?? false, conditional }
    if (fault.code === 'interrupted' || !again(failed) || tried >= ATTEMPTS) throw fault
    const retryAfter = 'reply' in came ? came.reply.header('retry-after') : undefined
    const wait = waitFor(tried - 1, retryAfter, road.timing, road.backoff)
    if (wait > LONGEST_WAIT) throw fault
    unsure ||= status === undefined || status >= 500
    await pause(wait, road, where)
  }
}

/** Whether a call changes something. */
export function isWrite({ method, repeatable }: Pick<AzureCall, 'method' | 'repeatable'>): boolean {
  return method !== 'GET' && !(method === 'POST' && repeatable === true)
}

function throttleIn(came: Came, { timing }: Road) {
  return 'reply' in came ? throttleOf(came.reply.status, came.reply.header('retry-after'), timing) : undefined
}

type Came = { reply: Reply } | { fault: Fault }

async function once(call: AzureCall, url: string, token: string, road: Road): Promise<Came> {
  const { method, body, headers, operation } = call
  const { tenant, send, userAgent, signal } = road
  road.sent(call)
  const began = road.timing.date()
  try {
    const reply = await send({
      method,
      url,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        authorization: `Bearer ${token}`,
        'client-request-id': randomUUID(),
        'user-agent': userAgent,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    road.clock?.note(reply.header('date'), began, road.timing.date())
    return { reply }
  } catch (error) {
    return { fault: callFault(error, { operation, tenant }, signal) }
  }
}

function bodyOf(reply: Reply, where: { operation: string; tenant: string }): unknown {
  if (reply.status >= 300) {
    // Followed, the token would go wherever the answer points.
    throw faultOf('rejected', `answered with a redirect (HTTP ${reply.status}), which is not followed`, where)
  }
  if (reply.status === 204 || reply.text === '') return undefined
  const body = jsonOr(reply.text)
  if (body === undefined) throw faultOf('unavailable', 'the answer is not JSON', where)
  return body
}

/** Returns the ids by which a person finds the call in the service's own logs. */
function notes(reply: Reply): string[] {
  const id = reply.header('request-id') ?? reply.header('x-ms-request-id')
  return id === undefined || !/^[\w-]{1,80}$/.test(id) ? [] : [`request ${id}`]
}
