import { federated } from '../federation.ts'
import { OAuthError } from '../google-error.ts'
import type { Principal } from '../principal.ts'
import { CLOUD_PLATFORM, HOUR, issue, signedBy, tokenOf } from '../tokens.ts'
import type { Call, Route } from './route.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The token endpoints: an assertion signed with a key, a token of another issuer, and what a token is. */
export const oauthRoutes: readonly Route[] = [
  { id: 'oauth2.token', verb: 'POST', path: 'token', permissions: [], open: true, run: token },
  ...['tokeninfo', 'oauth2/v1/tokeninfo', 'oauth2/v2/tokeninfo', 'oauth2/v3/tokeninfo'].flatMap(path =>
    (['GET', 'POST'] as const).map(
      (verb): Route => ({ id: 'oauth2.tokeninfo', verb, path, permissions: [], open: true, run: tokenInfo }),
    ),
  ),
  {
    id: 'sts.token',
    verb: 'POST',
    path: 'v1/token',
    permissions: [],
    open: true,
    run: exchange,
  },
]

function token(call: Call): object {
  const { world, enforced, now } = call
  switch (given(call, 'grant_type')) {
    case JWT_BEARER: {
      const signed = signedBy(world.estate, given(call, 'assertion') ?? '', enforced)
      if (signed === undefined) throw new OAuthError('invalid_grant', 'Invalid JWT Signature.')
      const { account, payload } = signed
      if (account.disabled) throw new OAuthError('invalid_grant', 'Invalid grant: account not found')
      if (typeof payload.aud !== 'string' || !payload.aud.endsWith('/token')) {
        throw new OAuthError('invalid_grant', 'Invalid JWT: Failed audience check.')
      }
      if (typeof payload.sub === 'string' && payload.sub !== account.email) {
        throw new OAuthError(
          'unauthorized_client',
          'Client is unauthorized to retrieve access tokens using this method.',
          401,
        )
      }
      const scopes = typeof payload.scope === 'string' ? payload.scope.split(' ') : []
      if (typeof payload.target_audience === 'string') {
        throw new OAuthError(
          'unsupported_grant_type',
          'the lab does not know ID tokens of the token endpoint',
          501,
        )
      }
      const { email, uniqueId } = account
      return bearer(call, { kind: 'account', email, uniqueId }, scopes.length > 0 ? scopes : [CLOUD_PLATFORM])
    }
    case 'refresh_token': {
      const refresh = world.estate.tokens.get(given(call, 'refresh_token') ?? '')
      if (refresh?.refresh !== true || refresh.expires <= now)
        throw new OAuthError('invalid_grant', 'Bad Request')
      return bearer(call, refresh.principal, refresh.scopes)
    }
    default:
      throw new OAuthError('unsupported_grant_type', `Invalid grant_type: ${given(call, 'grant_type')}`)
  }
}

function bearer(call: Call, principal: Principal, scopes: readonly string[]): object {
  const { token: access_token } = issue(call.world.estate, principal, scopes, HOUR, call.now)
  return { access_token, expires_in: HOUR - 1, token_type: 'Bearer', scope: scopes.join(' ') }
}

/** Names no account unless the token has a scope for it; knows nothing of federated tokens. */
function tokenInfo(call: Call): object {
  const { world, now } = call
  const found = tokenOf(world.estate, given(call, 'access_token') ?? '')
  if (found === undefined || found.expires <= now || found.principal.kind !== 'account') {
    throw new OAuthError('invalid_token', 'Invalid Value')
  }
  const { email, uniqueId } = found.principal
  const seconds = Math.floor((found.expires - now) / 1000)
  const showsEmail = found.scopes.some(scope => /(?:userinfo\.email|^email)$/.test(scope))
  return {
    azp: uniqueId,
    aud: uniqueId,
    scope: found.scopes.join(' '),
    exp: String(Math.floor(found.expires / 1000)),
    expires_in: String(seconds),
    ...(showsEmail ? { email, email_verified: 'true' } : {}),
    access_type: 'online',
  }
}

function exchange(call: Call): object {
  const grant = given(call, 'grant_type', 'grantType')
  if (grant !== EXCHANGE) throw new OAuthError('unsupported_grant_type', `Invalid grant type: ${grant}`)
  const principal = federated(call.world.estate, call.enforced, {
    audience: given(call, 'audience') ?? '',
    subjectToken: given(call, 'subject_token', 'subjectToken') ?? '',
    now: call.now,
  })
  const scope = given(call, 'scope') ?? CLOUD_PLATFORM
  const { token: access_token } = issue(call.world.estate, principal, scope.split(' '), HOUR, call.now)
  return {
    access_token,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: HOUR,
  }
}

/** Forms, JSON and queries are all taken. */
function given({ form, body, query }: Call, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = form.get(name) ?? body[name] ?? query.get(name)
    if (typeof value === 'string') return value
  }
  return undefined
}
