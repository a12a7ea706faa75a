import { constants, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import type { View } from '../propagation.ts'
import type { LiveAzure } from './estate.ts'
import { satisfies } from './expression.ts'
import type { Application, Json, KeyCredential, ServicePrincipal } from './store.ts'
import { decode, read } from './token.ts'
import { TokenProblem } from './wire.ts'

type Jwt = NonNullable<ReturnType<typeof decode>>

export interface Asked {
  estate: LiveAzure
  view: View
  appId: string
  application: Application | undefined
  principal: ServicePrincipal
  /** Milliseconds: the lab's clock, for what the lab issued. */
  now: number
}

/**
 * Checks a client assertion: the application's own, signed with a certificate, or another issuer's, which a federated
 * credential must name. The lab holds no outside issuer's key: issuer, subject, audience and expiry decide.
 * @throws TokenProblem
 */
export function checkAssertion(asked: Asked, assertion: string): void {
  const jwt = decode(assertion)
  if (jwt === undefined)
    throw new TokenProblem(50027, 'invalid_request', 'JWT token is invalid or malformed.')
  if (jwt.claims['iss'] === asked.appId) certificate(asked, jwt)
  else if (asked.principal['@odata.type'] === '#microsoft.graph.agentIdentity') standIn(asked, assertion)
  else federated(asked, jwt)
}

function certificate({ application, principal }: Asked, jwt: Jwt): void {
  inTime(jwt.claims)
  if (provesKeyOf([...(application?.keyCredentials ?? []), ...principal.keyCredentials], jwt)) return
  throw new TokenProblem(
    700027,
    'invalid_client',
    'The certificate with identifier used to sign the client assertion is not registered on application.',
  )
}

/** Whether a JWT was signed with the key of one of the certificates, and that one has not expired. */
export function provesKeyOf(known: readonly KeyCredential[], { header, signed, proof }: Jwt): boolean {
  const key = known.find(each => each.usage === 'Verify' && hasThumbprint(each, header))
  return (
    key !== undefined &&
    Date.parse(key.endDateTime) > Date.now() &&
    verifies(String(header['alg']), certificateOf(key).publicKey, signed, proof)
  )
}

function certificateOf({ key }: KeyCredential): X509Certificate {
  return new X509Certificate(Buffer.from(key ?? '', 'base64'))
}

function hasThumbprint({ key }: KeyCredential, header: { readonly [name: string]: Json }): boolean {
  if (key === null) return false
  const der = Buffer.from(key, 'base64')
  const is = (name: string, algorithm: string) =>
    header[name] === createHash(algorithm).update(der).digest('base64url')
  return is('x5t', 'sha1') || is('x5t#S256', 'sha256')
}

function verifies(
  algorithm: string,
  key: X509Certificate['publicKey'],
  signed: string,
  proof: Buffer,
): boolean {
  const data = Buffer.from(signed)
  if (algorithm === 'RS256')
    return verify('sha256', data, createPublicKey(key.export({ type: 'spki', format: 'pem' })), proof)
  if (algorithm !== 'PS256') return false
  const padding = {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  return verify('sha256', data, padding, proof)
}

/** An agent has no credentials: its blueprint gets a token that names it, and that is the agent's assertion. */
function standIn({ estate, view, appId, principal, now }: Asked, assertion: string): void {
  const claims = read(assertion)
  if (
    claims?.fmi === undefined ||
    claims.fmi !== appId ||
    claims.appid !== principal.agentIdentityBlueprintId
  ) {
    throw new TokenProblem(
      700213,
      'invalid_client',
      `No matching federated identity record found for agent ${appId}.`,
    )
  }
  if (claims.exp * 1000 <= now) throw expired()
  const blueprint = estate.servicePrincipalOf(claims.appid, view)
  if (blueprint?.accountEnabled !== true) {
    throw new TokenProblem(7000112, 'unauthorized_client', `Application '${claims.appid}' is disabled.`)
  }
}

function federated({ estate, view, application, principal }: Asked, { claims }: Jwt): void {
  const { iss, sub, aud } = claims
  inTime(claims)
  const candidates: { issuer: string; subject: string | null; audiences: string[]; expression?: string }[] =
    []
  if (application !== undefined) {
    for (const [key, each] of estate.federatedCredentials.after(`${application.id}/`, view)) {
      if (!key.startsWith(`${application.id}/`)) break
      const expression = each.claimsMatchingExpression?.value
      candidates.push({ ...each, ...(expression === undefined ? {} : { expression }) })
    }
  }
  for (const [, identity] of estate.identities.after(undefined, view)) {
    if (identity.principalId === principal.id) candidates.push(...identity.federatedCredentials)
  }
  const match = candidates.find(
    each =>
      each.issuer === iss &&
      (each.expression === undefined ? each.subject === sub : satisfies(each.expression, claims)) &&
      each.audiences.some(audience => audience === aud),
  )
  if (match !== undefined) return
  const number = candidates.some(({ issuer }) => issuer === iss) ? 700213 : 700211
  throw new TokenProblem(
    number,
    'invalid_request',
    `No matching federated identity record found for presented assertion ${number === 700213 ? `subject '${String(sub)}'` : `issuer '${String(iss)}'`}. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
  )
}

/** By real time: the client that made it uses no other clock. */
function inTime({ exp, nbf }: { readonly [name: string]: Json }): void {
  const now = Date.now() / 1000
  if (typeof exp !== 'number' || exp <= now || (typeof nbf === 'number' && nbf > now + 300)) throw expired()
}

function expired(): TokenProblem {
  return new TokenProblem(700024, 'invalid_client', 'Client assertion is not within its valid time range.')
}
