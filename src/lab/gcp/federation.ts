import type { View } from '../propagation.ts'
import { holds, textOf } from './cel.ts'
import type { LiveEstate } from './estate.ts'
import { OAuthError } from './google-error.ts'
import type { FederatedPrincipal, PoolProvider } from './store.ts'
import { partsOf } from './tokens.ts'

export interface Exchange {
  audience: string
  /** A JWT of the issuer. The lab holds no issuer's key: it takes any signature. */
  subjectToken: string
  now: number
}

/**
 * Who the holder of an issuer's token is in the pool: the provider is found by the audience, and its mapping and
 * condition decide (IAM, "Workload Identity Federation").
 * @throws OAuthError
 */
export function federated(
  estate: LiveEstate,
  view: View,
  { audience, subjectToken }: Exchange,
): FederatedPrincipal {
  const provider = providerFor(estate, view, audience)
  const pool = estate.pools.get(`${provider.project}/${provider.pool}`, view)
  if (pool === undefined || pool.disabled || provider.disabled) throw noTarget()
  const assertion = partsOf(subjectToken)?.payload
  if (assertion === undefined) {
    throw new OAuthError('invalid_grant', 'Error parsing ID Token: The given token is not a valid JWT.')
  }
  const { iss, aud, exp, sub } = assertion
  if (iss !== provider.oidc?.issuerUri) {
    throw new OAuthError('invalid_grant', "The issuer in ID Token doesn't match the expected one.")
  }
  const usual = audience.startsWith('//') ? `https:${audience}` : pool.id
  const audiences = provider.oidc?.allowedAudiences ?? [usual]
  if (typeof aud !== 'string' || !audiences.includes(aud)) {
    throw new OAuthError('invalid_grant', 'The audience in ID Token does not match the expected audience.')
  }
  // Issuers go by the real clock, however far the lab's was moved.
  if (typeof exp !== 'number' || exp * 1000 <= Date.now()) {
    throw new OAuthError('invalid_grant', 'ID Token issued by the issuer has expired.')
  }
  if (typeof sub !== 'string') throw new OAuthError('invalid_grant', 'The subject is missing.')
  return mapped(provider, assertion)
}

function mapped(
  provider: PoolProvider,
  assertion: { readonly [claim: string]: unknown },
): FederatedPrincipal {
  const { project, pool, id, attributeMapping, attributeCondition } = provider
  let subject = ''
  const attributes: { [name: string]: string } = {}
  for (const [target, expression] of Object.entries(attributeMapping)) {
    const value = textOf(expression, { assertion })
    if (value === undefined) {
      throw new OAuthError('invalid_grant', `The mapped attribute ${target} could not be evaluated.`)
    }
    if (target === 'google.subject') subject = value
    else attributes[target.replace(/^attribute\./, '')] = value
  }
  if (subject === '')
    throw new OAuthError('invalid_grant', 'The mapped attribute google.subject is required.')
  const scope = { assertion, google: { subject }, attribute: attributes }
  if (attributeCondition !== '' && holds(attributeCondition, scope) !== true) {
    throw new OAuthError(
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
      401,
    )
  }
  return { kind: 'federated', project, pool, provider: id, subject, attributes, groups: [] }
}

function providerFor(estate: LiveEstate, view: View, audience: string): PoolProvider {
  const [, number, pool, id] =
    /^\/\/iam\.googleapis\.com\/projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/.exec(
      audience,
    ) ?? []
  const project = number === undefined ? undefined : estate.project(number)
  if (project !== undefined) {
    const provider = estate.providers.get(`${project.id}/${pool}/${id}`, view)
    if (provider !== undefined) return provider
  }
  // A cluster's workloads: identitynamespace:<project>.svc.id.goog:<url of the cluster>
  const [, namespace, cluster] = /^identitynamespace:([^:]+):(.+)$/.exec(audience) ?? []
  for (const provider of estate.providers.values()) {
    if (provider.pool === namespace && provider.oidc?.issuerUri === cluster) return provider
  }
  throw noTarget()
}

function noTarget(): OAuthError {
  return new OAuthError(
    'invalid_target',
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
  )
}
