import {
  allow,
  customerArn,
  ofSize,
  policy,
  reads,
  trustsAws,
  trustsGithub,
  trustsPod,
  trustsService,
} from './documents.ts'
import { ACCOUNT, idOf, MANAGEMENT_ACCOUNT, PARTNER_ACCOUNT, VENDOR_ACCOUNT } from './ids.ts'
import { managedArn } from './managed-policies.ts'
import type { RoleSpec } from './spec.ts'

const root = (account: string) => `arn:aws:iam::${account}:root`
export const SAML = `arn:aws:iam::${ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`

/** The external ids that the partners send (`sts:ExternalId`). */
export const VENDOR_EXTERNAL_ID = 'acme-vendor-7f3a91'
export const PARTNER_EXTERNAL_ID = 'acme-partner-20c4e8'

export const RESPONDER = 'incident-responder'

/** AWS's own, and what nobody may cut off. */
const UNTOUCHABLE: readonly RoleSpec[] = [
  {
    name: RESPONDER,
    path: '/security/',
    age: 300,
    tags: { team: 'security' },
    trust: trustsAws(root(ACCOUNT)),
    attached: [managedArn('AdministratorAccess')],
    description: 'Containment of incidents',
    maxSession: 14400,
    used: 0,
  },
  {
    name: 'OrganizationAccountAccessRole',
    age: 2500,
    trust: trustsAws(root(MANAGEMENT_ACCOUNT)),
    attached: [managedArn('AdministratorAccess')],
    used: 80,
  },
  {
    name: 'AWSControlTowerExecution',
    age: 1400,
    trust: trustsAws(root(MANAGEMENT_ACCOUNT)),
    attached: [managedArn('AdministratorAccess')],
    used: 9,
  },
  {
    name: 'AWSServiceRoleForSupport',
    path: '/aws-service-role/support.amazonaws.com/',
    age: 2500,
    trust: trustsService('support.amazonaws.com'),
    attached: [managedArn('AWSSupportServiceRolePolicy')],
  },
  {
    name: 'AWSServiceRoleForAutoScaling',
    path: '/aws-service-role/autoscaling.amazonaws.com/',
    age: 1800,
    trust: trustsService('autoscaling.amazonaws.com'),
    inline: {},
    used: 0,
  },
  {
    name: 'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
    path: '/aws-reserved/sso.amazonaws.com/eu-west-1/',
    age: 1100,
    trust: policy({
      Effect: 'Allow',
      Principal: { Federated: SAML },
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    }),
    attached: [managedArn('AdministratorAccess')],
    maxSession: 43200,
    used: 0,
  },
]

const PIPELINES: readonly RoleSpec[] = [
  {
    name: 'github-deployer',
    path: '/ci/',
    age: 500,
    tags: { team: 'platform', window: 'weekdays' },
    trust: trustsGithub('repo:acme/shop:*'),
    inline: { deploy: reads('ci/', 'prod/payments/') },
    maxSession: 7200,
    used: 0,
  },
  {
    name: 'github-docs',
    path: '/ci/',
    age: 420,
    trust: trustsGithub('repo:acme/docs:ref:refs/heads/main'),
    inline: { publish: reads('docs/') },
    used: 0,
  },
  {
    name: 'github-legacy',
    path: '/ci/',
    age: 1500,
    trust: trustsGithub(),
    inline: { publish: reads('ci/registry/') },
    used: 33,
  },
  {
    name: 'deploy-prod',
    path: '/ci/',
    age: 900,
    trust: trustsAws(`arn:aws:iam::${ACCOUNT}:user/ci/ci-deploy`),
    attached: [managedArn('PowerUserAccess')],
    used: 1,
  },
]

const THIRD_PARTIES: readonly RoleSpec[] = [
  {
    name: 'vendor-sync',
    path: '/third-party/',
    age: 380,
    tags: { vendor: 'synclet' },
    trust: trustsAws(root(VENDOR_ACCOUNT), { StringEquals: { 'sts:ExternalId': VENDOR_EXTERNAL_ID } }),
    inline: { sync: reads('vendor/exchange') },
    used: 0,
  },
  {
    name: 'vendor-legacy',
    path: '/third-party/',
    age: 1700,
    tags: { vendor: 'synclet' },
    trust: trustsAws(root(VENDOR_ACCOUNT)),
    inline: { read: reads('vendor/', 'prod/orders/'), 'grown-over-years': ofSize(9940) },
    used: 2,
  },
  {
    name: 'partner-reports',
    path: '/third-party/',
    age: 250,
    tags: { vendor: 'tallyhouse' },
    trust: trustsAws(`arn:aws:iam::${PARTNER_ACCOUNT}:user/reporter`, {
      StringEquals: { 'sts:ExternalId': PARTNER_EXTERNAL_ID },
    }),
    inline: { report: reads('partner/') },
    used: 0,
  },
  {
    name: 'old-integration',
    age: 1300,
    description: 'Trusts a role that was deleted; IAM shows the id that it had',
    trust: trustsAws([idOf('AROA', 'deleted-integration'), `arn:aws:iam::${ACCOUNT}:user/warehouse-loader`]),
    inline: { read: reads('partner/') },
  },
]

const WORKLOADS: readonly RoleSpec[] = [
  {
    name: 'payments-api',
    path: '/eks/',
    age: 610,
    tags: { team: 'payments' },
    trust: trustsPod('payments', 'api'),
    inline: { 'read-secrets': reads('prod/payments/') },
    used: 0,
  },
  {
    name: 'orders-worker',
    path: '/eks/',
    age: 480,
    tags: { team: 'orders' },
    trust: trustsPod('orders', 'worker'),
    inline: { 'read-secrets': reads('prod/orders/') },
    used: 0,
  },
  {
    name: 'web-frontend',
    age: 900,
    trust: trustsService('ec2.amazonaws.com'),
    attached: [managedArn('AmazonSSMManagedInstanceCore'), customerArn('read-static-assets')],
    instances: ['i-0a1b2c3d4e5f60001', 'i-0a1b2c3d4e5f60002', 'i-0a1b2c3d4e5f60003', 'i-0a1b2c3d4e5f60004'],
    used: 0,
  },
  {
    name: 'batch-worker',
    age: 700,
    trust: trustsService('ec2.amazonaws.com'),
    attached: [managedArn('AmazonSQSFullAccess')],
    instances: ['i-0a1b2c3d4e5f60011', 'i-0a1b2c3d4e5f60012', 'i-0a1b2c3d4e5f60013'],
    used: 0,
  },
  {
    name: 'bastion',
    age: 1600,
    trust: trustsService('ec2.amazonaws.com'),
    attached: [managedArn('AmazonSSMManagedInstanceCore')],
    instances: ['i-0a1b2c3d4e5f60021'],
    used: 5,
  },
  {
    name: 'log-collector',
    age: 300,
    trust: trustsService('ec2.amazonaws.com'),
    attached: [managedArn('CloudWatchAgentServerPolicy')],
    instances: ['i-0a1b2c3d4e5f60031'],
    used: 0,
  },
  {
    name: 'image-resizer',
    path: '/service-role/',
    age: 350,
    trust: trustsService('lambda.amazonaws.com'),
    attached: [managedArn('AWSLambdaBasicExecutionRole')],
    used: 0,
  },
  {
    name: 'nightly-etl',
    age: 550,
    trust: trustsService('ecs-tasks.amazonaws.com'),
    attached: [customerArn('warehouse-read')],
    used: 1,
  },
  {
    name: 'support-agent',
    path: '/ai/',
    age: 90,
    tags: { team: 'ai' },
    trust: trustsService('bedrock-agentcore.amazonaws.com'),
    attached: [managedArn('AmazonBedrockLimitedAccess')],
    used: 0,
  },
  {
    name: 'onprem-backup',
    age: 260,
    trust: trustsService('rolesanywhere.amazonaws.com', [
      'sts:AssumeRole',
      'sts:TagSession',
      'sts:SetSourceIdentity',
    ]),
    inline: { backup: policy(allow('s3:PutObject', 'arn:aws:s3:::acme-backup/*')) },
    used: 1,
  },
  {
    name: 'sandbox-runner',
    age: 75,
    trust: trustsService('codebuild.amazonaws.com'),
    attached: [managedArn('PowerUserAccess')],
    boundary: customerArn('developer-boundary'),
    used: 14,
  },
  {
    name: 'finance-analyst',
    age: 640,
    trust: trustsAws(root(ACCOUNT), { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    attached: [managedArn('ReadOnlyAccess')],
    used: 8,
  },
]

export const ROLES: readonly RoleSpec[] = [...UNTOUCHABLE, ...PIPELINES, ...THIRD_PARTIES, ...WORKLOADS]
