import { keyOf, type LiveEstate } from './estate.ts'
import { isRecord, list, PolicyProblem, type Statement, statementsOf } from './evaluate/document.ts'
import { compare, NEGATED } from './evaluate/operators.ts'
import { AwsError, invalid } from './wire.ts'

/**
 * Issuers that anybody can get a token from, and the claim without which a trust policy lets anybody in (IAM User
 * Guide, "Identity-provider controls for shared OIDC providers").
 */
const SHARED_ISSUERS: readonly (readonly [host: string, claim: string])[] = [
  ['token.actions.githubusercontent.com', 'sub'],
  ['gitlab.com', 'sub'],
  ['app.terraform.io', 'sub'],
  ['agent.buildkite.com', 'sub'],
  ['oidc.circleci.com', 'sub'],
  ['cognito-identity.amazonaws.com', 'aud'],
]

/** @throws AwsError `MalformedPolicyDocument`, or `ValidationError` for characters that no policy may have */
export function checkIdentityDocument(text: string): void {
  for (const statement of checked(text)) {
    if (statement.principal !== undefined || statement.notPrincipal !== undefined) {
      throw malformed('Policy document should not specify a principal.')
    }
    if ((statement.resources ?? statement.notResources ?? []).length === 0) {
      throw malformed('Policy statement must contain resources.')
    }
  }
}

/**
 * IAM looks at the whole document whenever it is written, also at what it let pass years ago: principals must exist,
 * and must not be the ids of deleted ones; shared issuers need a subject.
 * @throws AwsError `MalformedPolicyDocument`, or `ValidationError` for characters that no policy may have
 */
export function checkTrustDocument(text: string, estate: LiveEstate): void {
  for (const statement of checked(text)) {
    if (statement.resources !== undefined || statement.notResources !== undefined) {
      throw malformed('Has prohibited field Resource.')
    }
    if ((statement.actions ?? statement.notActions ?? []).some(action => !/^sts:/i.test(action))) {
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
    }
    const principal = statement.principal ?? statement.notPrincipal
    if (principal === undefined) throw malformed('AssumeRolepolicy must contain principals.')
    if (principal === '*') continue
    if (!isRecord(principal)) throw malformed('Invalid principal in policy.')
    for (const arn of list(principal.AWS) ?? []) checkPrincipal(arn, estate)
    if (statement.effect === 'Allow') {
      for (const provider of list(principal.Federated) ?? []) checkClaim(provider, statement)
    }
  }
}

function checkPrincipal(principal: string, estate: LiveEstate): void {
  if (principal === '*' || /^\d{12}$/.test(principal)) return
  const [, account = '', kind, path = '', name] =
    /^arn:aws[\w-]*:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:(\/(?:.*\/)?)([^/]+))?$/.exec(
      principal,
    ) ?? []
  const within = estate.accounts.get(account)
  const table = kind === 'user' ? within?.users : within?.roles
  const known = name === undefined ? undefined : table?.get(keyOf({ name }))
  const isFine =
    kind === 'root' ||
    (kind !== undefined &&
      (within === undefined ||
        kind === 'assumed-role' ||
        kind === 'federated-user' ||
        (known?.name === name && known?.path === path)))
  if (!isFine || principal.includes('*')) {
    throw malformed(`Invalid principal in policy: "AWS":"${principal}"`)
  }
}

function checkClaim(provider: string, { conditions }: Statement): void {
  const url = provider.replace(/^arn:aws[\w-]*:iam::\d{12}:oidc-provider\//, '')
  const [host, claim] =
    SHARED_ISSUERS.find(([issuer]) => url === issuer || url.startsWith(`${issuer}/`)) ?? []
  if (host === undefined) return
  const key = `${url}:${claim}`.toLowerCase()
  const isHeld = conditions.some(
    condition => condition.key.toLowerCase() === key && condition.values.some(value => value !== '*'),
  )
  if (!isHeld) {
    throw malformed(`Missing required condition key for the identity provider ${url}: ${url}:${claim}`)
  }
}

function checked(text: string): readonly Statement[] {
  // Tab, line feed, carriage return and U+0020 to U+00FF (IAM and AWS STS quotas, "policy documents").
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(text)) {
    throw invalid('The specified value for policyDocument is invalid.')
  }
  try {
    const document: unknown = JSON.parse(text)
    if (
      !isRecord(document) ||
      !['2012-10-17', '2008-10-17'].includes(String(document.Version ?? '2008-10-17'))
    ) {
      throw malformed('Syntax errors in policy.')
    }
    const statements = statementsOf(text)
    if (statements.length === 0) throw malformed('Syntax errors in policy.')
    for (const { actions, notActions, conditions } of statements) {
      if ((actions ?? notActions ?? []).length === 0)
        throw malformed('Policy statement must contain actions.')
      if (actions?.some(action => !/^(?:\*|[\w-]+:[\w*?]+)$/.test(action))) {
        throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
      }
      for (const { operator } of conditions) checkOperator(operator)
    }
    return statements
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed('Syntax errors in policy.')
    if (error instanceof PolicyProblem) throw malformed(error.message)
    throw error
  }
}

function checkOperator(operator: string): void {
  const name = operator
    .replace(/^(?:ForAllValues|ForAnyValue):/i, '')
    .replace(/IfExists$/i, '')
    .toLowerCase()
  if (name !== 'null' && compare(NEGATED[name] ?? name) === undefined) {
    throw malformed(`Invalid Condition type : ${operator}.`)
  }
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', 400, message)
}

/** Characters that count towards a quota: all but white space (IAM and AWS STS quotas). */
export function sizeOf(text: string): number {
  return text.replace(/\s/g, '').length
}

/** Quotas of an account as it comes. */
export const QUOTAS = {
  userInline: 2048,
  groupInline: 5120,
  roleInline: 10_240,
  trust: 2048,
  attached: 10,
  groups: 10,
  accessKeys: 2,
  certificates: 2,
  managedPolicy: 6144,
  versions: 5,
} as const
