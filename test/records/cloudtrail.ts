import { ACCOUNT, AT, type RecordCase } from './case.ts'

const role = `arn:aws:iam::${ACCOUNT}:role/jobs/batch`
const session = `arn:aws:sts::${ACCOUNT}:assumed-role/batch/job-7`

/** As CloudTrail writes a management event ("CloudTrail record contents"). */
const trail = (eventSource: string, eventName: string, userIdentity: object, more: object = {}) => ({
  eventVersion: '1.11',
  userIdentity,
  eventTime: '2026-11-22T10:15:00Z',
  eventSource: `${eventSource}.amazonaws.com`,
  eventName,
  awsRegion: 'eu-west-1',
  sourceIPAddress: '198.51.100.9',
  userAgent: 'aws-cli/2.27.41',
  requestParameters: null,
  responseElements: null,
  requestID: '5f1c8b4e-0000-4000-8000-000000000001',
  eventID: '5f1c8b4e-0000-4000-8000-000000000002',
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: ACCOUNT,
  eventCategory: 'Management',
  ...more,
})

const user = {
  type: 'IAMUser',
  principalId: 'AIDAEXAMPLEUSER000007',
  arn: `arn:aws:iam::${ACCOUNT}:user/ci/deploy`,
  accountId: ACCOUNT,
  accessKeyId: 'AKIAEXAMPLEKEY000007',
  userName: 'deploy',
}
const assumed = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLEROLE000007:job-7',
  arn: session,
  accountId: ACCOUNT,
  accessKeyId: 'ASIAEXAMPLEKEY000007',
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: 'AROAEXAMPLEROLE000007',
      arn: role,
      accountId: ACCOUNT,
      userName: 'batch',
    },
    attributes: { creationDate: '2026-11-22T10:00:00Z', mfaAuthenticated: 'false' },
  },
}
const asRole = {
  id: `aws:${ACCOUNT}:role/batch`,
  kind: 'role',
  name: 'batch',
  uid: 'AROAEXAMPLEROLE000007',
  session: 'job-7',
}

export const cloudtrail: readonly RecordCase[] = [
  {
    name: 'a user makes a key for another user',
    record: trail('iam', 'CreateAccessKey', user, { requestParameters: { userName: 'billing' } }),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        uid: 'AIDAEXAMPLEUSER000007',
        credential: 'AKIAEXAMPLEKEY000007',
        account: ACCOUNT,
        action: 'iam:CreateAccessKey',
        resource: 'billing',
        outcome: 'success',
        time: AT,
      },
    ],
  },
  {
    name: 'a session of a role is refused',
    record: trail('s3', 'GetObject', assumed, {
      errorCode: 'AccessDenied',
      requestParameters: { bucketName: 'payroll', key: 'a/b.csv' },
      eventCategory: 'Data',
    }),
    events: [
      { ...asRole, action: 's3:GetObject', resource: 'arn:aws:s3:::payroll/a/b.csv', outcome: 'denied' },
    ],
  },
  {
    name: 'the policy of a VPC endpoint refuses a call',
    record: trail('kms', 'Decrypt', assumed, {
      eventType: 'AwsVpceEvent',
      eventCategory: 'NetworkActivity',
      errorCode: 'VpceAccessDenied',
      vpcEndpointId: 'vpce-0abc',
    }),
    events: [{ ...asRole, action: 'kms:Decrypt', outcome: 'denied' }],
  },
  {
    name: 'a service calls on behalf of a session',
    record: trail(
      'ec2',
      'RunInstances',
      { ...assumed, invokedBy: 'cloudformation.amazonaws.com' },
      { sourceIPAddress: 'cloudformation.amazonaws.com', userAgent: 'cloudformation.amazonaws.com' },
    ),
    events: [{ ...asRole, action: 'ec2:RunInstances', outcome: 'success', sourceIp: undefined }],
  },
  {
    name: 'a workload with a web identity takes a role',
    record: trail(
      'sts',
      'AssumeRoleWithWebIdentity',
      {
        type: 'WebIdentityUser',
        principalId:
          'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:acme/app:ref:refs/heads/main',
        userName: 'repo:acme/app:ref:refs/heads/main',
        identityProvider: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
      },
      {
        requestParameters: { roleArn: role, roleSessionName: 'ci' },
        responseElements: { assumedRoleUser: { assumedRoleId: 'AROAEXAMPLEROLE000007:ci', arn: session } },
      },
    ),
    events: [
      {
        ...asRole,
        session: 'ci',
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: role,
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a role of another account calls',
    record: trail('s3', 'ListObjects', {
      type: 'AWSAccount',
      principalId: 'AROAEXAMPLEOTHER00007:their-session',
      accountId: '999988887777',
    }),
    events: [
      {
        id: undefined,
        kind: 'AWSAccount',
        name: 'AROAEXAMPLEOTHER00007',
        uid: 'AROAEXAMPLEOTHER00007',
        session: 'their-session',
        account: '999988887777',
        action: 's3:ListObjects',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a federated session is its user',
    record: trail('s3', 'ListBuckets', {
      type: 'FederatedUser',
      principalId: `${ACCOUNT}:guest`,
      arn: `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
      accountId: ACCOUNT,
      accessKeyId: 'ASIAEXAMPLEKEY000008',
      sessionContext: {
        sessionIssuer: {
          type: 'IAMUser',
          principalId: 'AIDAEXAMPLEUSER000007',
          arn: `arn:aws:iam::${ACCOUNT}:user/ci/deploy`,
          accountId: ACCOUNT,
          userName: 'deploy',
        },
      },
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        session: 'guest',
        credential: 'ASIAEXAMPLEKEY000008',
        action: 's3:ListBuckets',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a federated session of nobody that is named is not root',
    record: trail('s3', 'ListBuckets', {
      type: 'FederatedUser',
      principalId: `${ACCOUNT}:guest`,
      arn: `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
      accountId: ACCOUNT,
    }),
    events: [
      { id: undefined, kind: 'federated-user', name: 'guest', action: 's3:ListBuckets', outcome: 'success' },
    ],
  },
  {
    name: 'root signs in to the console and is refused',
    record: trail(
      'signin',
      'ConsoleLogin',
      { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT },
      { eventType: 'AwsConsoleSignIn', responseElements: { ConsoleLogin: 'Failure' } },
    ),
    events: [{ id: undefined, kind: 'root', action: 'signin:ConsoleLogin', outcome: 'denied' }],
  },
  {
    name: 'a person of IAM Identity Center is told from the others',
    record: trail('sso-oauth', 'CreateToken', {
      type: 'IdentityCenterUser',
      accountId: ACCOUNT,
      onBehalfOf: {
        userId: '906755c3d0-1a2b3c4d-5e6f-4a1b-8c2d-000000000001',
        identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7`,
      },
      credentialId: 'EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR',
    }),
    events: [
      {
        kind: 'IdentityCenterUser',
        name: '906755c3d0-1a2b3c4d-5e6f-4a1b-8c2d-000000000001',
        uid: '906755c3d0-1a2b3c4d-5e6f-4a1b-8c2d-000000000001',
        action: 'sso-oauth:CreateToken',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a certificate takes a role through Roles Anywhere',
    record: trail(
      'sts',
      'AssumeRole',
      { type: 'AWSService', invokedBy: 'rolesanywhere.amazonaws.com' },
      {
        sourceIPAddress: 'rolesanywhere.amazonaws.com',
        requestParameters: { roleArn: role, roleSessionName: '0123456789abcdef', durationSeconds: 3600 },
        responseElements: {
          assumedRoleUser: { assumedRoleId: 'AROAEXAMPLEROLE000007:0123456789abcdef', arn: session },
        },
      },
    ),
    events: [
      {
        ...asRole,
        session: '0123456789abcdef',
        action: 'sts:AssumeRole',
        resource: role,
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a service takes a role for itself',
    record: trail(
      'sts',
      'AssumeRole',
      { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' },
      { requestParameters: { roleArn: role, roleSessionName: 'fn' } },
    ),
    events: [
      {
        id: undefined,
        kind: 'service',
        name: 'lambda.amazonaws.com',
        action: 'sts:AssumeRole',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a time with a space and a zone is read',
    record: trail('iam', 'ListUsers', user, { eventTime: '2026-11-22 12:15:00+02:00' }),
    events: [{ action: 'iam:ListUsers', outcome: 'success', time: AT }],
  },
]
