import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { AnyCloud } from '../any-cloud.ts'
import { type Draft, Unreadable } from '../draft.ts'
import { at, isMembers, listAt, type Members, prefixed, textAt } from '../members.ts'

/** Whose security event tokens are believed. */
export interface TokenOptions {
  /** The audience that `aud` has to name. */
  audience: string | readonly string[]
  issuers: readonly TokenIssuer[]
}

export interface TokenIssuer {
  /** Exactly as in `iss`. */
  issuer: string
  /** Its public keys, or where they are (https, or http on loopback). */
  keys: JSONWebKeySet | URL
}

/** The keys of an issuer are out of reach: the token is neither good nor bad, and may be read later. */
export class KeysUnreachable extends Unreadable {}

/** Only signatures with a public key: nobody who checks one could also make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Events of one token; CAEP and RISC have one each. */
const MOST_EVENTS = 20
const FAMILY = /^https:\/\/schemas\.openid\.net\/secevent\/(caep|risc|ssf)\/event-type\/([a-z-]{1,60})$/

export function isToken(text: string): boolean {
  return /^eyJ[\w-]{8,}\.[\w-]*\.[\w-]*$/.test(text)
}

/**
 * A Security Event Token (RFC 8417) of the Shared Signals Framework: CAEP 1.0 or RISC 1.0 events. The signature, issuer
 * and audience are checked, and `typ`, so that no other token of the same issuer passes for one.
 */
export async function readToken(
  token: string,
  options: TokenOptions | undefined,
  names: AnyCloud,
): Promise<readonly Draft[]> {
  if (options === undefined) throw new Unreadable('a security event token, and no issuer is configured')
  const jose = await import('jose')
  const issuer = await issuerOf(jose, token, options)
  const payload = await verified(jose, token, issuer, options)
  if (!isMembers(payload['events'])) throw new Unreadable('a security event token without events')
  const { jti, iat } = payload
  if (typeof jti !== 'string' || jti === '') throw new Unreadable('a security event token without jti')
  const events = Object.entries(payload['events'])
  if (events.length > MOST_EVENTS)
    throw new Unreadable(`a security event token with more than ${MOST_EVENTS} events`)
  return events.flatMap(([uri, event], index): Draft[] => {
    const [, family, kind] = FAMILY.exec(uri) ?? []
    if (family === 'ssf') return []
    const claims = isMembers(event) ? event : {}
    const found = subjectOf(payload, claims, names)
    return [
      {
        id: `${issuer.issuer} ${jti}${index === 0 ? '' : `/${index}`}`,
        time: claims['event_timestamp'] ?? payload['toe'] ?? iat,
        issued: iat,
        ...found,
        action: family === undefined || kind === undefined ? uri : `${family}:${kind}`,
        outcome: 'success',
        finding: findingOf(kind ?? uri, claims),
        details: {
          ...prefixed('claim', claims),
          issuer: issuer.issuer,
          transaction: payload['txn'],
          eventType: uri,
        },
      },
    ]
  })
}

type Jose = typeof import('jose')

async function issuerOf(jose: Jose, token: string, options: TokenOptions): Promise<TokenIssuer> {
  let said: unknown
  try {
    said = jose.decodeJwt(token).iss
  } catch {
    throw new Unreadable('a security event token that cannot be decoded')
  }
  const issuer = options.issuers.find(each => each.issuer === said)
  if (issuer === undefined) throw new Unreadable('a security event token of an issuer that is not configured')
  return issuer
}

async function verified(
  jose: Jose,
  token: string,
  issuer: TokenIssuer,
  options: TokenOptions,
): Promise<JWTPayload> {
  const { audience } = options
  try {
    const { payload } = await jose.jwtVerify(token, keysOf(jose, issuer), {
      issuer: issuer.issuer,
      audience: typeof audience === 'string' ? audience : [...audience],
      algorithms: ALGORITHMS,
      typ: 'secevent+jwt',
      requiredClaims: ['iat', 'jti'],
    })
    return payload
  } catch (error) {
    if (error instanceof Unreadable) throw error
    // An error without a code of jose's own, or a time-out, comes from fetching the keys.
    const code = error instanceof jose.errors.JOSEError ? error.code : undefined
    if (
      code === undefined ||
      code === 'ERR_JWKS_TIMEOUT' ||
      (code === 'ERR_JOSE_GENERIC' && issuer.keys instanceof URL)
    ) {
      if (issuer.keys instanceof URL) throw new KeysUnreachable('the keys of the issuer cannot be fetched')
    }
    throw new Unreadable(`a security event token that is not accepted: ${wordsFor(code)}`)
  }
}

const WORDS: { readonly [code: string]: string } = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is wrong',
  ERR_JWKS_NO_MATCHING_KEY: 'it is signed with a key that the issuer does not have',
  ERR_JOSE_ALG_NOT_ALLOWED: 'it is signed with an algorithm that is not allowed',
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'its issuer, audience or type is another',
}

function wordsFor(code: string | undefined): string {
  return WORDS[code ?? ''] ?? 'it is malformed'
}

const fetched = new WeakMap<TokenIssuer, JWTVerifyGetKey>()

function keysOf(jose: Jose, issuer: TokenIssuer): JWTVerifyGetKey {
  const known = fetched.get(issuer)
  if (known !== undefined) return known
  const { keys } = issuer
  const made =
    keys instanceof URL
      ? jose.createRemoteJWKSet(safe(keys), { timeoutDuration: 5_000 })
      : jose.createLocalJWKSet(keys)
  fetched.set(issuer, made)
  return made
}

function safe(url: URL): URL {
  const loopback = url.protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || loopback) return url
  throw new Unreadable('the keys of an issuer are fetched over https only')
}

type Subject = Pick<Draft, 'cloud' | 'account' | 'identity'>

/** RFC 9493 subject identifiers; a complex subject names the user or the application among other things. */
function subjectOf(payload: JWTPayload, claims: Members, names: AnyCloud): Subject {
  const subject = payload['sub_id'] ?? claims['subject']
  const principal = at(subject, 'user') ?? at(subject, 'application') ?? subject
  const session = textAt(subject, 'session', 'id') ?? textAt(subject, 'session', 'sub')
  const [first = principal] = listAt(principal, 'identifiers')
  const signed = names.byIssuer(textAt(first, 'iss'))
  return names.identify({
    cloud: signed?.cloud,
    account: textAt(subject, 'tenant', 'id') ?? signed?.account,
    name:
      textAt(first, 'sub') ??
      textAt(first, 'email') ??
      textAt(first, 'id') ??
      textAt(first, 'uri') ??
      textAt(first, 'url') ??
      textAt(first, 'phone_number') ??
      textAt(payload, 'sub'),
    session,
    credential: textAt(claims, 'credential_id'),
  })
}

const LEVELS: { readonly [level: string]: number } = { LOW: 20, MEDIUM: 50, HIGH: 80 }
const GRAVE: ReadonlySet<string> = new Set(['credential-compromise', 'account-disabled'])

function findingOf(kind: string, claims: Members): Draft['finding'] {
  if (kind === 'risk-level-change') {
    return { category: kind, severity: LEVELS[(textAt(claims, 'current_level') ?? '').toUpperCase()] ?? 0 }
  }
  return GRAVE.has(kind) ? { category: kind, severity: 80 } : undefined
}
