import type { Right } from '../../../model/capability.ts'
import { unlessBug } from '../../../model/fault.ts'
import type { AwsClient } from '../client.ts'
import { iamPages } from '../http/pages.ts'

/** Policies of a principal, asked about actions on resources. */
export interface Simulated {
  /** ARN of a user or a role; never one of STS. */
  principal: string
  actions: readonly string[]
  resources: readonly string[]
  context: readonly { key: string; type: 'string' | 'boolean' | 'date'; value: string }[]
}

/** Actions of one call. IAM documents no limit. */
const AT_ONCE = 50

const ASKING = 'iam:SimulatePrincipalPolicy'

/**
 * Whether the principal may call each action, by IAM's policy simulator. It takes boundaries into account, and service
 * control policies that have no condition; it sees no session policy and no resource control policy (IAM User Guide, "IAM
 * policy testing with the IAM policy simulator"). A decision that may hang on a condition key which the simulator was not
 * given is `unknown`. Where it does not answer, all are `unknown`; throws `bug` and `interrupted` alone.
 */
export async function simulated(client: AwsClient, asked: Simulated): Promise<Map<string, Right>> {
  const found = new Map<string, Right>()
  for (let at = 0; at < asked.actions.length; at += AT_ONCE) {
    const actions = asked.actions.slice(at, at + AT_ONCE)
    for (const [action, right] of await part(client, { ...asked, actions })) found.set(action, right)
  }
  return found
}

async function part(client: AwsClient, asked: Simulated): Promise<Map<string, Right>> {
  try {
    return await ask(client, asked)
  } catch (error) {
    const fault = unlessBug(error)
    // One action that the simulator does not take with the others must not hide what it says of them.
    if (fault.code === 'rejected' && asked.actions.length > 1) {
      const each = asked.actions.map(action => part(client, { ...asked, actions: [action] }))
      return new Map((await Promise.all(each)).flatMap(answers => [...answers]))
    }
    const why = fault.code === 'denied' ? ASKING : fault.message
    return new Map(asked.actions.map(action => [action, { held: 'unknown', why }]))
  }
}

async function ask(
  client: AwsClient,
  { principal, actions, resources, context }: Simulated,
): Promise<Map<string, Right>> {
  const results = await iamPages(
    marker =>
      client.iam('SimulatePrincipalPolicy', {
        PolicySourceArn: principal,
        ActionNames: [...actions],
        ResourceArns: [...resources],
        ContextEntries: context.map(({ key, type, value }) => ({
          ContextKeyName: key,
          ContextKeyType: type,
          ContextKeyValues: [value],
        })),
        ...marker,
      }),
    ({ EvaluationResults }) => EvaluationResults,
  )
  const found = new Map<string, Right>()
  for (const action of actions) {
    // One result for each action, with the resources in it; older endpoints answer with one for each resource.
    const own = results.filter(({ EvalActionName }) => EvalActionName?.toLowerCase() === action.toLowerCase())
    found.set(action, rightOf(own))
  }
  return found
}

interface Detail {
  EvalResourceName?: string | undefined
  EvalResourceDecision?: string | undefined
  MissingContextValues?: string[] | undefined
  PermissionsBoundaryDecisionDetail?: { AllowedByPermissionsBoundary?: boolean | undefined } | undefined
}

interface Result {
  EvalResourceName?: string | undefined
  EvalDecision?: string | undefined
  MissingContextValues?: string[] | undefined
  ResourceSpecificResults?: Detail[] | undefined
  OrganizationsDecisionDetail?: { AllowedByOrganizations?: boolean | undefined } | undefined
  PermissionsBoundaryDecisionDetail?: { AllowedByPermissionsBoundary?: boolean | undefined } | undefined
}

function rightOf(results: readonly Result[]): Right {
  if (results.length === 0) return { held: 'unknown', why: 'the policy simulator gave no answer' }
  const details = results.flatMap((result): Detail[] => {
    const { ResourceSpecificResults: specific = [], EvalDecision, ...rest } = result
    return specific.length > 0 ? specific : [{ ...rest, EvalResourceDecision: EvalDecision }]
  })
  const keys = new Set([...results, ...details].flatMap(each => each.MissingContextValues ?? []))
  if (keys.size > 0) {
    return { held: 'unknown', why: `a policy asks for ${[...keys].sort().join(', ')}` }
  }
  const isAllowed = (each: Detail) => each.EvalResourceDecision === 'allowed'
  const refused = details.filter(each => !isAllowed(each))
  if (refused.length === 0) return { held: 'yes' }
  if (refused.length < details.length) {
    return {
      held: 'part',
      where: `not on ${refused.map(each => shortName(each.EvalResourceName)).join(', ')}`,
    }
  }
  if (results.some(each => each.OrganizationsDecisionDetail?.AllowedByOrganizations === false)) {
    return { held: 'no', where: 'a service control policy does not allow it' }
  }
  const isBounded = [...results, ...details].some(
    each => each.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false,
  )
  return isBounded ? { held: 'no', where: 'the permissions boundary does not allow it' } : { held: 'no' }
}

/** `user/ci-deploy` of its ARN. */
function shortName(arn: string | undefined): string {
  return arn?.split(':').slice(5).join(':') || arn || '?'
}
