import { allow, EKS, GITHUB, policy } from './documents.ts'
import { ACCOUNT } from './ids.ts'
import { managedArn } from './managed-policies.ts'
import type { Inline } from './spec.ts'

/** Everything in the account that is neither user nor role. */

export interface GroupSpec {
  name: string
  path?: string
  inline?: Inline
  attached?: readonly string[]
}

export const GROUPS: readonly GroupSpec[] = [
  { name: 'administrators', attached: [managedArn('AdministratorAccess')] },
  { name: 'auditors', attached: [managedArn('SecurityAudit')] },
  {
    name: 'ci-bots',
    path: '/ci/',
    inline: { 'push-images': policy(allow(['ecr:GetAuthorizationToken', 'ecr:PutImage'])) },
  },
  { name: 'contractors', attached: [managedArn('ReadOnlyAccess')] },
  {
    name: 'data-engineering',
    attached: [managedArn('AmazonS3ReadOnlyAccess'), managedArn('AmazonDynamoDBReadOnlyAccess')],
  },
  { name: 'developers', attached: [managedArn('ReadOnlyAccess'), managedArn('IAMUserChangePassword')] },
  { name: 'payments-developers', inline: { logs: policy(allow('logs:*')) } },
  { name: 'site-reliability', attached: [managedArn('PowerUserAccess')] },
  { name: 'support', attached: [managedArn('ReadOnlyAccess')] },
]

/** Versions from the first to the default one, which is the last unless another is named. */
export interface CustomerPolicySpec {
  name: string
  path?: string
  versions: readonly object[]
  defaultVersion?: string
}

const only = (name: string, ...statements: object[]): CustomerPolicySpec => ({
  name,
  versions: [policy(...statements)],
})

export const CUSTOMER_POLICIES: readonly CustomerPolicySpec[] = [
  {
    name: 'deploy-tools',
    defaultVersion: 'v3',
    versions: [
      policy(allow('s3:*')),
      policy(allow(['s3:GetObject', 's3:PutObject'])),
      policy(allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::acme-artifacts/*')),
      policy(allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'arn:aws:s3:::acme-artifacts/*')),
    ],
  },
  {
    name: 'developer-boundary',
    versions: [
      policy(allow('*')),
      policy(allow('*'), { Effect: 'Deny', Action: ['iam:*', 'organizations:*'], Resource: '*' }),
    ],
  },
  only('read-static-assets', allow('s3:GetObject', 'arn:aws:s3:::acme-static/*')),
  only('warehouse-read', allow(['redshift-data:ExecuteStatement', 'redshift-data:GetStatementResult'])),
  only('rotate-secrets', allow(['secretsmanager:RotateSecret', 'secretsmanager:PutSecretValue'])),
  only('backup-operator', allow(['backup:StartBackupJob', 'backup:ListBackupJobs'])),
  only('queue-consumer', allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'])),
  only('deny-unencrypted', {
    Effect: 'Deny',
    Action: 's3:PutObject',
    Resource: '*',
    Condition: { Null: { 's3:x-amz-server-side-encryption': 'true' } },
  }),
  only('office-only', {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '127.0.0.0/8'] } },
  }),
]

export interface SecretSpec {
  name: string
  /** A resource policy. */
  policy?: object
}

export const SECRETS: readonly SecretSpec[] = [
  { name: 'prod/payments/stripe' },
  { name: 'prod/payments/adyen' },
  { name: 'prod/orders/database' },
  { name: 'prod/billing/sap' },
  { name: 'prod/warehouse/dsn', policy: sharedWith(`arn:aws:iam::${ACCOUNT}:user/warehouse-loader`) },
  { name: 'ci/registry/token' },
  { name: 'ci/signing/key' },
  { name: 'ops/metrics/token' },
  { name: 'docs/site/token' },
  { name: 'partner/exchange' },
  { name: 'vendor/exchange' },
]

/** It lets one user in who has no policy of its own: only an explicit deny stops that user. */
function sharedWith(user: string): object {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: user },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  })
}

export interface ProviderSpec {
  url: string
  clientIds: readonly string[]
  thumbprints: readonly string[]
}

export const PROVIDERS: readonly ProviderSpec[] = [
  {
    url: GITHUB,
    clientIds: ['sts.amazonaws.com'],
    thumbprints: ['6938fd4d98bab03faadb97b34396831e3780aea1'],
  },
  { url: EKS, clientIds: ['sts.amazonaws.com'], thumbprints: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'] },
]
