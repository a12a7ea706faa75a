import { conditionsHold, Known, type RequestContext } from './conditions.ts'
import { type Document, statementsOf } from './document.ts'
import { covers, type Decision, type Match } from './evaluate.ts'
import { type Caller, type Naming, namesCaller } from './principal.ts'

export interface TrustQuestion {
  /** `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:TagSession`, … */
  action: string
  principal: Caller
  context: RequestContext
}

export interface TrustVerdict {
  decision: Decision
  matched: Match[]
  missingContext: string[]
  /**
   * How the allows name the caller, most exactly. Where only its account is trusted (or it comes from another account), its
   * own policies must allow `sts:AssumeRole` on the role as well.
   */
  naming: Naming | undefined
}

/**
 * Does a role's trust policy let the caller in?
 * @throws PolicyProblem for a document that AWS would not have stored
 */
export function evaluateTrust(
  document: Document,
  { action, principal, context }: TrustQuestion,
): TrustVerdict {
  const known = new Known(context)
  const allows: Match[] = []
  const denies: Match[] = []
  const namings = new Set<Naming>()
  for (const [statementIndex, statement] of statementsOf(document).entries()) {
    const naming = namesCaller(statement, principal)
    if (naming === undefined || !covers(statement, action, '*', known)) continue
    if (!conditionsHold(statement.conditions, known)) continue
    const match: Match = { policy: 'trust', type: 'role-trust', statementIndex, effect: statement.effect }
    if (statement.effect === 'Deny') {
      denies.push(match)
    } else {
      allows.push(match)
      namings.add(naming)
    }
  }
  const decision = denies.length > 0 ? 'explicitDeny' : allows.length > 0 ? 'allowed' : 'implicitDeny'
  return {
    decision,
    matched: denies.length > 0 ? denies : allows,
    missingContext: known.missing,
    naming: (['caller', 'role', 'account'] as const).find(each => namings.has(each)),
  }
}
