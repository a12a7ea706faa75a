import { AT, type RecordCase } from './case.ts'

const PROJECT = 'acme-prod'
const ACCOUNT = `checkout@${PROJECT}.iam.gserviceaccount.com`
const KEY = '0123456789abcdef0123456789abcdef01234567'

/** As Cloud Logging has an entry of Cloud Audit Logs ("LogEntry", "AuditLog"). */
const entry = (audit: object, more: object = {}) => ({
  insertId: '1a2b3c',
  logName: `projects/${PROJECT}/logs/cloudaudit.googleapis.com%2Factivity`,
  timestamp: '2026-11-22T10:15:00.000000001Z',
  receiveTimestamp: '2026-11-22T10:15:01Z',
  severity: 'NOTICE',
  resource: { type: 'service_account', labels: { project_id: PROJECT } },
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    status: {},
    requestMetadata: { callerIp: '198.51.100.9', callerSuppliedUserAgent: 'gcloud' },
    ...audit,
  },
  ...more,
})
const by = (principalEmail: string, permission?: string, more: object = {}) => ({
  authenticationInfo: { principalEmail },
  ...(permission === undefined ? {} : { authorizationInfo: [{ permission, granted: true }] }),
  ...more,
})
const method = (serviceName: string, methodName: string, resourceName = `projects/${PROJECT}`) => ({
  serviceName: `${serviceName}.googleapis.com`,
  methodName,
  resourceName,
})
const asAccount = {
  id: `gcp:${PROJECT}:service-account/${ACCOUNT}`,
  kind: 'service-account',
  name: ACCOUNT,
  account: PROJECT,
}
const operation = (which: object) => ({
  operation: { id: 'operation-7', producer: 'compute.googleapis.com', ...which },
})
const insert = method('compute', 'v1.compute.instances.insert', `projects/${PROJECT}/zones/z/instances/i`)

export const cloudAudit: readonly RecordCase[] = [
  {
    name: 'an account reads a secret with a key',
    record: entry({
      ...method(
        'secretmanager',
        'google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion',
        'projects/7/secrets/db/versions/3',
      ),
      authenticationInfo: {
        principalEmail: ACCOUNT,
        serviceAccountKeyName: `//iam.googleapis.com/projects/${PROJECT}/serviceAccounts/${ACCOUNT}/keys/${KEY}`,
      },
      authorizationInfo: [{ permission: 'secretmanager.versions.access', granted: true }],
    }),
    events: [
      {
        ...asAccount,
        credential: KEY,
        action: 'secretmanager.versions.access',
        resource: 'projects/7/secrets/db',
        outcome: 'success',
        time: AT,
      },
    ],
  },
  {
    name: 'a refused permission is the action',
    record: entry({
      ...method('iam', 'google.iam.admin.v1.CreateServiceAccountKey'),
      authenticationInfo: { principalEmail: ACCOUNT },
      status: { code: 7, message: 'PERMISSION_DENIED' },
      authorizationInfo: [
        { permission: 'iam.serviceAccounts.get', granted: true },
        { permission: 'iam.serviceAccountKeys.create', granted: false },
      ],
    }),
    events: [{ ...asAccount, action: 'iam.serviceAccountKeys.create', outcome: 'denied' }],
  },
  {
    name: 'the beginning of a long operation has the permission',
    record: entry({ ...insert, ...by(ACCOUNT, 'compute.instances.create') }, operation({ first: true })),
    events: [{ ...asAccount, action: 'compute.instances.create', outcome: 'success' }],
  },
  {
    name: 'the end of a long operation alone says nothing new',
    record: entry({ ...insert, ...by(ACCOUNT) }, operation({ last: true })),
    events: [],
  },
  {
    name: 'an operation that begins and ends at once is one event',
    record: entry({ ...insert, ...by(ACCOUNT) }, operation({ first: true, last: true })),
    events: [{ ...asAccount, action: 'v1.compute.instances.insert', outcome: 'success' }],
  },
  ...[
    'service-123456789012@container-engine-robot.iam.gserviceaccount.com',
    'service-123456789012@gcf-admin-robot.iam.gserviceaccount.com',
    'service-123456789012@serverless-robot-prod.iam.gserviceaccount.com',
    'service-org-998877665544@gcp-sa-something-new.iam.gserviceaccount.com',
    '123456789012@cloudbuild.gserviceaccount.com',
  ].map(
    (email): RecordCase => ({
      name: `an agent of Google's is not in a project of its own: ${email}`,
      record: entry({
        ...method('compute', 'v1.compute.instances.get'),
        ...by(email, 'compute.instances.get'),
      }),
      events: [
        { id: undefined, name: email, account: PROJECT, action: 'compute.instances.get', outcome: 'success' },
      ],
    }),
  ),
  {
    name: 'a Kubernetes account acts in its cluster',
    record: entry(
      {
        serviceName: 'k8s.io',
        methodName: 'io.k8s.core.v1.secrets.list',
        resourceName: 'core/v1/namespaces/x/secrets',
        ...by('system:serviceaccount:shop:checkout', 'io.k8s.core.v1.secrets.list'),
      },
      { resource: { type: 'k8s_cluster', labels: { project_id: PROJECT, cluster_name: 'prod' } } },
    ),
    events: [
      {
        id: undefined,
        kind: 'kubernetes-service-account',
        name: 'system:serviceaccount:shop:checkout',
        account: PROJECT,
        action: 'io.k8s.core.v1.secrets.list',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a node of a cluster is not a user of the organization',
    record: entry({
      serviceName: 'k8s.io',
      methodName: 'io.k8s.core.v1.nodes.get',
      resourceName: 'core/v1/nodes/n',
      ...by('system:node:gke-prod-1', 'io.k8s.core.v1.nodes.get'),
    }),
    events: [
      {
        id: undefined,
        kind: 'kubernetes-user',
        name: 'system:node:gke-prod-1',
        action: 'io.k8s.core.v1.nodes.get',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a pod gets a token of an account',
    record: entry(
      {
        ...method(
          'iamcredentials',
          'GenerateAccessToken',
          'projects/-/serviceAccounts/100000000000000000001',
        ),
        authenticationInfo: { principalSubject: `serviceAccount:${PROJECT}.svc.id.goog[shop/checkout]` },
        authorizationInfo: [{ permission: 'iam.serviceAccounts.getAccessToken', granted: true }],
        request: { name: `projects/-/serviceAccounts/${ACCOUNT}` },
      },
      {
        resource: {
          type: 'service_account',
          labels: { project_id: PROJECT, email_id: ACCOUNT, unique_id: '100000000000000000001' },
        },
      },
    ),
    events: [
      {
        ...asAccount,
        uid: '100000000000000000001',
        session: `serviceAccount:${PROJECT}.svc.id.goog[shop/checkout]`,
        action: 'iam.serviceAccounts.getAccessToken',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a federated principal gets a token of an account',
    record: entry({
      ...method('iamcredentials', 'GenerateAccessToken'),
      authenticationInfo: {
        principalSubject:
          'principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/ci/subject/repo:acme/app',
      },
      authorizationInfo: [{ permission: 'iam.serviceAccounts.getAccessToken', granted: true }],
      request: { name: `projects/-/serviceAccounts/${ACCOUNT}` },
    }),
    events: [{ ...asAccount, action: 'iam.serviceAccounts.getAccessToken', outcome: 'success' }],
  },
]

const finding = (more: object, access: object = {}) => ({
  notificationConfigName: 'organizations/998877665544/notificationConfigs/all',
  finding: {
    name: 'organizations/998877665544/sources/1/findings/f7',
    parent: 'organizations/998877665544/sources/1',
    resourceName: `//cloudresourcemanager.googleapis.com/projects/${PROJECT}`,
    state: 'ACTIVE',
    category: 'Persistence: IAM Anomalous Grant',
    findingClass: 'THREAT',
    severity: 'HIGH',
    eventTime: '2026-11-22T10:15:00Z',
    createTime: '2026-11-22T10:15:00.5Z',
    access: {
      principalEmail: ACCOUNT,
      callerIp: '198.51.100.9',
      callerIpGeo: { regionCode: 'NG' },
      ...access,
    },
    ...more,
  },
  resource: { name: `//cloudresourcemanager.googleapis.com/projects/7`, projectDisplayName: PROJECT },
})
const asFinding = { action: 'finding', outcome: 'success' } as const

export const scc: readonly RecordCase[] = [
  {
    name: 'an account of a project, with a country',
    record: finding({}),
    events: [
      {
        ...asAccount,
        ...asFinding,
        severity: 75,
        category: 'Persistence: IAM Anomalous Grant',
        country: 'NG',
        sourceIp: '198.51.100.9',
        time: AT,
      },
    ],
  },
  {
    name: 'a method with its service and the key that was used',
    record: finding(
      {},
      {
        serviceName: 'iam.googleapis.com',
        methodName: 'google.iam.admin.v1.CreateServiceAccountKey',
        serviceAccountKeyName: `//iam.googleapis.com/projects/${PROJECT}/serviceAccounts/${ACCOUNT}/keys/${KEY}`,
      },
    ),
    events: [
      {
        ...asAccount,
        credential: KEY,
        action: 'iam.googleapis.com/google.iam.admin.v1.CreateServiceAccountKey',
        outcome: 'success',
      },
    ],
  },
  ...(['LOW', 'MEDIUM', 'CRITICAL'] as const).map(
    (severity, index): RecordCase => ({
      name: `a severity of ${severity}`,
      record: finding({ severity }),
      events: [{ ...asFinding, severity: [30, 50, 95][index] ?? 0 }],
    }),
  ),
  {
    name: 'no severity',
    record: finding({ severity: 'SEVERITY_UNSPECIFIED' }),
    events: [{ ...asFinding, severity: 0 }],
  },
  { name: 'an inactive finding says nothing', record: finding({ state: 'INACTIVE' }), events: [] },
  {
    name: 'a person',
    record: finding({}, { principalEmail: 'mallory@example.com' }),
    events: [{ ...asFinding, id: undefined, kind: 'user', name: 'mallory@example.com', account: PROJECT }],
  },
  {
    name: "an agent of Google's",
    record: finding({}, { principalEmail: 'service-123456789012@gcp-sa-notebooks.iam.gserviceaccount.com' }),
    events: [{ ...asFinding, id: undefined, account: PROJECT }],
  },
  {
    name: 'a federated principal',
    record: finding(
      {},
      {
        principalEmail: '',
        principalSubject:
          'principal://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/ci/subject/s',
      },
    ),
    events: [{ ...asFinding, id: undefined, kind: 'federated-principal' }],
  },
  {
    name: 'a Kubernetes account',
    record: finding({}, { principalEmail: 'system:serviceaccount:shop:checkout' }),
    events: [{ ...asFinding, id: undefined, kind: 'kubernetes-service-account' }],
  },
]
