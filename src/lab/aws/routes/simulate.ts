import { boundaryOf, identityPolicies } from '../authorize.ts'
import { keyOf } from '../estate.ts'
import type { RequestContext } from '../evaluate/conditions.ts'
import { statementsOf } from '../evaluate/document.ts'
import { type Decision, evaluate, type Policy, type Verdict } from '../evaluate/evaluate.ts'
import type { Principal } from '../store.ts'
import { AwsError, notFound, type Params } from '../wire.ts'
import { type Call, page, type Routes, sorted } from './route.ts'

/** The most restrictive first: it speaks for all resources. */
const SEVERITY: readonly Decision[] = ['explicitDeny', 'implicitDeny', 'allowed']

function source({ account, params, enforced: view }: Call): Principal {
  const arn = params.need('PolicySourceArn')
  const [, kind, name = ''] = /^arn:aws:iam::\d{12}:(user|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (kind === undefined) throw new AwsError('InvalidInput', 400, `Invalid Entity Arn: ${arn}`)
  const user = kind === 'user' ? account.users.get(keyOf({ name }), view) : undefined
  const role = kind === 'role' ? account.roles.get(keyOf({ name }), view) : undefined
  if (user !== undefined) return { user }
  if (role !== undefined) return { role }
  throw notFound(`Entity ${arn} cannot be found.`)
}

function given(params: Params, list: string, type: Policy['type']): Policy[] {
  return params.list(`${list}.member`).map((document, at) => ({ name: `${list}.${at + 1}`, type, document }))
}

/** Policies that the call leaves out. A name that matches none is ignored. */
function isExcluded(exclusions: readonly Params[], { name, type }: Policy, arn: string | undefined): boolean {
  return exclusions.some(exclusion => {
    const excluded = exclusion.get('PolicyArn')
    if (excluded !== undefined) return excluded === arn
    const inline = exclusion.get('InlinePolicyIdentifier.PolicyName')
    if (inline === undefined) return false
    const holder = exclusion.get('InlinePolicyIdentifier.AttachmentName')
    return name ===
      `${exclusion.get('InlinePolicyIdentifier.AttachmentType')?.toLowerCase()}_${holder}_${inline}`
      ? type !== 'aws-managed' && type !== 'user-managed'
      : false
  })
}

function contextOf(params: Params): RequestContext {
  return Object.fromEntries(
    params
      .structures('ContextEntries.member')
      .map(entry => [entry.need('ContextKeyName'), entry.list('ContextKeyValues.member')]),
  )
}

function statements({ matched }: Verdict) {
  return matched.map(({ policy, type, statementIndex }) => ({
    SourcePolicyId: policy,
    SourcePolicyType: type,
    // Positions are of the statement's number, not of its text, which nothing here keeps.
    StartPosition: { Line: statementIndex + 1, Column: 1 },
    EndPosition: { Line: statementIndex + 1, Column: 2 },
  }))
}

/**
 * The service control policies that the simulator takes into account: none with a condition in it (IAM User Guide, "IAM
 * policy testing with the IAM policy simulator").
 */
function withoutConditions(levels: Policy[][] | undefined): Policy[][] | undefined {
  return levels?.map(policies =>
    policies.filter(({ document }) =>
      statementsOf(document).every(({ conditions }) => conditions.length === 0),
    ),
  )
}

function organizationDetail({ allowedByOrganization }: Verdict) {
  return allowedByOrganization === undefined ? undefined : { AllowedByOrganizations: allowedByOrganization }
}

function boundaryDetail({ allowedByBoundary }: Verdict) {
  return allowedByBoundary === undefined ? undefined : { AllowedByPermissionsBoundary: allowedByBoundary }
}

export const simulate: Routes = {
  SimulatePrincipalPolicy: {
    resource: ({ params }) => params.need('PolicySourceArn'),
    run(call) {
      // The simulator is fed from the same replicas as the data plane, so it learns of a write no sooner.
      const { estate, account, params, enforced: view } = call
      const principal = source(call)
      const record = 'user' in principal ? principal.user : principal.role
      const exclusions = params.structures('PolicyExclusionList.member')
      const arnOf = (policy: Policy) => record.attached.find(arn => arn.endsWith(`/${policy.name}`))
      const own = identityPolicies(estate, account, principal, view).filter(
        policy => !isExcluded(exclusions, policy, arnOf(policy)),
      )
      const identity = [...own, ...given(params, 'PolicyInputList', 'none')]
      const [replaced] = given(params, 'PermissionsBoundaryPolicyInputList', 'none')
      const boundary = replaced ?? boundaryOf(estate, account, record.boundary, view)
      const resources = params.list('ResourceArns.member')
      const context = contextOf(params)
      const organizationPolicies = withoutConditions(
        estate.organization?.limitsOf(account.id, principal, view),
      )

      const actions = params.list('ActionNames.member')
      const inOrder = (action: string) => String(actions.indexOf(action)).padStart(4, '0')
      const { items, more } = page(call, sorted(actions, inOrder))
      const EvaluationResults = items.map(action => {
        const verdicts = (resources.length === 0 ? ['*'] : resources).map(resource => {
          const verdict = evaluate({
            action,
            resource,
            context,
            identityPolicies: identity,
            boundary,
            organizationPolicies,
          })
          return { resource, verdict }
        })
        const severity = ({ verdict }: (typeof verdicts)[number]) => SEVERITY.indexOf(verdict.decision)
        const [worst] = verdicts.toSorted((a, b) => severity(a) - severity(b))
        if (worst === undefined) throw new TypeError('no resource to simulate')
        return {
          EvalActionName: action,
          EvalResourceName: resources.length === 1 ? resources[0] : '*',
          EvalDecision: worst.verdict.decision,
          MatchedStatements: statements(worst.verdict),
          MissingContextValues: [...new Set(verdicts.flatMap(({ verdict }) => verdict.missingContext))],
          PermissionsBoundaryDecisionDetail: boundaryDetail(worst.verdict),
          OrganizationsDecisionDetail: organizationDetail(worst.verdict),
          ResourceSpecificResults:
            resources.length === 0
              ? undefined
              : verdicts.map(({ resource, verdict }) => ({
                  EvalResourceName: resource,
                  EvalResourceDecision: verdict.decision,
                  MatchedStatements: statements(verdict),
                  MissingContextValues: verdict.missingContext,
                  PermissionsBoundaryDecisionDetail: boundaryDetail(verdict),
                })),
        }
      })
      return { EvaluationResults, ...more }
    },
  },
}
