import { conditionsOf, decodeDocument, listOf, statementsOf } from '../settings/documents.ts'
import { openPrincipal } from './open-principal.ts'

/** Who may assume a role, as its trust policy says. */
export interface Trust {
  services: string[]
  accounts: string[]
  principals: string[]
  externalIds: string[]
  saml: string[]
  /** Unique ids of principals that were deleted; IAM shows them in place of the ARN. */
  orphans: string[]
  /** Everybody is let in: no condition limits who it is. */
  open: boolean
  /** Why accounts that it lets in are not among `accounts`, in words; empty if all are. */
  undecided: string[]
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
    undecided: [],
    oidc: [],
    mfa: false,
  }
  const document = decodeDocument(encoded)
  if (encoded !== undefined && document === undefined) trust.undecided.push('its trust policy is not JSON')
  for (const statement of statementsOf(document)) {
    if (statement.Effect !== 'Allow') continue
    const conditions = conditionsOf(statement)
    const { Principal: principal } = statement
    if (principal === '*') addOpen(trust, conditions)
    if (statement.NotPrincipal !== undefined)
      addOpen(trust, conditions, 'it lets in every account but some (NotPrincipal)')
    const by: { AWS?: unknown; Service?: unknown; Federated?: unknown } =
      typeof principal === 'object' && principal !== null ? principal : {}
    trust.services.push(...listOf(by.Service))
    for (const each of listOf(by.AWS)) addPrincipal(trust, each, conditions)
    for (const each of listOf(by.Federated)) addFederated(trust, each, conditions)
    for (const { key, values } of conditions) {
      if (key === 'sts:externalid') trust.externalIds.push(...values)
      if (key === 'aws:multifactorauthpresent' && values.includes('true')) trust.mfa = true
    }
  }
  const { services, accounts, principals, externalIds, saml, orphans, undecided } = trust
  for (const list of [services, accounts, principals, externalIds, saml, orphans, undecided]) {
    list.splice(0, list.length, ...new Set(list))
  }
  return trust
}

function addOpen(trust: Trust, conditions: ReturnType<typeof conditionsOf>, but?: string): void {
  const { accounts, open, undecided } = openPrincipal(conditions, but)
  trust.accounts.push(...accounts)
  trust.open ||= open
  if (undecided !== undefined) trust.undecided.push(undecided)
}

function addPrincipal(trust: Trust, principal: string, conditions: ReturnType<typeof conditionsOf>): void {
  if (principal === '*') addOpen(trust, conditions)
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
