import { randomBytes, verify } from 'node:crypto'
import type { View } from '../propagation.ts'
import { keyKey, type LiveEstate } from './estate.ts'
import { unauthenticated } from './google-error.ts'
import { isRecord } from './policy.ts'
import type { Principal } from './principal.ts'
import type { Key, Token } from './store.ts'

export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

/** An hour; twelve where the organization policy says so (IAM, "Create short-lived credentials"). */
export const HOUR = 3600
export const LONGEST = 43_200

/** The prefix of an access token, by the kind of its principal. */
const PREFIX = { account: 'ya29.c.', federated: 'ya29.d.' } as const

/**
 * A new access token. It carries all that it says, so that the lab keeps none.
 * @param seconds until it expires; the responder's own never does, since rehearsals move the clock by days
 */
export function issue(
  { responder, sealer }: LiveEstate,
  principal: Principal,
  scopes: readonly string[],
  seconds: number,
  now: number,
): Token {
  const isResponder = principal.kind === 'account' && principal.email === responder.email
  const expires = isResponder ? now + 10 * 365 * 86_400_000 : now + seconds * 1000
  // Two tokens of the same second are two.
  const sealed = sealer.seal({ expires, scopes, principal, nonce: randomBytes(9).toString('base64url') })
  return { token: `${PREFIX[principal.kind]}${sealed}`, expires, scopes: [...scopes], principal }
}

/** The token that was issued or given with the estate; undefined for any other text. */
export function tokenOf({ tokens, sealer }: LiveEstate, text: string): Token | undefined {
  const [, sealed] = /^ya29\.[cd]\.(.+)$/.exec(text) ?? []
  const opened = sealed === undefined ? undefined : sealer.open(sealed)
  // A token that the lab has sealed is one that it made.
  return opened === undefined ? tokens.get(text) : { ...(opened as Omit<Token, 'token'>), token: text }
}

/**
 * Who holds a token. A disabled account's tokens are rejected, and accepted again once it is enabled if they have not
 * expired; so are those of a disabled pool, but not those that came through a disabled provider, nor those that were
 * made with a key that was disabled since (REST references of the four resources).
 * @throws GoogleError UNAUTHENTICATED
 */
export function holderOf(estate: LiveEstate, bearer: string, view: View, now: number): Principal {
  if (bearer.startsWith('eyJ')) return selfSigned(estate, bearer, view)
  const token = tokenOf(estate, bearer)
  if (token === undefined || token.refresh === true) throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED')
  if (token.expires <= now) throw unauthenticated('ACCESS_TOKEN_EXPIRED')
  const { principal } = token
  if (principal.kind === 'account') {
    const account = estate.account(principal.email, view)
    if (account === undefined || account.uniqueId !== principal.uniqueId) {
      throw unauthenticated('ACCOUNT_STATE_INVALID')
    }
    if (account.disabled) throw unauthenticated('ACCOUNT_STATE_INVALID')
    return principal
  }
  const pool = estate.pools.get(`${principal.project}/${principal.pool}`, view)
  if (pool === undefined || pool.disabled) throw unauthenticated('ACCOUNT_STATE_INVALID')
  return principal
}

/** A key signs access tokens of its own, without any token endpoint (AIP-4111); they end with the key. */
function selfSigned(estate: LiveEstate, bearer: string, view: View): Principal {
  const signed = signedBy(estate, bearer, view)
  if (signed === undefined || signed.account.disabled) throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED')
  const { email, uniqueId } = signed.account
  return { kind: 'account', email, uniqueId }
}

/** The account whose living key signed a JWT that has not expired, and what it says. */
export function signedBy(estate: LiveEstate, jwt: string, view: View) {
  const { header, payload, signature, signed } = partsOf(jwt) ?? {}
  if (header === undefined || payload === undefined || signed === undefined || signature === undefined)
    return undefined
  const { iss, exp } = payload
  if (typeof iss !== 'string' || typeof exp !== 'number') return undefined
  const account = estate.account(iss, view)
  if (account === undefined) return undefined
  const found = keysOf(estate, account.email, header.kid, view).find(
    ({ publicKey }) =>
      header.alg === 'RS256' && verify('RSA-SHA256', Buffer.from(signed), publicKey, signature),
  )
  // Clients sign by the real clock, however far the lab's was moved.
  if (found === undefined || found.disabled || exp * 1000 <= Date.now()) return undefined
  return { account, key: found, payload }
}

/** A client may leave out which key it was: then all of them are tried. */
function keysOf(estate: LiveEstate, email: string, id: unknown, view: View): Key[] {
  if (typeof id === 'string') {
    const key = estate.keys.get(keyKey({ email, id }), view)
    return key === undefined ? [] : [key]
  }
  const found: Key[] = []
  for (const [name, key] of estate.keys.after(`${email}/`, view)) {
    if (!name.startsWith(`${email}/`)) break
    if (!key.disabled) found.push(key)
  }
  return found
}

export function partsOf(jwt: string) {
  const [head, body, signature, ...rest] = jwt.split('.')
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return undefined
  const header = decoded(head)
  const payload = decoded(body)
  if (header === undefined || payload === undefined) return undefined
  return { header, payload, signature: Buffer.from(signature, 'base64url'), signed: `${head}.${body}` }
}

function decoded(part: string): { [claim: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
