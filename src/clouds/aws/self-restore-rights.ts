import type { Identity } from '../../model/identity.ts'
import type { AwsClient } from './client.ts'
import { iamPages } from './http/pages.ts'
import { listedUser } from './settings/bulk-reading.ts'
import { arnOf } from './settings/settings.ts'

/** Calls by which a user takes back what is done to it: denies removed or written over, boundary changed, keys switched on. */
const OF_A_USER = [
  'iam:DeleteUserPolicy',
  'iam:DetachUserPolicy',
  'iam:PutUserPolicy',
  'iam:DeleteUserPermissionsBoundary',
  'iam:PutUserPermissionsBoundary',
  'iam:UpdateAccessKey',
]
const OF_A_ROLE = [
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:PutRolePolicy',
  'iam:DeleteRolePermissionsBoundary',
  'iam:PutRolePermissionsBoundary',
  'iam:UpdateAssumeRolePolicy',
]

/**
 * Which of these calls the policies of an identity, or of the user that a credential belongs to, allow on itself: by IAM's
 * simulator, which sees no service control policy with a condition, and no session policy. Rejects where it cannot be asked.
 */
export async function undoes(client: AwsClient, identity: Identity): Promise<string[]> {
  const arn = await principalArn(client, identity)
  if (arn === undefined) return []
  const results = await iamPages(
    Marker =>
      client.iam('SimulatePrincipalPolicy', {
        PolicySourceArn: arn,
        ActionNames: arn.includes(':user/') ? OF_A_USER : OF_A_ROLE,
        ResourceArns: [arn],
        ...Marker,
      }),
    ({ EvaluationResults }) => EvaluationResults,
  )
  return results.flatMap(({ EvalDecision, EvalActionName }) =>
    EvalDecision === 'allowed' && EvalActionName !== undefined ? [EvalActionName] : [],
  )
}

/** So many owners are asked for one by one. */
const FEW = 3

/** The owners of credentials whose ARN was asked for. */
const asked = new WeakMap<AwsClient, Set<string>>()

async function principalArn(client: AwsClient, identity: Identity): Promise<string | undefined> {
  if (identity.kind === 'user' || identity.kind === 'role') return arnOf(client, identity)
  const { user } = identity.facts
  if (typeof user !== 'string' || user === '') return undefined
  const owners = asked.get(client) ?? new Set<string>()
  asked.set(client, owners.add(user))
  // One listing serves the owners of many credentials, and is dearer than a few of them.
  const listed = owners.size > FEW ? await listedUser(client, user) : undefined
  return listed?.Arn ?? (await client.iam('GetUser', { UserName: user })).User?.Arn
}
