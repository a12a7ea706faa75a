import type { View } from '../propagation.ts'
import { type Caller, principalArn } from './auth.ts'
import { keyOf, type LiveAccount, type LiveEstate } from './estate.ts'
import type { RequestContext } from './evaluate/conditions.ts'
import { evaluate, type Policy, type Verdict } from './evaluate/evaluate.ts'
import type { Caller as EvaluatedCaller } from './evaluate/principal.ts'
import type { Group, ManagedPolicy, Principal } from './store.ts'
import { AwsError, isJson, type Service } from './wire.ts'

/** The question to the policies of a caller. */
export interface Request {
  action: string
  resource: string
  context: RequestContext
  resourcePolicies?: Policy[]
  crossAccount?: boolean
}

/** Every policy that grants or denies the principal something: inline, attached, and of its groups. */
export function identityPolicies(
  estate: LiveEstate,
  account: LiveAccount,
  principal: Principal,
  view: View,
): Policy[] {
  const managed = (arn: string) => managedPolicy(estate, account, arn, view)
  if ('role' in principal) {
    const { role } = principal
    return [...inline('role', role), ...role.attached.flatMap(managed)]
  }
  const { user } = principal
  const groups = user.groups
    .map(name => account.groups.get(keyOf({ name }), view))
    .filter(group => group !== undefined)
  return [
    ...inline('user', user),
    ...user.attached.flatMap(managed),
    ...groups.flatMap((group: Group) => [...inline('group', group), ...group.attached.flatMap(managed)]),
  ]
}

function inline(
  type: 'user' | 'group' | 'role',
  { name, inline: policies }: { name: string; inline: { [policy: string]: string } },
): Policy[] {
  return Object.entries(policies).map(([policy, document]) => ({
    name: `${type}_${name}_${policy}`,
    type,
    document,
  }))
}

export function managedPolicy(
  estate: LiveEstate,
  account: LiveAccount,
  arn: string,
  view: View,
): [Policy] | [] {
  const policy = estate.policy(account, arn, view)
  if (policy === undefined) return []
  const type = arn.startsWith('arn:aws:iam::aws:') ? 'aws-managed' : 'user-managed'
  return [{ name: policy.name, type, document: defaultDocument(policy) }]
}

export function defaultDocument({ versions, defaultVersion }: ManagedPolicy): string {
  return versions.find(({ id }) => id === defaultVersion)?.document ?? '{"Statement":[]}'
}

/** The policy of a boundary that was deleted allows nothing. */
export function boundaryOf(
  estate: LiveEstate,
  account: LiveAccount,
  arn: string | undefined,
  view: View,
): Policy | undefined {
  if (arn === undefined) return undefined
  const [found] = managedPolicy(estate, account, arn, view)
  return found ?? { name: arn, type: 'user-managed', document: '{"Statement":[]}' }
}

export function judge(estate: LiveEstate, caller: Caller, request: Request, view: View): Verdict {
  const account = estate.accounts.get(caller.account)
  if (account === undefined) throw new TypeError(`no account ${caller.account}`)
  const { principal } = caller
  const record = 'role' in principal ? principal.role : principal.user
  const sessionPolicies = sessionPoliciesOf(estate, account, caller, view)
  return evaluate({
    action: request.action,
    resource: request.resource,
    context: request.context,
    identityPolicies: identityPolicies(estate, account, principal, view),
    boundary: boundaryOf(estate, account, record.boundary, view),
    sessionPolicies,
    resourcePolicies: request.resourcePolicies,
    caller: evaluatedCaller(caller),
    organizationPolicies: estate.organization?.limitsOf(caller.account, principal, view),
    ...(request.crossAccount === undefined ? {} : { crossAccount: request.crossAccount }),
  })
}

function sessionPoliciesOf(
  estate: LiveEstate,
  account: LiveAccount,
  { kind, session }: Caller,
  view: View,
): Policy[] | undefined {
  const { policy, policyArns = [] } = session ?? {}
  // A federated user without policies of its session may do nothing (GetFederationToken, "Permissions").
  if (policy === undefined && policyArns.length === 0) return kind === 'federated' ? [] : undefined
  return [
    ...(policy === undefined ? [] : [{ name: 'session', type: 'none', document: policy }]),
    ...policyArns.flatMap(arn => managedPolicy(estate, account, arn, view)),
  ]
}

export function evaluatedCaller(caller: Caller): EvaluatedCaller {
  const { account, arn, principal } = caller
  if ('role' in principal) return { account, arn, roleArn: principalArn(caller), uniqueId: principal.role.id }
  return { account, arn, uniqueId: principal.user.id }
}

/** The condition keys that every request has (IAM User Guide, "AWS global condition context keys"). */
export function contextOf(
  caller: Caller,
  from: { region: string; address: string; agent: string; now: number },
): RequestContext {
  const { principal, session } = caller
  const { tags } = 'role' in principal ? principal.role : principal.user
  const context: RequestContext = {
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalArn': principalArn(caller),
    'aws:PrincipalType':
      caller.kind === 'role' ? 'AssumedRole' : caller.kind === 'federated' ? 'FederatedUser' : 'User',
    'aws:userid': caller.userId,
    'aws:SourceIp': from.address,
    'aws:UserAgent': from.agent,
    'aws:RequestedRegion': from.region,
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': new Date(from.now).toISOString(),
    'aws:EpochTime': String(Math.floor(from.now / 1000)),
    'aws:ViaAWSService': 'false',
  }
  if ('user' in principal && caller.kind !== 'federated') context['aws:username'] = principal.user.name
  for (const [key, value] of Object.entries(tags)) context[`aws:PrincipalTag/${key}`] = value
  if (session !== undefined) {
    context['aws:TokenIssueTime'] = session.issued
    context['aws:MultiFactorAuthPresent'] = 'false'
    Object.assign(context, session.context)
  }
  return context
}

/** The refusal in the words of AWS, which name the kind of policy that is to blame. */
export function denial(service: Service, caller: Caller, request: Request, verdict: Verdict): AwsError {
  const { action, resource } = request
  const reason =
    verdict.decision === 'explicitDeny'
      ? `with an explicit deny in ${kindOf(verdict)}`
      : verdict.allowedByOrganization === false
        ? `because no service control policy allows the ${action} action`
        : verdict.allowedByBoundary === false
          ? `because no permissions boundary allows the ${action} action`
          : `because no identity-based policy allows the ${action} action`
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`
  if (isJson(service)) return new AwsError('AccessDeniedException', 400, message)
  if (service === 'ec2') {
    const text = `You are not authorized to perform this operation. ${message}`
    return new AwsError('UnauthorizedOperation', 403, text)
  }
  return new AwsError('AccessDenied', 403, message)
}

function kindOf({ matched: [first] }: Verdict): string {
  if (first?.type === 'resource') return 'a resource-based policy'
  if (first?.type === 'scp') return 'a service control policy'
  return first?.type === 'none' ? 'a session policy' : 'an identity-based policy'
}
