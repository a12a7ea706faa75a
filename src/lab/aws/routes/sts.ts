import type { Caller } from '../auth.ts'
import { denial, evaluatedCaller, judge } from '../authorize.ts'
import { keyOf, type LiveAccount, roleArn } from '../estate.ts'
import type { Verdict } from '../evaluate/evaluate.ts'
import { evaluateTrust } from '../evaluate/trust.ts'
import { issue } from '../issue.ts'
import { checkIdentityDocument } from '../policy-document.ts'
import type { Role, Session } from '../store.ts'
import { readWebIdentity } from '../web-identity.ts'
import { AwsError, invalid } from '../wire.ts'
import type { Call, Routes } from './route.ts'
import { date } from './shapes.ts'

/** Role sessions made by role sessions last an hour at most (IAM User Guide, "Role chaining"). */
const CHAINED = 3600

interface Target {
  account: LiveAccount
  role: Role
  arn: string
}

/** The role that is to be assumed; a role that is not there is refused like one that does not trust the caller. */
function target({ estate, params, enforced }: Call): Target | undefined {
  const arn = params.need('RoleArn')
  const [, id = '', name = ''] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const account = estate.accounts.get(id)
  const role = account?.roles.get(keyOf({ name }), enforced)
  if (account === undefined || role === undefined || roleArn(id, role) !== arn) return undefined
  return { account, role, arn }
}

function seconds({ params }: Call, otherwise: number, most: number): number {
  const value = Number(params.get('DurationSeconds') ?? otherwise)
  if (Number.isInteger(value) && value >= 900 && value <= most) return value
  throw invalid(
    `The requested DurationSeconds exceeds the MaxSessionDuration set for this role, or 900 to ${most}`,
  )
}

function roleSeconds(call: Call, role: Role): number {
  const most = call.caller?.kind === 'role' ? CHAINED : role.maxSessionSeconds
  return seconds(call, CHAINED, most)
}

function sessionName({ params }: Call): string {
  const name = params.need('RoleSessionName')
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name
  throw invalid(`Value '${name}' at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]*, 2 to 64`)
}

function narrowing({ params }: Call): Pick<Session, 'policy' | 'policyArns'> {
  const policy = params.get('Policy')
  if (policy !== undefined) checkIdentityDocument(policy)
  const arns = params.structures('PolicyArns.member').map(each => each.need('arn'))
  return { ...(policy === undefined ? {} : { policy }), ...(arns.length === 0 ? {} : { policyArns: arns }) }
}

function credentials({ accessKeyId, secret, token, expires }: Session) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: token,
    Expiration: date(expires),
  }
}

function roleAnswer(session: Session, { account, role }: Target) {
  return {
    Credentials: credentials(session),
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${session.name}`,
      Arn: `arn:aws:sts::${account.id}:assumed-role/${role.name}/${session.name}`,
    },
  }
}

function signed({ caller }: Call, ...kinds: Caller['kind'][]): Caller {
  if (caller === undefined) {
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token')
  }
  if (kinds.includes(caller.kind)) return caller
  throw new AwsError('AccessDenied', 403, 'Cannot call this operation with session credentials')
}

/**
 * Both sides must agree: the role's trust policy, and the caller's own policies, unless the trust policy of a role of
 * the same account names the caller itself (IAM User Guide, "Cross-account policy evaluation logic"), or the role behind
 * its session, which the silence of a boundary or a session policy limits ("Permissions boundaries for IAM entities"). An
 * explicit deny on either side wins.
 */
function permitAssume(
  call: Call,
  caller: Caller,
  { account, role, arn }: Target,
  keys: Call['context'],
): void {
  const action = 'sts:AssumeRole'
  const context = { ...call.context, ...keys }
  const request = { action, resource: arn, context }
  const own = judge(call.estate, caller, request, call.enforced)
  const trust = evaluateTrust(role.trust, { action, principal: evaluatedCaller(caller), context })
  const withinLimits = own.allowedByBoundary !== false && own.allowedBySession !== false
  const isEnough =
    account.id === caller.account && (trust.naming === 'caller' || (trust.naming === 'role' && withinLimits))
  if (trust.decision !== 'allowed') throw denial('sts', caller, request, { ...own, decision: trust.decision })
  const isLimited = own.allowedByOrganization === false
  if (own.decision === 'explicitDeny' || isLimited || (!isEnough && own.decision !== 'allowed')) {
    throw denial('sts', caller, request, own)
  }
}

const NO_MATCH: Verdict = { decision: 'implicitDeny', matched: [], missingContext: [] }

export const sts: Routes = {
  // "No permissions are required to perform this operation", even where a policy denies it (GetCallerIdentity).
  GetCallerIdentity: {
    permission: 'none',
    run(call) {
      const caller = signed(call, 'user', 'session', 'federated', 'role')
      return { UserId: caller.userId, Account: caller.account, Arn: caller.arn }
    },
  },
  // Answers for any key of any account, as the account is in its id (STS API reference, GetAccessKeyInfo).
  GetAccessKeyInfo: {
    run({ estate, params }) {
      const id = params.need('AccessKeyId')
      const owner = estate.keyOwners.get(id)
      if (owner === undefined) throw invalid(`Invalid AccessKeyId: ${id}`)
      return { Account: owner.account }
    },
  },
  // "You cannot use policies to control authentication operations" (Permissions for GetSessionToken).
  GetSessionToken: {
    permission: 'none',
    run(call) {
      const caller = signed(call, 'user')
      const { estate, clock } = call
      const length = seconds(call, 43_200, 129_600)
      const session = issue(estate, clock.ms(), length, { principal: principalOf(caller, 'user') })
      return { Credentials: credentials(session) }
    },
  },
  GetFederationToken: {
    resource: ({ params, caller }) => `arn:aws:sts::${caller?.account}:federated-user/${params.need('Name')}`,
    run(call) {
      const caller = signed(call, 'user')
      const { estate, clock, params } = call
      const name = params.need('Name')
      if (!/^[\w+=,.@-]{2,32}$/.test(name))
        throw invalid(`Value '${name}' at 'name' failed to satisfy constraint`)
      const session = issue(estate, clock.ms(), seconds(call, 43_200, 129_600), {
        principal: principalOf(caller, 'federated'),
        name,
        ...narrowing(call),
      })
      return {
        Credentials: credentials(session),
        FederatedUser: {
          FederatedUserId: `${caller.account}:${name}`,
          Arn: `arn:aws:sts::${caller.account}:federated-user/${name}`,
        },
        PackedPolicySize: 0,
      }
    },
  },
  AssumeRole: {
    permission: 'own',
    run(call) {
      const caller = signed(call, 'user', 'session', 'role')
      const { estate, clock, params } = call
      const to = target(call)
      const name = sessionName(call)
      if (to === undefined) {
        const request = { action: 'sts:AssumeRole', resource: params.need('RoleArn'), context: {} }
        throw denial('sts', caller, request, NO_MATCH)
      }
      const sourceIdentity = params.get('SourceIdentity')
      permitAssume(call, caller, to, {
        'sts:ExternalId': params.get('ExternalId'),
        'sts:RoleSessionName': name,
        'sts:SourceIdentity': sourceIdentity,
      })
      const kept = sourceIdentity ?? caller.session?.context?.['aws:SourceIdentity']
      const session = issue(estate, clock.ms(), roleSeconds(call, to.role), {
        principal: { kind: 'role', account: to.account.id, name: to.role.name, id: to.role.id },
        name,
        ...narrowing(call),
        ...(kept === undefined ? {} : { context: { 'aws:SourceIdentity': kept } }),
      })
      return { ...roleAnswer(session, to), SourceIdentity: kept }
    },
  },
  AssumeRoleWithWebIdentity: {
    permission: 'own',
    run(call) {
      const { estate, clock, params, enforced } = call
      const to = target(call)
      const name = sessionName(call)
      const denied = new AwsError(
        'AccessDenied',
        403,
        'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      )
      if (to === undefined) throw denied
      const identity = readWebIdentity(params.need('WebIdentityToken'), to.account, enforced, Date.now())
      const trust = evaluateTrust(to.role.trust, {
        action: 'sts:AssumeRoleWithWebIdentity',
        principal: { arn: '', account: '', federated: identity.provider.arn },
        context: { ...identity.context, 'sts:RoleSessionName': name },
      })
      if (trust.decision !== 'allowed') throw denied
      const session = issue(estate, clock.ms(), roleSeconds(call, to.role), {
        principal: { kind: 'role', account: to.account.id, name: to.role.name, id: to.role.id },
        name,
        ...narrowing(call),
        context: identity.context,
      })
      return {
        ...roleAnswer(session, to),
        SubjectFromWebIdentityToken: identity.subject,
        Provider: identity.provider.arn,
        Audience: identity.audience,
      }
    },
  },
}

function principalOf({ account, principal }: Caller, kind: 'user' | 'federated'): Session['principal'] {
  if (!('user' in principal)) throw new TypeError('a role has no user')
  return { kind, account, name: principal.user.name, id: principal.user.id }
}
