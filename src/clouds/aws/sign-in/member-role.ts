import { z } from 'zod'
import { Fault } from '../../../model/fault.ts'
import type { Json } from '../../../model/json.ts'
import { scopeSchema } from '../connect.ts'
import { type PolicyPartition, policyDocument } from '../policy.ts'

const PRINCIPAL = /^arn:(aws[\w-]*):iam::(\d{12}):(?:role|user)\/[\w+=,.@/-]{1,576}$/

/** Role ARNs in one statement; a managed policy has 6,144 characters (IAM quotas). More are one ARN with a wildcard. */
const MOST_ARNS = 20

/** ARN of the identity that interdict runs as, where it is known, and where the policies are to be used. */
export interface Access {
  principal?: string | undefined
  partition?: PolicyPartition
}

/** How the accounts of a scope are entered. */
interface Entry {
  /** The caller's own account is looked at, too. */
  own: boolean
  /** ARNs of the roles to assume in the other accounts. */
  roles: string[]
  role: string | undefined
  externalId: string | undefined
  /** The accounts are asked of AWS Organizations. */
  organization: boolean
  /** ARN of the role that writes guard policies, where one is to be assumed. */
  guard: string | undefined
}

/**
 * The least that the identity that interdict runs as needs in its own account: the permissions themselves where that account
 * is looked at, and what it takes to find and enter the others (`organizations:ListAccounts`, `sts:AssumeRole`). Throws
 * `usage` where no role is named for other accounts, `invalid-playbook` for a scope of another shape.
 *
 * @param scope `scope.aws`, with inputs and flags filled in
 */
export function homePolicy(
  permissions: readonly string[],
  scope: Json,
  { principal, partition }: Access = {},
): Json {
  const { own, roles, organization, guard } = entryOf(scope, principal, partition)
  const assumed = [...roles, ...(guard === undefined ? [] : [guard])]
  return policyDocument(
    [...(own ? permissions : ['sts:GetCallerIdentity']), ...(assumed.length > 0 ? ['sts:AssumeRole'] : [])],
    partition,
    { assumed, organization },
  )
}

/**
 * The role of the other accounts, and its trust policy. The account is the principal and the identity a condition, since IAM
 * replaces a role in `Principal` by its unique id, and the trust would end when that role is made again (IAM User Guide, "AWS
 * JSON policy elements: Principal"). Without a principal it has a placeholder, with which IAM refuses the policy. Undefined where a scope has no other accounts. Faults: see `homePolicy`.
 */
export function memberRole(
  scope: Json,
  { principal: known, partition }: Access = {},
): { role: string; trust: Json } | undefined {
  const { roles, role, externalId } = entryOf(scope, known, partition)
  if (roles.length === 0 || role === undefined) return undefined
  const principal = known ?? `arn:${partition?.name ?? 'aws'}:iam::HOME_ACCOUNT:role/RESPONDER`
  const [, name = 'aws', , , account = ''] = principal.split(':')
  return {
    role,
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Interdict',
          Effect: 'Allow',
          Principal: { AWS: `arn:${name}:iam::${account}:root` },
          Action: 'sts:AssumeRole',
          Condition: {
            ArnEquals: { 'aws:PrincipalArn': principal },
            ...(externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } }),
          },
        },
      ],
    },
  }
}

function entryOf(scope: Json, principal: string | undefined, used: PolicyPartition | undefined): Entry {
  const checked = scopeSchema.safeParse(scope)
  if (!checked.success) {
    throw new Fault('invalid-playbook', `scope.aws: ${z.prettifyError(checked.error)}`, {
      where: 'scope.aws',
    })
  }
  if (principal !== undefined && !PRINCIPAL.test(principal)) {
    throw new Fault('usage', `${JSON.stringify(principal)} is not the ARN of a role or a user`, {
      where: '--principal',
      next: 'write it like arn:aws:iam::111122223333:role/responder; for a session, the ARN of its role',
    })
  }
  const { accounts, role, externalId, guard } = checked.data
  const [, partition = used?.name ?? 'aws', home] = PRINCIPAL.exec(principal ?? '') ?? []
  const organization = accounts.includes('organization')
  const ids = accounts.filter(each => each !== 'self' && each !== 'organization')
  const others = ids.filter(each => each !== home)
  const hasOthers = organization || others.length > 0
  if (hasOthers && role === undefined) {
    throw new Fault('usage', 'no role is named by which the other accounts can be entered', {
      where: '--role',
      next: 'add --role NAME, the role to assume in each of them',
    })
  }
  const arnIn = (account: string) => `arn:${partition}:iam::${account}:role/${role?.replace(/^\//, '')}`
  return {
    own: organization || accounts.includes('self') || ids.length > others.length,
    roles: !hasOthers ? [] : organization || others.length > MOST_ARNS ? [arnIn('*')] : others.map(arnIn),
    role,
    externalId,
    organization,
    guard: guard?.roleArn,
  }
}
