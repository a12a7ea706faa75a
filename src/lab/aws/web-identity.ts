import type { View } from '../propagation.ts'
import type { LiveAccount } from './estate.ts'
import { isRecord } from './evaluate/document.ts'
import type { OidcProvider } from './store.ts'
import { AwsError } from './wire.ts'

export interface WebIdentity {
  provider: OidcProvider
  subject: string
  audience: string
  /** The claims by condition key, e.g. `token.actions.githubusercontent.com:sub`. */
  context: { [key: string]: string }
}

/**
 * The identity in a token of an OIDC provider that the account knows. The issuer's signature is not checked: the lab
 * cannot ask the issuer for its keys, and issuer, audience and subject are what trust policies go by.
 * @param real milliseconds since 1970 by the real clock, which issuers use; the lab's clock does not matter to them
 * @throws AwsError `InvalidIdentityToken` or `ExpiredTokenException`
 */
export function readWebIdentity(token: string, account: LiveAccount, view: View, real: number): WebIdentity {
  const claims = payload(token)
  const { iss, sub, aud, azp, exp } = claims
  if (typeof iss !== 'string' || typeof sub !== 'string') throw invalidToken('Missing a required claim')
  const url = iss.replace(/^https:\/\//, '').replace(/\/$/, '')
  const provider = account.oidcProviders.get(`arn:aws:iam::${account.id}:oidc-provider/${url}`, view)
  if (provider === undefined) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${iss}`)
  }
  const audiences = [azp, ...(Array.isArray(aud) ? aud : [aud])].filter(each => typeof each === 'string')
  const audience = audiences.find(each => provider.clientIds.includes(each))
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  if (typeof exp !== 'number' || exp * 1000 <= real) {
    throw new AwsError(
      'ExpiredTokenException',
      400,
      'Token expired: current date/time must be before the expiration',
    )
  }
  const context: { [key: string]: string } = { 'aws:FederatedProvider': provider.arn }
  for (const [claim, value] of Object.entries(claims)) {
    if (typeof value === 'string') context[`${url}:${claim}`] = value
  }
  context[`${url}:aud`] = audience
  return { provider, subject: sub, audience, context }
}

function payload(token: string): { readonly [claim: string]: unknown } {
  const [, middle, ...rest] = token.split('.')
  if (middle === undefined || rest.length !== 1)
    throw invalidToken('The ID Token provided is not a valid JWT.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(middle, 'base64url').toString('utf8'))
    if (isRecord(claims)) return claims
  } catch {
    // Reported below.
  }
  throw invalidToken('The ID Token provided is not a valid JWT.')
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', 400, message)
}
