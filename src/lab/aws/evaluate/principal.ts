import { isRecord, list, type Statement } from './document.ts'

/** Who asks. One of `arn`, `federated` and `service` says what kind of caller it is. */
export interface Caller {
  /** User, assumed-role session, federated-user session or root; empty for a web identity or a service. */
  arn: string
  /** 12 digits; empty for a web identity or a service. */
  account: string
  /** The role behind an assumed-role session, with its path. */
  roleArn?: string
  /** AIDA… or AROA…: what IAM really keeps in a policy, so that a deleted principal shows through. */
  uniqueId?: string
  /** ARN of the OIDC or SAML provider that vouches. */
  federated?: string
  /** E.g. `ec2.amazonaws.com`. */
  service?: string
}

/** How a statement names the caller: itself, the role behind its session, or only the account that it belongs to. */
export type Naming = 'caller' | 'role' | 'account'

/** undefined when the statement is not about this caller. A statement without a principal (an identity policy) is. */
export function namesCaller(statement: Statement, caller: Caller): Naming | undefined {
  if (statement.principal !== undefined) return named(statement.principal, caller)
  if (statement.notPrincipal !== undefined) {
    return named(statement.notPrincipal, caller) === undefined ? 'caller' : undefined
  }
  return 'caller'
}

function named(principal: unknown, caller: Caller): Naming | undefined {
  if (principal === '*') return 'caller'
  if (!isRecord(principal)) return undefined
  // `{"AWS": "*"}` means the same as `"*"` (IAM JSON policy elements: Principal).
  const arns = list(principal.AWS) ?? []
  if (arns.includes('*') || arns.some(arn => isCaller(arn, caller))) return 'caller'
  if (caller.service !== undefined && (list(principal.Service) ?? []).includes(caller.service))
    return 'caller'
  if (caller.federated !== undefined && (list(principal.Federated) ?? []).includes(caller.federated)) {
    return 'caller'
  }
  if (arns.some(arn => isRole(arn, caller))) return 'role'
  return caller.account !== '' && arns.some(arn => accountOf(arn) === caller.account) ? 'account' : undefined
}

function isCaller(arn: string, caller: Caller): boolean {
  return arn !== '' && (arn === caller.arn || (arn === caller.uniqueId && caller.roleArn === undefined))
}

function isRole(arn: string, caller: Caller): boolean {
  return caller.roleArn !== undefined && (arn === caller.roleArn || arn === caller.uniqueId)
}

/** `111122223333` and `arn:aws:iam::111122223333:root` both stand for the account. */
function accountOf(principal: string): string | undefined {
  if (/^\d{12}$/.test(principal)) return principal
  return /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(principal)?.[1]
}
