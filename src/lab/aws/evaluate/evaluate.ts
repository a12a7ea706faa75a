import { conditionsHold, Known, type RequestContext, substitute } from './conditions.ts'
import { type Document, type Statement, statementsOf } from './document.ts'
import { type Caller, type Naming, namesCaller } from './principal.ts'
import { matchesAction, matchesWildcard } from './wildcard.ts'

/** `type` is as the IAM simulator calls it: `user`, `group`, `role`, `aws-managed`, `user-managed`, `resource`, … */
export interface Policy {
  name: string
  type: string
  document: Document
}

export interface Question {
  /** E.g. `secretsmanager:GetSecretValue`. */
  action: string
  /** An ARN, or `*` where the action has none. */
  resource: string
  context: RequestContext
  identityPolicies: readonly Policy[]
  boundary?: Policy | undefined
  /** Given when the session was made with policies; they only narrow. */
  sessionPolicies?: readonly Policy[] | undefined
  /**
   * Service control policies by level, from the root of the organization down to the account. Each level must allow, and
   * what they allow is granted by none of them (Organizations User Guide, "SCP evaluation").
   */
  organizationPolicies?: readonly (readonly Policy[])[] | undefined
  resourcePolicies?: readonly Policy[] | undefined
  /** Needed where there are resource policies. */
  caller?: Caller | undefined
  /** The resource belongs to another account: its policy and the identity's must both allow. */
  crossAccount?: boolean
}

export type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny'

export interface Match {
  policy: string
  type: string
  /** From 0, in the order of the document. */
  statementIndex: number
  effect: 'Allow' | 'Deny'
}

export interface Verdict {
  decision: Decision
  /** The statements that decided: all the denies, or else all the allows. */
  matched: Match[]
  /** Condition keys that were looked for and not in the context. */
  missingContext: string[]
  /** Only where the session was made with policies. */
  allowedBySession?: boolean
  /** Only where there is a boundary. */
  allowedByBoundary?: boolean
  /** Only where there are service control policies. */
  allowedByOrganization?: boolean
}

/**
 * Policy evaluation logic of AWS: an explicit deny anywhere wins; then the identity policies within boundary and
 * session policies must allow, or, within one account, a resource policy that names the caller itself, which a
 * boundary's and a session policy's silence does not stop; service control policies limit them all (IAM User Guide, "Policy evaluation logic" and
 * "Permissions boundaries for IAM entities").
 * @throws PolicyProblem for a document that AWS would not have stored
 */
export function evaluate(question: Question): Verdict {
  const { boundary, sessionPolicies, resourcePolicies = [], crossAccount = false } = question
  const known = new Known(question.context)
  const look = (policies: readonly Policy[], withPrincipal: boolean) =>
    scan(policies, question, known, withPrincipal)

  const identity = look(question.identityPolicies, false)
  const resource = look(resourcePolicies, true)
  const bounds = boundary === undefined ? undefined : look([boundary], false)
  const session = sessionPolicies === undefined ? undefined : look(sessionPolicies, false)

  const levels = question.organizationPolicies?.map(policies => look(policies, false))

  const all = [identity, resource, bounds, session].filter(found => found !== undefined)
  const denies = [...(levels ?? []), ...all].flatMap(found => found.denies)
  const organizationAllows = levels?.every(found => found.allows.length > 0) ?? true
  const boundaryAllows = bounds === undefined || (bounds.allows.length > 0 && bounds.denies.length === 0)
  const withinLimits = boundaryAllows && (session === undefined || session.allows.length > 0)
  const identityAllows = identity.allows.length > 0 && withinLimits
  const named = (naming: Naming) => resource.namings.has(naming)
  const granted = crossAccount
    ? identityAllows && resource.allows.length > 0
    : identityAllows || named('caller') || (named('role') && withinLimits)
  const allowed = granted && organizationAllows

  const decision: Decision = denies.length > 0 ? 'explicitDeny' : allowed ? 'allowed' : 'implicitDeny'
  return {
    decision,
    matched: denies.length > 0 ? denies : allowed ? all.flatMap(found => found.allows) : [],
    missingContext: known.missing,
    ...(bounds === undefined ? {} : { allowedByBoundary: boundaryAllows }),
    ...(session === undefined ? {} : { allowedBySession: session.allows.length > 0 }),
    ...(levels === undefined ? {} : { allowedByOrganization: organizationAllows }),
  }
}

interface Found {
  allows: Match[]
  denies: Match[]
  /** How the allows name the caller. */
  namings: Set<Naming>
}

function scan(
  policies: readonly Policy[],
  question: Pick<Question, 'action' | 'resource' | 'caller'>,
  known: Known,
  withPrincipal: boolean,
): Found {
  const found: Found = { allows: [], denies: [], namings: new Set() }
  for (const { name, type, document } of policies) {
    for (const [statementIndex, statement] of statementsOf(document).entries()) {
      const naming = withPrincipal ? namingOf(statement, question.caller) : 'caller'
      if (naming === undefined || !covers(statement, question.action, question.resource, known)) continue
      if (!conditionsHold(statement.conditions, known)) continue
      const { effect } = statement
      ;(effect === 'Deny' ? found.denies : found.allows).push({ policy: name, type, statementIndex, effect })
      if (effect === 'Allow') found.namings.add(naming)
    }
  }
  return found
}

function namingOf(statement: Statement, caller: Caller | undefined): Naming | undefined {
  return caller === undefined ? undefined : namesCaller(statement, caller)
}

/** Is the statement about this action on this resource? Without `Resource`, as in trust policies, about any. */
export function covers(statement: Statement, action: string, resource: string, known: Known): boolean {
  const { actions, notActions, resources, notResources } = statement
  const isAction = (pattern: string) => matchesAction(pattern, action)
  const isResource = (pattern: string) => {
    const filled = substitute(pattern, known)
    return filled !== undefined && matchesWildcard(filled, resource)
  }
  if (
    actions !== undefined ? !actions.some(isAction) : notActions === undefined || notActions.some(isAction)
  ) {
    return false
  }
  if (resources !== undefined) return resources.some(isResource)
  return notResources === undefined || !notResources.some(isResource)
}
