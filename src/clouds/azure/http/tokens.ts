import { Fault } from '../../../model/fault.ts'
import type { Timing } from '../../../model/timing.ts'
import { type ClientProof, proofOf } from '../sign-in/assertion.ts'
import { callFault, replyFault, serviceError } from './faults.ts'
import type { AzureService, Hosts } from './hosts.ts'
import { pause } from './pause.ts'
import { ATTEMPTS, again, type Backoff, LONGEST_WAIT, waitFor } from './retry.ts'
import type { Send, Wire } from './wire.ts'

/** An access token and until when it is good, in milliseconds since 1970. */
export interface Token {
  text: string
  until: number
}

/** The credential that a token is requested with. */
export interface Asking {
  tenant: string
  /** `<audience>/.default` */
  scope: string
  /** The decoded claims of a challenge: the token that we had is not good enough. */
  claims?: string
  signal?: AbortSignal
}

export type Issue = (asking: Asking) => Promise<Token>

/** Tokens of one sign-in, one for each service; the services' are never mixed. */
export interface TokenSource {
  /** @param options `refused`: the token that is not good any more, or not good enough for `claims` */
  token(
    service: AzureService,
    options?: { refused?: string; claims?: string; signal?: AbortSignal },
  ): Promise<string>
}

/** A token is not used within its last minutes: a call and its repetitions must end before it does. */
const SPARE = 120_000

/** Asks once for each service, however many calls wait for it, and again when the token is about to end. */
export function tokenSource(
  issue: Issue,
  tenant: string,
  hosts: Hosts,
  { date }: Pick<Timing, 'date'>,
): TokenSource {
  const held = new Map<AzureService, Promise<Token>>()
  const ask = (service: AzureService, more: Pick<Asking, 'claims' | 'signal'>) => {
    const asked = issue({ tenant, scope: `${hosts.audiences[service]}/.default`, ...more })
    held.set(service, asked)
    // A failure is not kept: the next call may have more luck.
    asked.catch(() => held.get(service) === asked && held.delete(service))
    return asked
  }
  return {
    async token(service, { refused, claims, signal } = {}) {
      const more = {
        ...(claims === undefined ? {} : { claims }),
        ...(signal === undefined ? {} : { signal }),
      }
      const known = held.get(service)
      if (known !== undefined) {
        const { text, until } = await known
        // Of many calls that were refused at once, the first has it renewed for all.
        if (text !== refused && until - SPARE > date()) return text
        const newer = held.get(service)
        if (newer !== undefined && newer !== known) return (await newer).text
      }
      return (await ask(service, more)).text
    },
  }
}

/** Client credentials posted to `<authority>/<tenant>/oauth2/v2.0/token`, for a lab that has no TLS. */
export function clientIssue(
  send: Send,
  authority: string,
  as: ClientProof,
  backoff: Backoff,
  timing: Timing,
): Issue {
  return async ({ tenant, scope, claims, signal }) => {
    const where = { operation: 'token', tenant }
    const url = `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: as.clientId,
      ...proofOf(as, url, timing),
      scope,
      ...(claims === undefined ? {} : { claims }),
    })
    const request: Wire = {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: body.toString(),
      ...(signal === undefined ? {} : { signal }),
    }
    for (let tried = 1; ; tried += 1) {
      const came = await send(request).catch((error: unknown) => callFault(error, where, signal))
      const status = came instanceof Fault ? undefined : came.status
      const answer = came instanceof Fault ? undefined : jsonOr(came.text)
      if (status === 200) return tokenOf(answer, timing)
      const fault = came instanceof Fault ? came : replyFault(came.status, answer, where)
      const passing = again({ method: 'POST', status, code: serviceError(answer).code, repeatable: true })
      if (fault.code === 'interrupted' || !passing || tried >= ATTEMPTS) throw fault
      const retryAfter = came instanceof Fault ? undefined : came.header('retry-after')
      const wait = waitFor(tried - 1, retryAfter, timing, backoff)
      await pause(Math.min(LONGEST_WAIT, wait), { timing, signal }, where)
    }
  }
}

function tokenOf(answer: unknown, { date }: Timing): Token {
  const { access_token, expires_in } = (answer ?? {}) as { access_token?: unknown; expires_in?: unknown }
  if (typeof access_token !== 'string') {
    throw new Fault('not-authenticated', 'the token endpoint gave no token')
  }
  return { text: access_token, until: date() + Number(expires_in ?? 3_600) * 1_000 }
}

/** The claims of a Graph token about its bearer; empty where it cannot be read, since Microsoft calls it opaque. */
export interface Claims {
  oid?: string
  appid?: string
  tid?: string
  /** The person's name for signing in, of a token that a person got through a program. */
  user?: string
  roles: string[]
  /** Scopes of a person's token: the rights that the program has for the person. */
  scopes: string[]
  /** Templates of the directory roles of the bearer. */
  directoryRoles: string[]
}

/** In `wids` of every person's and every application's token, without being a role ("Access token claims reference"). */
const NO_ROLES = new Set(['b79fbf4d-3ef9-4689-8143-76b194e85509', '0997a1d0-0d1d-4acb-b408-d5ca73121e90'])

export function claimsOf(token: string): Claims {
  const [, payload = ''] = token.split('.')
  const claims = jsonOr(Buffer.from(payload, 'base64url').toString('utf8'))
  const found = new Map<string, unknown>(
    typeof claims === 'object' && claims !== null ? Object.entries(claims) : [],
  )
  const text = (name: string) => {
    const value = found.get(name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const oid = text('oid')
  const appid = text('appid') ?? text('azp')
  const tid = text('tid')
  const user = text('upn') ?? text('preferred_username') ?? text('unique_name')
  const texts = (name: string) => {
    const value = found.get(name)
    return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
  }
  return {
    ...(oid === undefined ? {} : { oid }),
    ...(appid === undefined ? {} : { appid }),
    ...(tid === undefined ? {} : { tid }),
    ...(user === undefined ? {} : { user }),
    roles: texts('roles'),
    scopes: (text('scp') ?? '').split(' ').filter(each => each !== ''),
    directoryRoles: texts('wids').filter(each => !NO_ROLES.has(each.toLowerCase())),
  }
}

/**
 * The claims that a 401 asks for, decoded (Microsoft identity platform, "Claims challenges, claims requests and
 * client capabilities"); undefined when it asks for none.
 */
export function challengedClaims(header: string | undefined): string | undefined {
  const encoded = /\bclaims="([^"]+)"/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  return jsonOr(text) === undefined ? undefined : text
}

export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
