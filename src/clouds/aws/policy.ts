import type { Json } from '../../model/json.ts'

interface Group {
  /** Letters and digits; the only place in a policy document to say what a statement is for. */
  sid: string
  /** Operations, as `service:Name`. */
  actions: RegExp
  resources: string[]
  condition?: Condition
}

interface Condition {
  [operator: string]: { [key: string]: string[] }
}

/** `PARTITION` and `SUFFIX` stand for those of the account. */
const USERS = 'arn:PARTITION:iam::*:user/*'
const ROLES = 'arn:PARTITION:iam::*:role/*'

/** Where the policy is to be used. */
export interface PolicyPartition {
  /** E.g. `aws`, `aws-us-gov`. */
  name: string
  dnsSuffix: string
}

const COMMERCIAL: PolicyPartition = { name: 'aws', dnsSuffix: 'amazonaws.com' }

/** Roles are entered by ARN, see `policyDocument`. */
const ASSUME_ROLE: Group = { sid: 'AssumeRole', actions: /^sts:AssumeRole$/, resources: [ROLES] }

/**
 * The first group that an operation fits decides on its resources. `iam:PutUserPolicy` and `iam:PutRolePolicy` have no
 * condition key for the name or content of an inline policy: a holder of them on every role can become any role
 * (Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM"). The statement says so by its
 * Sid; narrow its resources to the paths that may need containing.
 */
const GROUPS: readonly Group[] = [
  {
    sid: 'CredentialStatus',
    actions: /^iam:Update(AccessKey|ServiceSpecificCredential|SigningCertificate|SSHPublicKey)$/,
    resources: [USERS],
  },
  {
    sid: 'PowerfulInlinePolicies',
    actions: /^iam:(Put|Delete)(User|Role)Policy$/,
    resources: [USERS, ROLES],
  },
  {
    sid: 'PowerfulManagedPolicies',
    actions: /^iam:(Attach|Detach)(User|Role)Policy$/,
    resources: [USERS, ROLES],
  },
  {
    sid: 'PowerfulBoundaries',
    actions: /^iam:(Put|Delete)(User|Role)PermissionsBoundary$/,
    resources: [USERS, ROLES],
  },
  { sid: 'PowerfulTrust', actions: /^iam:UpdateAssumeRolePolicy$/, resources: [ROLES] },
  {
    sid: 'GroupMembership',
    actions: /^iam:(AddUserToGroup|RemoveUserFromGroup)$/,
    resources: ['arn:PARTITION:iam::*:group/*'],
  },
  {
    sid: 'OpenIDConnectAudiences',
    actions: /^iam:(AddClientIDTo|RemoveClientIDFrom)OpenIDConnectProvider$/,
    resources: ['arn:PARTITION:iam::*:oidc-provider/*'],
  },
  {
    sid: 'PassRoleToInstances',
    actions: /^iam:PassRole$/,
    resources: [ROLES],
    // Service principals of other partitions are known with either suffix.
    condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.SUFFIX'] } },
  },
  {
    sid: 'InstanceProfileOfInstances',
    actions: /^ec2:(Associate|Disassociate)IamInstanceProfile$/,
    resources: ['arn:PARTITION:ec2:*:*:instance/*'],
  },
  ASSUME_ROLE,
  { sid: 'ReadOnly', actions: /:(Get|List|Describe|Simulate|Generate)/, resources: ['*'] },
]

const REST: Group = { sid: 'Other', actions: /^/, resources: ['*'] }

/** Made with other credentials: those of the organization's management account or of a delegated administrator. */
const OF_GUARD = /^organizations:/

/**
 * The least that the identity that writes guard policies needs, in its own account; undefined where none is written. A
 * delegated administrator needs the same from the resource policy of the organization (`PutResourcePolicy`).
 */
export function guardPolicyDocument(permissions: readonly string[]): Json | undefined {
  const own = [...new Set(permissions)].filter(each => OF_GUARD.test(each)).sort()
  const isRead = (action: string) => /:(List|Describe)/.test(action)
  const writes = own.filter(action => !isRead(action))
  if (own.length === 0) return undefined
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ServiceControlPolicies',
        Effect: 'Allow',
        Action: writes,
        Resource: '*',
        Condition: { StringEquals: { 'organizations:PolicyType': 'SERVICE_CONTROL_POLICY' } },
      },
      { Sid: 'ReadOnly', Effect: 'Allow', Action: own.filter(isRead), Resource: '*' },
      // `doctor` asks what this identity may do.
      {
        Sid: 'OwnRights',
        Effect: 'Allow',
        Action: ['iam:GetRole', 'iam:SimulatePrincipalPolicy'],
        Resource: '*',
      },
    ],
  }
}

/**
 * The least that an identity needs for these permissions, as an IAM policy document: one statement for each group of
 * operations, with the resources that IAM lets it be narrowed to.
 *
 * @param entry ARNs of the roles that are assumed, and whether the accounts of the organization are listed
 */
export function policyDocument(
  permissions: readonly string[],
  partition = COMMERCIAL,
  { assumed = [], organization = false }: { assumed?: readonly string[]; organization?: boolean } = {},
): Json {
  const grouped = new Map<Group, string[]>()
  for (const permission of [...new Set(permissions)].sort()) {
    if (OF_GUARD.test(permission)) continue
    const group = GROUPS.find(each => each.actions.test(permission)) ?? REST
    grouped.set(group, [...(grouped.get(group) ?? []), permission])
  }
  const listing = {
    Sid: 'OrganizationAccounts',
    Effect: 'Allow',
    Action: ['organizations:ListAccounts'],
    Resource: ['*'],
  }
  return {
    Version: '2012-10-17',
    Statement: [...GROUPS, REST].flatMap((group): Json[] => {
      const before = group === ASSUME_ROLE && organization ? [listing] : []
      const actions = grouped.get(group)
      if (actions === undefined) return before
      const { sid, condition } = group
      const resources = group === ASSUME_ROLE && assumed.length > 0 ? [...assumed] : group.resources
      return [
        ...before,
        {
          Sid: sid,
          Effect: 'Allow',
          Action: actions,
          Resource: resources
            .filter(each => group === ASSUME_ROLE || resources.length === 1 || concerns(actions, each))
            .map(each => each.replace('PARTITION', partition.name)),
          ...(condition === undefined ? {} : { Condition: conditionIn(partition, condition) }),
        },
      ]
    }),
  }
}

function conditionIn({ dnsSuffix }: PolicyPartition, condition: Condition): Condition {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [
          key,
          [...new Set(values.map(value => value.replace('SUFFIX', dnsSuffix)))],
        ]),
      ),
    ]),
  )
}

/** A playbook that only stops users asks for nothing on roles. */
function concerns(actions: readonly string[], resource: string): boolean {
  const noun = resource === USERS ? 'User' : 'Role'
  return actions.some(each => each.includes(noun))
}
