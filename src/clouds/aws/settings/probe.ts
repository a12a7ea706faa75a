import { Fault } from '../../../model/fault.ts'
import type { Context, Probe } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { iamPages } from '../http/pages.ts'
import { secondsAfter } from './denials.ts'
import { arnOf } from './settings.ts'

export interface Question {
  /** Whole names of actions: the simulator takes no wildcards. */
  actions: readonly string[]
  resources?: readonly string[]
  /** Global condition keys as a request would carry them. */
  context?: readonly { key: string; type: 'string' | 'date' | 'ip' | 'boolean'; value: string }[]
}

/**
 * Asks IAM's policy simulator about the identity. `denied` only if every action is denied explicitly on every resource: an
 * implicit denial is not ours, and may not hold against resource policies. The simulator sees no session policies, no resource
 * policies of roles, and no service control policies with conditions (IAM User Guide, "IAM policy testing with the IAM
 * policy simulator"). Throws the Fault where it does not answer: not permitted, not implemented, throttled, or an answer that
 * leaves out what was asked.
 */
export async function simulate(
  client: AwsClient,
  { identity, now, ends }: Context,
  asked: Question,
): Promise<Probe | 'pending'> {
  const question = ends === undefined ? asked : { ...asked, context: [...(asked.context ?? []), timeOf(now)] }
  const { actions, resources = [] } = question
  const decisions = await decide(client, arnOf(client, identity), question)
  if (actions.every(action => (decisions.get(action.toLowerCase()) ?? []).length >= resources.length)) {
    return verdict([...decisions.values()].flat())
  }
  // One decision for several resources is the most restrictive one: each has to be asked about alone.
  const alone: string[] = []
  for (const resource of resources) {
    const of = await decide(client, arnOf(client, identity), { ...question, resources: [resource] })
    alone.push(...[...of.values()].flat())
  }
  return verdict(alone)
}

/** A deny that carries its end holds now: the simulator knows the time of a request only if it is given. */
function timeOf(now: string): NonNullable<Question['context']>[number] {
  return { key: 'aws:CurrentTime', type: 'date', value: secondsAfter(now, 0) }
}

function verdict(decisions: readonly string[]): Probe | 'pending' {
  if (decisions.some(each => each === 'allowed')) return 'allowed'
  return decisions.every(each => each === 'explicitDeny') ? 'denied' : 'pending'
}

/**
 * The decisions by action in lower case. IAM gave one result for each action and resource until 2026, and gives one for each
 * action since then, with the resources inside it (IAM API Reference, "EvaluationResult").
 */
async function decide(
  client: AwsClient,
  PolicySourceArn: string,
  { actions, resources, context }: Question,
): Promise<Map<string, string[]>> {
  const input = {
    PolicySourceArn,
    ActionNames: [...actions],
    ...(resources ? { ResourceArns: [...resources] } : {}),
    ...(context
      ? {
          ContextEntries: context.map(({ key, type, value }) => ({
            ContextKeyName: key,
            ContextKeyType: type,
            ContextKeyValues: [value],
          })),
        }
      : {}),
  }
  const results = await iamPages(
    Marker => client.iam('SimulatePrincipalPolicy', { ...input, ...Marker }),
    ({ EvaluationResults }) => EvaluationResults,
  )
  const decisions = new Map<string, string[]>()
  for (const { EvalActionName = '', EvalDecision, ResourceSpecificResults = [] } of results) {
    const name = EvalActionName.toLowerCase()
    const each = ResourceSpecificResults.map(({ EvalResourceDecision }) => EvalResourceDecision ?? '')
    const known = decisions.get(name) ?? []
    decisions.set(name, [...known, ...(each.length > 0 ? each : [EvalDecision ?? ''])])
  }
  const left = actions.filter(action => !decisions.has(action.toLowerCase()))
  if (left.length > 0) {
    throw new Fault('unsupported', `the policy simulator gave no decision about ${left.join(', ')}`, {
      where: 'iam:SimulatePrincipalPolicy',
    })
  }
  return decisions
}
