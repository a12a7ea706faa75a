import type { Starter } from '../../model/playbook/starter.ts'

const COMMON = {
  cloud: 'aws',
  scope: { accounts: ['self'] },
  protect: 'identity.tags.exists(k, k == "break-glass")',
}

const USER = {
  type: 'IAMUser',
  userName: 'ci-deploy',
  accountId: '111122223333',
  principalId: 'AIDAEXAMPLECIDEPLOY01',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
}

/** CloudTrail's record of a user who makes an access key for another one. */
const KEY_MADE = {
  eventVersion: '1.11',
  eventID: '7c0d0c7e-0002-4000-8000-000000000002',
  eventTime: '2026-11-22T02:14:09Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateAccessKey',
  awsRegion: 'us-east-1',
  sourceIPAddress: '203.0.113.77',
  userIdentity: USER,
  requestParameters: { userName: 'billing-export' },
  recipientAccountId: '111122223333',
}

/** CloudTrail's record of a workflow that gets a session of a role. */
const ROLE_ASSUMED = {
  eventVersion: '1.11',
  eventID: '7d1f0a52-ee29-4ac0-a0ed-3f5c5e5d0001',
  eventTime: '2026-11-22T03:12:41Z',
  eventSource: 'sts.amazonaws.com',
  eventName: 'AssumeRoleWithWebIdentity',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '203.0.113.36',
  userIdentity: {
    type: 'WebIdentityUser',
    userName: 'repo:acme/payments:ref:refs/heads/main',
    identityProvider: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
  },
  requestParameters: {
    roleArn: 'arn:aws:iam::111122223333:role/ci/github-deployer',
    roleSessionName: 'GitHubActions',
  },
  responseElements: {
    assumedRoleUser: {
      assumedRoleId: 'AROAEXAMPLECIROLE0001:GitHubActions',
      arn: 'arn:aws:sts::111122223333:assumed-role/github-deployer/GitHubActions',
    },
  },
  recipientAccountId: '111122223333',
}

/** New playbooks for roles, users and access keys. */
export const starters: readonly Starter[] = [
  {
    ...COMMON,
    kind: 'role',
    input: 'role',
    pattern: '^[\\w+=,.@-]{1,64}$',
    description: 'name of the role to stop, without its path',
    value: 'event.identity.name',
    interrupt: ['quarantine', 'revoke-sessions'],
    record: ROLE_ASSUMED,
  },
  {
    ...COMMON,
    kind: 'user',
    input: 'user',
    pattern: '^[\\w+=,.@-]{1,64}$',
    description: 'name of the user to stop, without its path',
    value: 'event.identity.name',
    interrupt: ['quarantine', 'revoke-sessions'],
    record: KEY_MADE,
  },
  {
    ...COMMON,
    kind: 'access-key',
    input: 'key',
    pattern: '^AKIA[A-Z0-9]{12,60}$',
    description: 'id of the access key to stop, never the secret',
    value: 'event.identity.credential',
    interrupt: ['disable'],
    record: KEY_MADE,
  },
]
