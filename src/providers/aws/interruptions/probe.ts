import type { Context, Probe } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { pages } from '../pages.ts'
import { arnOf } from './settings.ts'

export interface Question {
  /** Whole names of actions: the simulator takes no wildcards. */
  actions: readonly string[]
  resources?: readonly string[]
  /** Global condition keys as a request would carry them. */
  context?: readonly { key: string; type: 'string' | 'date' | 'ip' | 'boolean'; value: string }[]
}

/**
 * Asks IAM's policy simulator about the identity. `denied` only when every action is denied explicitly: an implicit
 * denial is not ours, and may not hold against resource policies. The simulator sees no session policies, no resource
 * policies of roles, and no service control policies with conditions (IAM User Guide, "IAM policy testing with the IAM
 * policy simulator"). Throws the Fault where it does not answer: not permitted, not implemented, throttled.
 */
export async function simulate(
  client: AwsClient,
  { identity }: Context,
  question: Question,
): Promise<Probe | 'pending'> {
  const input = {
    PolicySourceArn: arnOf(client, identity),
    ActionNames: [...question.actions],
    ...(question.resources ? { ResourceArns: [...question.resources] } : {}),
    ...(question.context
      ? {
          ContextEntries: question.context.map(({ key, type, value }) => ({
            ContextKeyName: key,
            ContextKeyType: type,
            ContextKeyValues: [value],
          })),
        }
      : {}),
  }
  const results = await pages(async Marker => {
    const page = await client.iam('SimulatePrincipalPolicy', { ...input, ...Marker })
    return { items: page.EvaluationResults ?? [], marker: page.IsTruncated ? page.Marker : undefined }
  })
  const decisions = results.map(each => each.EvalDecision)
  if (decisions.some(each => each === 'allowed')) return 'allowed'
  const all = decisions.length === question.actions.length && decisions.every(each => each === 'explicitDeny')
  return all ? 'denied' : 'pending'
}
