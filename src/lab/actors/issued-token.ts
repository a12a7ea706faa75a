import { createHash, randomUUID } from 'node:crypto'

/**
 * The shape of a token that an issuer signed, for an hour. The lab holds no issuer's key: it takes any signature, and
 * lets issuer, audience, claims and expiry decide.
 */
export function issuedToken(iss: string, sub: string, aud: string, claims: object): string {
  const iat = Math.floor(Date.now() / 1000)
  const payload = { iss, sub, aud, iat, nbf: iat, exp: iat + 3600, jti: randomUUID(), ...claims }
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'lab' })}.${part(payload)}`
  return `${signed}.${createHash('sha256').update(signed).digest('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
