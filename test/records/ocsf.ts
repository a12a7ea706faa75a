import { ACCOUNT, AT, type RecordCase } from './case.ts'

const MS = Date.parse(AT)
const role = `arn:aws:iam::${ACCOUNT}:role/jobs/batch`

const base = (uid: number, version: string, more: object) => ({
  class_uid: uid,
  category_uid: Math.floor(uid / 1000),
  type_uid: uid * 100 + 1,
  activity_id: 1,
  activity_name: 'Create',
  severity_id: 1,
  time: MS,
  metadata: { uid: `o-${uid}`, version, product: { name: 'CloudTrail', vendor_name: 'AWS' } },
  cloud: { provider: 'AWS', region: 'eu-west-1', account: { uid: ACCOUNT } },
  src_endpoint: { ip: '198.51.100.9' },
  status_id: 1,
  status: 'Success',
  ...more,
})
const user = {
  type: 'IAMUser',
  name: 'deploy',
  uid: `arn:aws:iam::${ACCOUNT}:user/ci/deploy`,
  uid_alt: 'AIDAEXAMPLEUSER000007',
  account: { uid: ACCOUNT },
  credential_uid: 'AKIAEXAMPLEKEY000007',
}
const session = {
  user: {
    type: 'AssumedRole',
    uid: `arn:aws:sts::${ACCOUNT}:assumed-role/batch/job-7`,
    uid_alt: 'AROAEXAMPLEROLE000007:job-7',
    credential_uid: 'ASIAEXAMPLEKEY000007',
  },
  session: { issuer: role, created_time: MS, is_mfa: false },
}
const api = (operation: string, service: string, more: object = {}) => ({
  operation,
  service: { name: `${service}.amazonaws.com` },
  response: {},
  ...more,
})
const asUser = {
  id: `aws:${ACCOUNT}:user/deploy`,
  uid: 'AIDAEXAMPLEUSER000007',
  credential: 'AKIAEXAMPLEKEY000007',
}
const asRole = {
  id: `aws:${ACCOUNT}:role/batch`,
  uid: 'AROAEXAMPLEROLE000007',
  session: 'job-7',
  credential: 'ASIAEXAMPLEKEY000007',
}

export const ocsf: readonly RecordCase[] = [
  {
    name: '6003 of version 1.1: a session reads an object',
    record: base(6003, '1.1.0', {
      actor: session,
      api: api('GetObject', 's3'),
      resources: [{ uid: 'arn:aws:s3:::payroll/a', type: 'AWS::S3::Object' }],
    }),
    events: [
      { ...asRole, action: 's3:GetObject', resource: 'arn:aws:s3:::payroll/a', outcome: 'success', time: AT },
    ],
  },
  {
    name: '6003 without a status is a success when there is no error',
    record: base(6003, '1.1.0', {
      actor: { user },
      api: api('ListBuckets', 's3'),
      status_id: 99,
      status: null,
    }),
    events: [{ ...asUser, action: 's3:ListBuckets', outcome: 'success' }],
  },
  {
    name: '6003 with an unknown status and an error is a refusal',
    record: base(6003, '1.3.0', {
      actor: { user },
      api: api('ListBuckets', 's3', { response: { error: 'AccessDenied', message: 'no' } }),
      status_id: 0,
    }),
    events: [{ ...asUser, action: 's3:ListBuckets', outcome: 'denied' }],
  },
  {
    name: '6003 with an error beside a success is not a success',
    record: base(6003, '1.8.0', {
      actor: { user },
      api: api('ListBuckets', 's3', { response: { error: 'NoSuchBucket' } }),
    }),
    events: [{ ...asUser, action: 's3:ListBuckets', outcome: 'failure' }],
  },
  {
    name: '6003 that a control denied',
    record: base(6003, '1.4.0', {
      actor: { user },
      api: api('PutKeyPolicy', 'kms'),
      action_id: 2,
      status_id: 0,
    }),
    events: [{ ...asUser, action: 'kms:PutKeyPolicy', outcome: 'denied' }],
  },
  {
    name: '3001: a user makes a key for another user, in microseconds',
    record: base(3001, '1.1.0', {
      time: MS * 1000,
      actor: { user },
      api: api('CreateAccessKey', 'iam', { request: { data: '{"userName":"billing"}' } }),
      user: { name: 'billing' },
    }),
    events: [{ ...asUser, action: 'iam:CreateAccessKey', resource: 'billing', outcome: 'success', time: AT }],
  },
  {
    name: '3007 of version 1.9 takes the place of 3001, in seconds',
    record: base(3007, '1.9.0', {
      time: MS / 1000,
      actor: { user },
      api: api('AttachUserPolicy', 'iam'),
      user: { name: 'billing' },
    }),
    events: [{ ...asUser, action: 'iam:AttachUserPolicy', outcome: 'success', time: AT }],
  },
  {
    name: '3002: a web identity takes a role',
    record: base(3002, '1.1.0', {
      actor: { user: { type: 'WebIdentityUser', name: 'repo:acme/app', uid: 'x' } },
      api: api('AssumeRoleWithWebIdentity', 'sts', {
        request: { data: JSON.stringify({ roleArn: role, roleSessionName: 'ci' }) },
      }),
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:role/batch`,
        session: 'ci',
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: role,
        outcome: 'success',
      },
    ],
  },
  {
    name: '3002 without an actor is of its user',
    record: base(3002, '1.5.0', {
      user,
      activity_id: 1,
      activity_name: 'Logon',
      status_id: 2,
      status_code: 'Forbidden',
      is_mfa: false,
    }),
    events: [{ ...asUser, action: 'authentication:Logon', outcome: 'denied' }],
  },
  {
    name: '3003: privileges of a session',
    record: base(3003, '1.2.0', {
      user,
      activity_id: 1,
      activity_name: 'Assign Privileges',
      privileges: ['admin'],
    }),
    events: [{ ...asUser, action: 'authorize-session:Assign Privileges', outcome: 'success' }],
  },
  {
    name: '3004: an entity is changed',
    record: base(3004, '1.3.0', {
      actor: { user },
      activity_name: 'Update',
      entity: { uid: 'policy-7', name: 'guard', type: 'Policy' },
    }),
    events: [{ ...asUser, action: 'entity-management:Update', resource: 'policy-7', outcome: 'success' }],
  },
  {
    name: '3005: a user is given a role, with a time in RFC 3339 beside one that cannot be read',
    record: base(3005, '1.6.0', {
      time: 'soon',
      time_dt: '2026-11-22T10:15:00Z',
      actor: session,
      activity_name: 'Assign Privileges',
      user: { uid: 'someone', name: 'someone' },
      privileges: ['roles/owner'],
    }),
    events: [
      {
        ...asRole,
        action: 'user-access-management:Assign Privileges',
        resource: 'someone',
        outcome: 'success',
        time: AT,
      },
    ],
  },
  {
    name: '2004: the only resource is a key, with its user in the data',
    record: base(2004, '1.1.0', {
      severity_id: 4,
      finding_info: { uid: 'f', title: 't', types: ['Recon:IAMUser/X'] },
      resources: [
        {
          type: 'AwsIamAccessKey',
          uid: 'AWS::IAM::AccessKey:AKIAEXAMPLEKEY000007',
          data: '{"AwsIamAccessKey":{"PrincipalId":"AIDAEXAMPLEUSER000007","PrincipalName":"deploy","PrincipalType":"IAMUser"}}',
        },
      ],
      evidences: [
        {
          api: { operation: 'DeleteTrail' },
          src_endpoint: { ip: '198.51.100.9', location: { country: 'United States' } },
        },
      ],
    }),
    events: [
      { ...asUser, action: 'DeleteTrail', outcome: 'success', severity: 75, category: 'Recon:IAMUser/X' },
    ],
  },
  {
    name: '2004: a role among the resources, with the data as an object',
    record: base(2004, '1.8.0', {
      severity_id: 5,
      finding_info: { uid: 'f', title: 't' },
      resources: [
        { type: 'AwsS3Bucket', uid: 'arn:aws:s3:::payroll' },
        { type: 'AwsIamRole', uid: role, data: { AwsIamRole: { RoleName: 'batch' } } },
      ],
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:role/batch`,
        action: 'finding',
        resource: 'arn:aws:s3:::payroll',
        outcome: 'success',
        severity: 95,
      },
    ],
  },
  {
    name: '2004 that is resolved says nothing',
    record: base(2004, '1.4.0', { finding_info: { title: 't' }, status_id: 4, resources: [] }),
    events: [],
  },
]
