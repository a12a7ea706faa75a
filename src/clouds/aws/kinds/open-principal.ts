import type { conditionsOf } from '../settings/documents.ts'

/** Whom a statement lets in that names everybody (`*`) or everybody but some (`NotPrincipal`). */
export interface OpenPrincipal {
  /** Accounts that its conditions name; the statement lets in no other. */
  accounts: string[]
  /** No condition limits who it is. */
  open: boolean
  /** Why the accounts are not known, in words; absent if they are. */
  undecided?: string
}

type Conditions = ReturnType<typeof conditionsOf>

/** Operators that limit a key to values; `IfExists` and the set operators change nothing for keys that every request has. */
const LIMITING = new Set(['stringequals', 'stringequalsignorecase', 'stringlike', 'arnequals', 'arnlike'])

/**
 * Reads the accounts out of the conditions about the caller (IAM User Guide, "AWS global condition context keys": properties
 * of the principal). All conditions of a statement have to hold, so that one that names accounts is enough; others may only
 * narrow it.
 *
 * @param but the statement names everybody but some, in words; undefined: everybody
 */
export function openPrincipal(conditions: Conditions, but?: string): OpenPrincipal {
  const limits: (string[] | string)[] = []
  for (const { operator, key, values } of conditions) {
    const plain = operator
      .toLowerCase()
      .replace(/^for(any|all)values?:/, '')
      .replace(/ifexists$/, '')
    const limit = LIMITING.has(plain) ? limitOf(key, values) : undefined
    if (limit !== undefined) limits.push(limit)
  }
  const decided = limits.filter(each => typeof each !== 'string')
  if (decided.length > 0) {
    const [first = [], ...more] = decided
    return { accounts: first.filter(each => more.every(other => other.includes(each))), open: false }
  }
  const vague = limits.filter(each => typeof each === 'string')
  if (vague.length > 0) return { accounts: [], open: false, undecided: vague.join(' and ') }
  return { accounts: [], open: true, undecided: but ?? 'it lets in every account' }
}

/** The accounts that a condition allows, or what it allows in words; undefined where it does not limit who it is. */
function limitOf(key: string, values: readonly string[]): string[] | string | undefined {
  if (values.some(each => /^\*+$/.test(each))) return undefined
  const list = values.join(', ')
  if (key === 'aws:principalaccount') {
    return values.every(each => /^\d{12}$/.test(each))
      ? [...values]
      : `it lets in accounts like ${list} (aws:PrincipalAccount)`
  }
  if (key === 'aws:principalarn') {
    const accounts = values.map(each => /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(each)?.[1])
    return accounts.every(each => each !== undefined)
      ? [...new Set(accounts.filter(each => each !== undefined))]
      : `it lets in principals like ${list} (aws:PrincipalArn)`
  }
  if (key === 'aws:principalorgid')
    return `it lets in the accounts of organization ${list} (aws:PrincipalOrgID)`
  if (key === 'aws:principalorgpaths') return `it lets in the accounts under ${list} (aws:PrincipalOrgPaths)`
  if (key === 'aws:userid' || key === 'aws:username') return `it lets in callers with ${key} ${list}`
  return key.startsWith('aws:principaltag/') ? `it lets in callers with ${key} ${list}` : undefined
}
