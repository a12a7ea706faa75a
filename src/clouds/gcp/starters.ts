import type { Starter } from '../../model/playbook/starter.ts'

/** The audit log's record of a service account that makes a key of another one. */
const KEY_MADE = {
  insertId: 'j5g83weee2yb',
  logName: 'projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity',
  timestamp: '2026-11-22T04:02:34.339201755Z',
  severity: 'NOTICE',
  resource: {
    type: 'service_account',
    labels: { project_id: 'acme-prod', email_id: 'checkout@acme-prod.iam.gserviceaccount.com' },
  },
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    authenticationInfo: {
      principalEmail: 'ci-deployer@acme-prod.iam.gserviceaccount.com',
      principalSubject: 'serviceAccount:ci-deployer@acme-prod.iam.gserviceaccount.com',
    },
    requestMetadata: { callerIp: '203.0.113.36', callerSuppliedUserAgent: 'google-cloud-sdk' },
    serviceName: 'iam.googleapis.com',
    methodName: 'google.iam.admin.v1.CreateServiceAccountKey',
    authorizationInfo: [
      { permission: 'iam.serviceAccountKeys.create', permissionType: 'ADMIN_WRITE', granted: true },
    ],
    resourceName: 'projects/-/serviceAccounts/102345678901234567890',
  },
}

/** New playbooks for service accounts. */
export const starters: readonly Starter[] = [
  {
    kind: 'service-account',
    cloud: 'gcp',
    input: 'account',
    pattern: '^[a-z0-9-]{1,63}@[a-z0-9.:-]{1,120}\\.gserviceaccount\\.com$',
    description: 'email of the service account to stop',
    value: 'event.identity.name',
    interrupt: ['quarantine', 'gcp.service-account.disable'],
    scope: { projects: ['self'] },
    protect: 'has(identity.description) && identity.description.contains("break-glass")',
    record: KEY_MADE,
  },
]
