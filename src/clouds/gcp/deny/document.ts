import { canonical, type Json } from '../../../model/json.ts'

/** The content of a deny rule, without its principals. */
export interface Rule {
  permissions: string[]
  exceptionPermissions?: string[]
  exceptionPrincipals?: string[]
  /** Kept as it is; ours have none. */
  condition?: Json
  description?: string
}

/** A rule, and whom it is for. */
export interface RuleFor extends Rule {
  principals: string[]
}

/** A deny policy, as far as it matters to us. */
export interface DenyPolicy {
  etag: string
  annotations: { [name: string]: string }
  rules: RuleFor[]
}

/** The rules that name a principal, in one order and without the others whom they name. */
export function rulesOf(rules: readonly RuleFor[], principal: string): Rule[] {
  return rules
    .filter(({ principals }) => principals.includes(principal))
    .map(({ principals: _, ...rule }) => rule)
    .sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
}

/** The rules with those of one principal replaced; what is the same for several principals is one rule. */
export function withRules(rules: readonly RuleFor[], principal: string, wanted: readonly Rule[]): RuleFor[] {
  const next = rules
    .map(rule => ({ ...rule, principals: rule.principals.filter(each => each !== principal) }))
    // Rules for nobody are not accepted; others that were empty before are none of ours either.
    .filter(({ principals }) => principals.length > 0)
  for (const rule of wanted) {
    const text = canonical(rule)
    const alike = next.find(({ principals: _, ...each }) => canonical(each) === text)
    if (alike) alike.principals = [...alike.principals, principal].sort()
    else next.push({ ...rule, principals: [principal] })
  }
  return next
}

/** A rule as a facet has it, and back. */
export function rulesToJson(rules: readonly Rule[]): Json {
  return rules.map(rule => ({ ...rule }))
}

/** Entries of journals are checked before they are written to a cloud. */
export function rulesFromJson(value: Json | undefined): Rule[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const rules: Rule[] = []
  for (const each of value) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return undefined
    const { permissions, exceptionPermissions, exceptionPrincipals, condition, description } = each
    const lists = [permissions, exceptionPermissions ?? [], exceptionPrincipals ?? []]
    if (!lists.every(list => Array.isArray(list) && list.every(item => typeof item === 'string'))) {
      return undefined
    }
    rules.push({
      permissions: permissions as string[],
      ...(exceptionPermissions === undefined
        ? {}
        : { exceptionPermissions: exceptionPermissions as string[] }),
      ...(exceptionPrincipals === undefined ? {} : { exceptionPrincipals: exceptionPrincipals as string[] }),
      ...(condition === undefined ? {} : { condition }),
      ...(typeof description === 'string' ? { description } : {}),
    })
  }
  return rules
}

/** How deny policies name a service account: never as `serviceAccount:…` (IAM documentation, "Principal identifiers"). */
export function serviceAccountPrincipal(email: string): string {
  return `principal://iam.googleapis.com/projects/-/serviceAccounts/${email}`
}
