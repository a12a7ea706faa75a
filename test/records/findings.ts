import { ACCOUNT, AT, type RecordCase } from './case.ts'

const TIME = '2026-11-22T10:15:00.000Z'

/** As EventBridge sends a finding of GuardDuty. */
const finding = (type: string, severity: number, resource: object, service: object = {}) => ({
  version: '0',
  id: 'c8c4daa7-a20c-2f03-0070-b7393dd542ad',
  'detail-type': 'GuardDuty Finding',
  source: 'aws.guardduty',
  account: ACCOUNT,
  time: TIME,
  region: 'eu-west-1',
  resources: [],
  detail: {
    schemaVersion: '2.0',
    accountId: ACCOUNT,
    region: 'eu-west-1',
    partition: 'aws',
    id: '16afba5c5c43e07c9e3e5e2e544e95df',
    arn: `arn:aws:guardduty:eu-west-1:${ACCOUNT}:detector/12abc/finding/16afba5c5c43e07c9e3e5e2e544e95df`,
    type,
    resource,
    service: {
      serviceName: 'guardduty',
      detectorId: '12abc',
      resourceRole: 'TARGET',
      eventFirstSeen: TIME,
      eventLastSeen: TIME,
      archived: false,
      count: 2,
      ...service,
    },
    severity,
    createdAt: TIME,
    updatedAt: TIME,
    title: 'a title',
    description: 'a description',
  },
})

const key = (details: object) => ({ resourceType: 'AccessKey', accessKeyDetails: details })
const call = (api: string, serviceName: string, more: object = {}) => ({
  action: {
    actionType: 'AWS_API_CALL',
    awsApiCallAction: {
      api,
      serviceName: `${serviceName}.amazonaws.com`,
      callerType: 'Remote IP',
      remoteIpDetails: {
        ipAddressV4: '198.51.100.9',
        country: { countryName: 'Nigeria' },
        city: { cityName: 'Lagos' },
        organization: { asn: '64501', asnOrg: 'Example Net' },
      },
      ...more,
    },
  },
})
const actor = (name: string, type: string, uid: string, credentialUid: string, issuer = '') => ({
  id: `user:${type}:${uid}:${name}`,
  user: { name, uid, type, credentialUid, account: { uid: ACCOUNT, account: 'prod' } },
  session: { uid: 's', mfaStatus: 'DISABLED', createdTime: 1795342500000, issuer },
})
const sequence = (parts: object) =>
  finding(
    'AttackSequence:IAM/CompromisedCredentials',
    9,
    { resourceType: 'AttackSequence' },
    {
      detection: { sequence: { uid: 'u', description: 'd', signals: [], ...parts } },
    },
  )

export const guardduty: readonly RecordCase[] = [
  {
    name: 'a key of a user from an odd place',
    record: finding(
      'Recon:IAMUser/MaliciousIPCaller',
      5,
      key({
        accessKeyId: 'AKIAEXAMPLEKEY000007',
        principalId: 'AIDAEXAMPLEUSER000007',
        userType: 'IAMUser',
        userName: 'deploy',
      }),
      call('DescribeInstances', 'ec2'),
    ),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        uid: 'AIDAEXAMPLEUSER000007',
        credential: 'AKIAEXAMPLEKEY000007',
        action: 'ec2:DescribeInstances',
        outcome: 'success',
        country: 'NG',
        sourceIp: '198.51.100.9',
        severity: 50,
        category: 'Recon:IAMUser/MaliciousIPCaller',
        time: AT,
      },
    ],
  },
  {
    name: 'credentials of an instance used elsewhere',
    record: finding(
      'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
      8,
      {
        ...key({
          accessKeyId: 'ASIAEXAMPLEKEY000007',
          principalId: 'AROAEXAMPLEROLE000007:i-0abc',
          userType: 'AssumedRole',
          userName: 'web-instance',
        }),
        instanceDetails: {
          instanceId: 'i-0abc',
          iamInstanceProfile: { arn: `arn:aws:iam::${ACCOUNT}:instance-profile/web`, id: 'AIPAEXAMPLE' },
        },
      },
      call('ListBuckets', 's3'),
    ),
    events: [
      {
        id: `aws:${ACCOUNT}:role/web-instance`,
        session: 'i-0abc',
        credential: 'ASIAEXAMPLEKEY000007',
        action: 's3:ListBuckets',
        resource: 'i-0abc',
        outcome: 'success',
        severity: 80,
      },
    ],
  },
  {
    name: 'a refused call is denied and another error is a failure',
    record: finding(
      'Discovery:IAMUser/AnomalousBehavior',
      2,
      key({
        userType: 'Role',
        userName: 'batch',
        principalId: 'AROAEXAMPLEROLE000007:x',
        accessKeyId: 'ASIAEXAMPLEKEY000007',
      }),
      call('GetBucketAcl', 's3', { errorCode: 'NoSuchBucket' }),
    ),
    events: [
      { id: `aws:${ACCOUNT}:role/batch`, action: 's3:GetBucketAcl', outcome: 'failure', severity: 20 },
    ],
  },
  {
    name: 'an attack sequence names each of its actors once',
    record: sequence({
      actors: [
        actor('deploy', 'IAMUser', 'AIDAEXAMPLEUSER000007', 'AKIAEXAMPLEKEY000007'),
        actor(
          'admin',
          'AssumedRole',
          'AROAEXAMPLEROLE000007:evil',
          'ASIAEXAMPLEKEY000007',
          `arn:aws:iam::${ACCOUNT}:role/ops/admin`,
        ),
        actor('deploy', 'IAMUser', 'AIDAEXAMPLEUSER000007', 'AKIAEXAMPLEKEY000007'),
      ],
      endpoints: [{ id: 'e', ip: '198.51.100.9', location: { city: 'Lagos', country: 'Nigeria' } }],
      resources: [],
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        credential: 'AKIAEXAMPLEKEY000007',
        action: 'finding',
        outcome: 'success',
        country: 'NG',
        severity: 90,
      },
      {
        id: `aws:${ACCOUNT}:role/admin`,
        session: 'evil',
        credential: 'ASIAEXAMPLEKEY000007',
        action: 'finding',
        outcome: 'success',
        severity: 90,
      },
    ],
  },
  {
    name: 'a sequence without actors names the keys among its resources',
    record: sequence({
      resources: [
        {
          uid: `arn:aws:s3:::payroll`,
          resourceType: 'S3_BUCKET',
          accountId: ACCOUNT,
          data: { s3Bucket: {} },
        },
        {
          uid: 'AKIAEXAMPLEKEY000007',
          resourceType: 'ACCESS_KEY',
          accountId: ACCOUNT,
          data: {
            accessKey: { principalId: 'AIDAEXAMPLEUSER000007', userName: 'deploy', userType: 'IAMUser' },
          },
        },
      ],
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        credential: 'AKIAEXAMPLEKEY000007',
        action: 'finding',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a function talks to a command server',
    record: finding('Backdoor:Lambda/C&CActivity.B', 8, {
      resourceType: 'Lambda',
      lambdaDetails: {
        functionName: 'thumbs',
        functionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:thumbs`,
        role: `arn:aws:iam::${ACCOUNT}:role/service-role/thumbs-exec`,
      },
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:role/thumbs-exec`,
        kind: 'role',
        action: 'finding',
        resource: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:thumbs`,
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a service account of a cluster lists secrets',
    record: finding('CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed', 5, {
      resourceType: 'EKSCluster',
      eksClusterDetails: { name: 'prod', arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod` },
      kubernetesDetails: {
        kubernetesUserDetails: {
          username: 'system:serviceaccount:shop:checkout',
          uid: 'a1b2c3d4-0000-4000-8000-000000000001',
          groups: ['system:serviceaccounts'],
          sessionName: [],
        },
      },
    }),
    events: [
      {
        id: undefined,
        kind: 'kubernetes-service-account',
        name: 'system:serviceaccount:shop:checkout',
        action: 'finding',
        resource: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/prod`,
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a role that is a user of a cluster has its unique id',
    record: finding('Policy:Kubernetes/AdminAccessToDefaultServiceAccount', 5, {
      resourceType: 'EKSCluster',
      kubernetesDetails: {
        kubernetesUserDetails: {
          username: 'kubernetes-admin',
          uid: `aws-iam-authenticator:${ACCOUNT}:AROAEXAMPLEROLE000007`,
          groups: ['system:masters'],
        },
      },
    }),
    events: [
      {
        id: undefined,
        kind: 'kubernetes-user',
        name: 'kubernetes-admin',
        uid: 'AROAEXAMPLEROLE000007',
        action: 'finding',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a bucket is made public',
    record: finding(
      'Policy:S3/BucketAnonymousAccessGranted',
      8,
      {
        ...key({
          userType: 'IAMUser',
          userName: 'deploy',
          principalId: 'AIDAEXAMPLEUSER000007',
          accessKeyId: 'AKIAEXAMPLEKEY000007',
        }),
        resourceType: 'S3Bucket',
        s3BucketDetails: [{ arn: 'arn:aws:s3:::payroll', name: 'payroll', type: 'Destination' }],
      },
      call('PutBucketPolicy', 's3'),
    ),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        action: 's3:PutBucketPolicy',
        resource: 'arn:aws:s3:::payroll',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a machine mines coins',
    record: finding('CryptoCurrency:EC2/BitcoinTool.B', 8, {
      resourceType: 'Instance',
      instanceDetails: {
        instanceId: 'i-0abc',
        iamInstanceProfile: { arn: `arn:aws:iam::${ACCOUNT}:instance-profile/web`, id: 'AIPAEXAMPLE' },
      },
    }),
    events: [
      {
        id: undefined,
        kind: 'instance-profile',
        name: 'web',
        action: 'finding',
        resource: 'i-0abc',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'an archived finding says nothing',
    record: finding('Recon:IAMUser/X', 5, key({ userType: 'IAMUser', userName: 'deploy' }), {
      archived: true,
    }),
    events: [],
  },
]

/** As Security Hub sends a finding. */
const hub = (resources: object[], more: object = {}) => ({
  version: '0',
  id: '8e5622f9-d81c-4d81-612a-9319e7ee2506',
  'detail-type': 'Security Hub Findings - Imported',
  source: 'aws.securityhub',
  account: ACCOUNT,
  time: TIME,
  region: 'eu-west-1',
  resources: [],
  detail: {
    findings: [
      {
        SchemaVersion: '2018-10-08',
        Id: 'arn:aws:guardduty:eu-west-1:111122223333:detector/12abc/finding/1',
        ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
        ProductName: 'GuardDuty',
        GeneratorId: 'arn:aws:guardduty:eu-west-1:111122223333:detector/12abc',
        AwsAccountId: ACCOUNT,
        Region: 'eu-west-1',
        Types: ['TTPs/Persistence/IAMUser-NetworkPermissions'],
        CreatedAt: TIME,
        UpdatedAt: TIME,
        Severity: { Label: 'HIGH', Normalized: 70, Product: 7 },
        Title: 't',
        Description: 'd',
        Resources: resources,
        RecordState: 'ACTIVE',
        Workflow: { Status: 'NEW' },
        WorkflowState: 'NEW',
        ...more,
      },
    ],
  },
})
const keyResource = (Id: string, details: object = {}) => ({
  Type: 'AwsIamAccessKey',
  Id,
  Partition: 'aws',
  Region: 'eu-west-1',
  Details: { AwsIamAccessKey: details },
})
const asFinding = { action: 'finding', outcome: 'success', severity: 70 } as const

export const asff: readonly RecordCase[] = [
  {
    name: 'a key whose id holds its own',
    record: hub([
      keyResource('AWS::IAM::AccessKey:AKIAEXAMPLEKEY000007', {
        PrincipalName: 'deploy',
        PrincipalType: 'IAMUser',
        PrincipalId: 'AIDAEXAMPLEUSER000007',
      }),
    ]),
    events: [
      {
        ...asFinding,
        id: `aws:${ACCOUNT}:user/deploy`,
        credential: 'AKIAEXAMPLEKEY000007',
        uid: 'AIDAEXAMPLEUSER000007',
      },
    ],
  },
  {
    name: 'a key whose id is its user',
    record: hub([
      keyResource(`arn:aws:iam::${ACCOUNT}:user/ci/deploy`, { AccessKeyId: 'AKIAEXAMPLEKEY000007' }),
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:user/deploy`, credential: 'AKIAEXAMPLEKEY000007' }],
  },
  {
    name: 'a key of a role',
    record: hub([
      keyResource('AWS::IAM::AccessKey:ASIAEXAMPLEKEY000007', {
        PrincipalName: 'batch',
        PrincipalType: 'Role',
        PrincipalId: 'AROAEXAMPLEROLE000007:job-7',
      }),
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:role/batch`, session: 'job-7' }],
  },
  {
    name: "a key of a session with its issuer's ARN",
    record: hub([
      keyResource('ASIAEXAMPLEKEY000007', {
        AccessKeyId: 'ASIAEXAMPLEKEY000007',
        PrincipalId: 'AROAEXAMPLEROLE000007:job-7',
        PrincipalType: 'AssumedRole',
        SessionContext: {
          SessionIssuer: { Arn: `arn:aws:iam::${ACCOUNT}:role/jobs/batch`, Type: 'Role', UserName: 'batch' },
        },
      }),
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:role/batch`, credential: 'ASIAEXAMPLEKEY000007' }],
  },
  {
    name: "a key of a session with its issuer's name",
    record: hub([
      keyResource('ASIAEXAMPLEKEY000007', {
        SessionContext: { SessionIssuer: { AccountId: '999988887777', Type: 'Role', UserName: 'batch' } },
      }),
    ]),
    events: [{ ...asFinding, id: 'aws:999988887777:role/batch', account: '999988887777' }],
  },
  {
    name: 'a key of nobody beside its role',
    record: hub([
      keyResource('ASIAEXAMPLEKEY000007'),
      { Type: 'AwsIamRole', Id: `arn:aws:iam::${ACCOUNT}:role/batch` },
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:role/batch`, credential: 'ASIAEXAMPLEKEY000007' }],
  },
  {
    name: 'a permanent key of nobody is itself',
    record: hub([keyResource('AKIAEXAMPLEKEY000007')]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:access-key/AKIAEXAMPLEKEY000007`, kind: 'access-key' }],
  },
  {
    name: 'a user beside a bucket',
    record: hub([
      { Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::payroll' },
      { Type: 'AwsIamUser', Id: `arn:aws:iam::${ACCOUNT}:user/ci/deploy` },
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:user/deploy`, resource: 'arn:aws:s3:::payroll' }],
  },
  {
    name: 'the role of a function',
    record: hub([
      {
        Type: 'AwsLambdaFunction',
        Id: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:thumbs`,
        Details: { AwsLambdaFunction: { Role: `arn:aws:iam::${ACCOUNT}:role/service-role/thumbs-exec` } },
      },
    ]),
    events: [{ ...asFinding, id: `aws:${ACCOUNT}:role/thumbs-exec` }],
  },
  {
    name: 'a call with its country',
    record: hub([{ Type: 'AwsIamUser', Id: `arn:aws:iam::${ACCOUNT}:user/deploy` }], {
      Severity: { Label: 'CRITICAL' },
      Action: {
        ActionType: 'AWS_API_CALL',
        AwsApiCallAction: {
          Api: 'DeleteTrail',
          ServiceName: 'cloudtrail.amazonaws.com',
          RemoteIpDetails: { IpAddressV4: '198.51.100.9', Country: { CountryCode: 'NG' } },
        },
      },
    }),
    events: [
      {
        id: `aws:${ACCOUNT}:user/deploy`,
        action: 'cloudtrail:DeleteTrail',
        outcome: 'success',
        severity: 95,
        country: 'NG',
        sourceIp: '198.51.100.9',
      },
    ],
  },
  {
    name: 'an archived finding says nothing',
    record: hub([keyResource('AKIAEXAMPLEKEY000007')], { RecordState: 'ARCHIVED' }),
    events: [],
  },
]
