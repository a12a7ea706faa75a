import type { Members } from './recordings.ts'

/** Who may assume a role by its trust policy, as a person reads the recorded document. */
export interface Trust {
  services: string[]
  accounts: string[]
  principals: string[]
  externalIds: string[]
  saml: string[]
  orphans: string[]
  open: boolean
  /** Why its accounts are not all known; none of the recorded documents lets in somebody else on a condition. */
  undecided: string[]
  oidc: { issuer: string; subjects: string[]; audiences: string[] }[]
  mfa: boolean
}

const several = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
const once = (values: unknown[]): string[] => [...new Set(values.map(String))]

/** @param encoded as IAM sends it, percent-encoded; a role that was listed without one trusts nobody that is known */
export function trustIn(encoded: string | undefined): Trust {
  const document = JSON.parse(encoded === undefined ? '{}' : decodeURIComponent(encoded)) as Members
  const allows = (several(document['Statement']) as Members[]).filter(each => each['Effect'] === 'Allow')
  const principals = (kind: string) =>
    allows.flatMap(({ Principal: who }) => (typeof who === 'object' ? several((who as Members)[kind]) : []))
  const aws = principals('AWS').map(String)
  const isOrphan = (each: string) => /^A(ROA|IDA)/.test(each)
  const named = aws.filter(each => each !== '*' && !isOrphan(each))
  const federated = principals('Federated').map(String)
  const conditions = allows.flatMap(each =>
    Object.values((each['Condition'] ?? {}) as Members).flatMap(keys => Object.entries(keys as Members)),
  )
  const of = (key: string) =>
    conditions
      .filter(([name]) => name.toLowerCase() === key.toLowerCase())
      .flatMap(([, value]) => several(value).map(String))
  const everybody = aws.includes('*') || allows.some(each => each['Principal'] === '*')
  return {
    services: once(principals('Service')),
    accounts: once(named.map(each => (/^\d+$/.test(each) ? each : each.split(':')[4]))),
    principals: once(named),
    externalIds: once(of('sts:ExternalId')),
    saml: once(federated.filter(each => each.includes(':saml-provider/'))),
    orphans: once(aws.filter(isOrphan)),
    open: aws.includes('*') || allows.some(each => each['Principal'] === '*' || 'NotPrincipal' in each),
    undecided: everybody ? ['it lets in every account'] : [],
    oidc: federated
      .filter(each => !each.includes(':saml-provider/'))
      .map(each => each.split(':oidc-provider/').at(-1) ?? '')
      .map(issuer => ({ issuer, subjects: of(`${issuer}:sub`), audiences: of(`${issuer}:aud`) })),
    mfa: of('aws:MultiFactorAuthPresent').includes('true'),
  }
}
