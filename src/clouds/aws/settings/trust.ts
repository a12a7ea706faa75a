import { type Json, same } from '../../../model/json.ts'
import { isObject } from '../../../model/json-object.ts'

/**
 * Reading and changing the trust policy of a role. IAM checks the whole document again on every write, so what is
 * grandfathered in it can be neither appended to nor put back.
 */

type Members = { [name: string]: Json }

const ACTIONS = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']

/** Denies every assumption of the role. The actions are listed because a wildcard is not documented for trust policies. */
export function trustDenial(sid: string): Members {
  return { Sid: sid, Effect: 'Deny', Principal: '*', Action: [...ACTIONS] }
}

/** The statements of a document; a single one may stand without a list. */
export function statementsOf(document: Json): Members[] {
  if (!isObject(document)) return []
  return listOf(document.Statement).filter(each => isObject(each))
}

/**
 * Our statement as it is in a document. IAM may store it in another order or with `{"AWS":"*"}` for `"*"`; what means
 * the same is given back in our own form, so that it is no drift.
 */
export function findStatement(document: Json, sid: string): Members | undefined {
  const found = statementsOf(document).find(each => each.Sid === sid)
  if (found === undefined) return undefined
  const { Principal } = found
  const plain: Members = {
    ...found,
    Principal: same(Principal, { AWS: '*' }) ? '*' : (Principal ?? null),
    Action: listOf(found.Action)
      .filter(each => typeof each === 'string')
      .sort(),
  }
  return same(plain, trustDenial(sid)) ? trustDenial(sid) : found
}

/** The document with our statement set, or without it; everything else stays as it is. */
export function withStatement(document: Json, sid: string, statement: Json | undefined): Json {
  const rest = listOf(isObject(document) ? document.Statement : undefined).filter(
    each => !isObject(each) || each.Sid !== sid,
  )
  return {
    ...(isObject(document) ? document : { Version: '2012-10-17' }),
    Statement: statement === undefined ? rest : [...rest, statement],
  }
}

/**
 * Principals that were deleted: IAM shows their unique id where the ARN was, and takes neither back in a write (IAM
 * User Guide, "AWS JSON policy elements: Principal").
 */
export function orphansOf(document: Json): string[] {
  const named = (by: Json | undefined) => listOf(isObject(by) ? by.AWS : undefined)
  return statementsOf(document)
    .flatMap(({ Principal, NotPrincipal }) => [...named(Principal), ...named(NotPrincipal)])
    .filter(each => typeof each === 'string')
    .filter(each => /^(AROA|AIDA)/.test(each))
}

/**
 * Issuers that many customers share, and the claim that a trust policy has to check since 2025 (IAM User Guide,
 * "Identity-provider controls for shared OIDC providers"). Older policies without it work, but cannot be written.
 */
const REQUIRED_CLAIMS: { [issuer: string]: string } = {
  'token.actions.githubusercontent.com': 'token.actions.githubusercontent.com:sub',
  'oidc-configuration.audit-log.githubusercontent.com':
    'oidc-configuration.audit-log.githubusercontent.com:sub',
  'vstoken.actions.githubusercontent.com': 'vstoken.actions.githubusercontent.com:sub',
  'gitlab.com': 'gitlab.com:sub',
  'app.terraform.io': 'app.terraform.io:sub',
  'agent.buildkite.com': 'agent.buildkite.com:sub',
  'oidc.codefresh.io': 'oidc.codefresh.io:sub',
  'studio.datachain.ai/api': 'studio.datachain.ai/api:sub',
  'api.pulumi.com/oidc': 'api.pulumi.com/oidc:aud',
  'sandboxes.cloud': 'sandboxes.cloud:aud',
  'scalr.io': 'scalr.io:sub',
  'tokens.cloud.shisho.dev': 'tokens.cloud.shisho.dev:sub',
  'proidc.upbound.io': 'proidc.upbound.io:sub',
  'oidc.vercel.com': 'oidc.vercel.com:aud',
  'cognito-identity.amazonaws.com': 'cognito-identity.amazonaws.com:aud',
}

/** Claims that IAM would ask for if this document were written, and that it does not check. */
export function missingClaims(document: Json): string[] {
  return statementsOf(document).flatMap(each => {
    if (each.Effect !== 'Allow' || !isObject(each.Principal)) return []
    const checked = claimsChecked(each.Condition)
    return listOf(each.Principal.Federated).flatMap(provider => {
      if (typeof provider !== 'string') return []
      const claim = claimOf(provider)
      return claim === undefined || checked.has(claim) ? [] : [claim]
    })
  })
}

function claimOf(provider: string): string | undefined {
  const issuer = provider.replace(/^.*:oidc-provider\//, '')
  return Object.hasOwn(REQUIRED_CLAIMS, issuer) ? REQUIRED_CLAIMS[issuer] : undefined
}

/** Condition keys, in lower case as IAM compares them; a value that matches everything checks nothing. */
function claimsChecked(condition: Json | undefined): Set<string> {
  if (!isObject(condition)) return new Set()
  return new Set(
    Object.values(condition)
      .filter(each => isObject(each))
      .flatMap(keys => Object.entries(keys))
      .filter(([, values]) => !listOf(values).includes('*'))
      .map(([key]) => key.toLowerCase()),
  )
}

function listOf(value: Json | undefined): Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
