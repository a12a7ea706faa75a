import { conditionsOf, decodeDocument, listOf, statementsOf } from '../documents.ts'

/** Who may assume a role, as its trust policy says. */
export interface Trust {
  services: string[]
  accounts: string[]
  principals: string[]
  externalIds: string[]
  saml: string[]
  /** Unique ids of principals that were deleted; IAM shows them in place of the ARN. */
  orphans: string[]
  open: boolean
  oidc: { issuer: string; subjects: string[]; audiences: string[] }[]
  /** Assumed only with a second factor: a sign of people. */
  mfa: boolean
}

/** Reads the Allow statements of a trust policy. */
export function trustOf(encoded: string | undefined): Trust {
  const trust: Trust = {
    services: [],
    accounts: [],
    principals: [],
    externalIds: [],
    saml: [],
    orphans: [],
    open: false,
    oidc: [],
    mfa: false,
  }
  for (const statement of statementsOf(decodeDocument(encoded))) {
    if (statement.Effect !== 'Allow') continue
    const conditions = conditionsOf(statement)
    const { Principal: principal } = statement
    // "Everybody but" is everybody.
    if (principal === '*' || statement.NotPrincipal !== undefined) trust.open = true
    const by: { AWS?: unknown; Service?: unknown; Federated?: unknown } =
      typeof principal === 'object' && principal !== null ? principal : {}
    trust.services.push(...listOf(by.Service))
    for (const each of listOf(by.AWS)) addPrincipal(trust, each)
    for (const each of listOf(by.Federated)) addFederated(trust, each, conditions)
    for (const { key, values } of conditions) {
      if (key === 'sts:externalid') trust.externalIds.push(...values)
      if (key === 'aws:multifactorauthpresent' && values.includes('true')) trust.mfa = true
    }
  }
  const { services, accounts, principals, externalIds, saml, orphans } = trust
  for (const list of [services, accounts, principals, externalIds, saml, orphans]) {
    list.splice(0, list.length, ...new Set(list))
  }
  return trust
}

function addPrincipal(trust: Trust, principal: string): void {
  if (principal === '*') trust.open = true
  else if (/^(AROA|AIDA)[A-Z0-9]+$/.test(principal)) trust.orphans.push(principal)
  else {
    const account = /^\d{12}$/.test(principal)
      ? principal
      : /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(principal)?.[1]
    if (account) trust.accounts.push(account)
    trust.principals.push(principal)
  }
}

function addFederated(trust: Trust, provider: string, conditions: ReturnType<typeof conditionsOf>): void {
  if (provider.includes(':saml-provider/')) {
    trust.saml.push(provider)
    return
  }
  const issuer = /:oidc-provider\/(.+)$/.exec(provider)?.[1] ?? provider
  const of = (claim: string) =>
    conditions.filter(({ key }) => key === `${issuer.toLowerCase()}:${claim}`).flatMap(({ values }) => values)
  trust.oidc.push({ issuer, subjects: of('sub'), audiences: of('aud') })
}
