/**
 * AWS managed policies that the estate knows, with documents as AWS publishes them where they are short
 * (AWS Managed Policy Reference Guide) and cut down to the services of the lab where they are long.
 */
export interface ManagedDocument {
  name: string
  path: string
  document: object
}

const statement = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements })
const allow = (actions: string | string[]) => statement({ Effect: 'Allow', Action: actions, Resource: '*' })

/** Actions that AWS denies to a user whose key it found in public, from version to version some more. */
const QUARANTINED = [
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:ChangePassword',
  'iam:CreateAccessKey',
  'iam:CreateInstanceProfile',
  'iam:CreateLoginProfile',
  'iam:CreatePolicyVersion',
  'iam:CreateRole',
  'iam:CreateUser',
  'iam:DetachUserPolicy',
  'iam:PassRole',
  'iam:PutGroupPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPermissionsBoundary',
  'iam:PutUserPolicy',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAccessKey',
  'iam:UpdateAccountPasswordPolicy',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
  'iam:UpdateUser',
  'ec2:RequestSpotInstances',
  'ec2:RunInstances',
  'ec2:StartInstances',
  'lambda:CreateFunction',
  'lightsail:Create*',
  'organizations:CreateAccount',
  'organizations:CreateOrganization',
  'organizations:InviteAccountToOrganization',
]
const QUARANTINED_LATER = ['bedrock:InvokeModel*', 's3:DeleteBucket', 's3:DeleteObject*', 'ses:*', 'sns:*']
const QUARANTINED_LAST = ['ecs:CreateCluster', 'sagemaker:CreateNotebookInstance', 'ssm:StartSession']

const quarantine = (name: string, actions: string[]) => ({
  name,
  path: '/',
  document: statement({ Effect: 'Deny', Action: actions, Resource: ['*'] }),
})

export const MANAGED_POLICIES: readonly ManagedDocument[] = [
  {
    name: 'AWSDenyAll',
    path: '/',
    document: statement({ Sid: 'DenyAll', Effect: 'Deny', Action: ['*'], Resource: '*' }),
  },
  { name: 'AdministratorAccess', path: '/', document: allow('*') },
  {
    name: 'PowerUserAccess',
    path: '/',
    document: statement(
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      { Effect: 'Allow', Action: ['iam:ListRoles', 'organizations:DescribeOrganization'], Resource: '*' },
    ),
  },
  {
    name: 'ReadOnlyAccess',
    path: '/',
    document: allow([
      'cloudtrail:LookupEvents',
      'ec2:Describe*',
      'iam:Generate*',
      'iam:Get*',
      'iam:List*',
      'iam:Simulate*',
      'organizations:Describe*',
      'organizations:List*',
      's3:Get*',
      's3:List*',
      'secretsmanager:DescribeSecret',
      'secretsmanager:List*',
      'sts:GetCallerIdentity',
    ]),
  },
  {
    name: 'SecurityAudit',
    path: '/',
    document: allow(['iam:Get*', 'iam:List*', 'ec2:Describe*', 'cloudtrail:Get*']),
  },
  { name: 'SecretsManagerReadWrite', path: '/', document: allow('secretsmanager:*') },
  { name: 'AmazonS3ReadOnlyAccess', path: '/', document: allow(['s3:Get*', 's3:List*']) },
  {
    name: 'AmazonDynamoDBReadOnlyAccess',
    path: '/',
    document: allow(['dynamodb:Get*', 'dynamodb:Query', 'dynamodb:Scan']),
  },
  { name: 'AmazonSQSFullAccess', path: '/', document: allow('sqs:*') },
  { name: 'AmazonSNSReadOnlyAccess', path: '/', document: allow(['sns:Get*', 'sns:List*']) },
  {
    name: 'AmazonBedrockLimitedAccess',
    path: '/',
    document: allow(['bedrock:InvokeModel*', 'bedrock:CallWithBearerToken']),
  },
  {
    name: 'AmazonSSMManagedInstanceCore',
    path: '/',
    document: allow(['ssm:UpdateInstanceInformation', 'ssmmessages:*']),
  },
  {
    name: 'CloudWatchAgentServerPolicy',
    path: '/',
    document: allow(['cloudwatch:PutMetricData', 'logs:PutLogEvents']),
  },
  {
    name: 'IAMUserChangePassword',
    path: '/',
    document: allow(['iam:ChangePassword', 'iam:GetAccountPasswordPolicy']),
  },
  { name: 'AWSLambdaBasicExecutionRole', path: '/service-role/', document: allow('logs:*') },
  {
    name: 'AWSSupportServiceRolePolicy',
    path: '/aws-service-role/',
    document: allow(['ec2:Describe*', 'iam:GetRole', 's3:GetBucket*']),
  },
  quarantine('AWSCompromisedKeyQuarantine', QUARANTINED),
  quarantine('AWSCompromisedKeyQuarantineV2', [...QUARANTINED, 's3:PutBucketPolicy']),
  quarantine('AWSCompromisedKeyQuarantineV3', [...QUARANTINED, ...QUARANTINED_LATER]),
  quarantine('AWSCompromisedKeyQuarantineV4', [...QUARANTINED, ...QUARANTINED_LATER, ...QUARANTINED_LAST]),
]

/** ARN of a policy that AWS manages, by its name in {@link MANAGED_POLICIES}. */
export function managedArn(name: string): string {
  const policy = MANAGED_POLICIES.find(each => each.name === name)
  if (policy === undefined) throw new TypeError(`the lab has no AWS managed policy ${name}`)
  return `arn:aws:iam::aws:policy${policy.path}${name}`
}
