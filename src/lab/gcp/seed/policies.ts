import type { AuditConfig, Binding, Expression, StoredPolicy } from '../store.ts'
import {
  CLUSTER_POOL,
  emailOf,
  FOLDERS,
  ORGANIZATION,
  PARTNER_PROJECT,
  PROJECTS,
  uniqueIdOf,
  VENDOR_PROJECT,
  workload,
  workloads,
} from './ids.ts'

const NUMBER = PROJECTS['acme-prod']
const ACCESSOR = 'roles/secretmanager.secretAccessor'

export const RESPONDER_ROLE = `organizations/${ORGANIZATION}/roles/incidentResponder`
export const DEPLOY_ROLE = 'projects/acme-prod/roles/deployer'

const AUDIT: AuditConfig[] = [
  {
    service: 'allServices',
    auditLogConfigs: [
      { logType: 'ADMIN_READ' },
      { logType: 'DATA_READ', exemptedMembers: [prod('metrics-writer')] },
    ],
  },
  { service: 'secretmanager.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] },
]

/** Who may do what at the start, by resource, with what real policies have that is awkward to keep. */
export function seedPolicies(now: number): { [resource: string]: StoredPolicy } {
  const policies: { [resource: string]: Binding[] } = {
    [`organizations/${ORGANIZATION}`]: [
      grant(
        'roles/resourcemanager.organizationAdmin',
        'user:admin@acme.example',
        'group:org-admins@acme.example',
      ),
      grant(RESPONDER_ROLE, prod('incident-response')),
      grant('roles/iam.denyAdmin', prod('incident-response'), 'group:org-admins@acme.example'),
      grant('roles/iam.securityAdmin', 'group:security@acme.example', prod('break-glass')),
      grant('roles/browser', prod('analytics'), 'domain:acme.example'),
    ],
    [`folders/${FOLDERS.production}`]: [
      grant('roles/viewer', prod('etl-legacy'), 'group:sre@acme.example'),
      grant('roles/logging.logWriter', prod('backup'), prod('gke-node')),
      when(until(now, 90), 'roles/iam.securityReviewer', prod('analytics'), 'user:auditor@acme.example'),
    ],
    [`folders/${FOLDERS.shared}`]: [grant('roles/viewer', 'group:sre@acme.example')],
    'projects/acme-prod': projectBindings(now),
    'projects/acme-data': [
      grant('roles/owner', 'user:data-lead@acme.example'),
      grant(ACCESSOR, 'group:data-team@acme.example', data('nightly-etl')),
      grant('roles/bigquery.dataViewer', prod('etl-legacy'), data('warehouse'), prod('analytics')),
      grant('roles/bigquery.jobUser', data('warehouse'), prod('etl-legacy')),
      // From before the organization let in nobody else: it can be taken away, and not be given back.
      grant(
        'roles/viewer',
        `serviceAccount:${emailOf('agent', VENDOR_PROJECT)}`,
        'user:auditor@bigfour.example',
        data('long-runner'),
      ),
    ],
    'projects/acme-shop': [
      grant('roles/owner', 'user:shop-lead@acme.example'),
      grant(ACCESSOR, workloads('acme-shop', 'vendors', 'vendor', 'northwind')),
      when(named(`projects/${PROJECTS['acme-shop']}/secrets/vendor-`), ACCESSOR, shop('vendor-sync')),
      when(named(`projects/${PROJECTS['acme-shop']}/secrets/partner-`), ACCESSOR, shop('partner-sync')),
      grant('roles/run.invoker', shop('storefront')),
    ],
    [`serviceAccounts/${address('etl-legacy')}`]: [
      // It may make itself tokens, as some old clients had to.
      grant('roles/iam.serviceAccountTokenCreator', prod('etl-legacy')),
      grant('roles/iam.serviceAccountUser', 'group:data-team@acme.example'),
    ],
    [`serviceAccounts/${address('checkout')}`]: [
      grant('roles/iam.workloadIdentityUser', `serviceAccount:${CLUSTER_POOL}[shop/checkout]`),
    ],
    [`serviceAccounts/${address('payments')}`]: [
      grant('roles/iam.workloadIdentityUser', workload('acme-prod', CLUSTER_POOL, 'ns/payments/sa/api')),
    ],
    [`serviceAccounts/${address('ci-deployer')}`]: [
      grant('roles/iam.workloadIdentityUser', workloads('acme-prod', 'github', 'repository', 'acme/shop')),
      when(
        until(now, 30),
        'roles/iam.serviceAccountTokenCreator',
        'user:release@acme.example',
        prod('terraform'),
      ),
    ],
    [`serviceAccounts/${address('docs-publisher')}`]: [
      grant('roles/iam.workloadIdentityUser', workloads('acme-prod', 'github', 'repository', 'acme/docs')),
    ],
    [`serviceAccounts/${address('reports-export')}`]: [
      grant('roles/iam.serviceAccountTokenCreator', prod('etl-legacy'), prod('analytics')),
    ],
    [`serviceAccounts/${emailOf('vendor-sync', 'acme-shop')}`]: [
      grant('roles/iam.serviceAccountTokenCreator', `serviceAccount:${emailOf('agent', VENDOR_PROJECT)}`),
      grant('roles/iam.workloadIdentityUser', workloads('acme-shop', 'vendors', 'vendor', 'northwind')),
    ],
    [`serviceAccounts/${emailOf('partner-sync', 'acme-shop')}`]: [
      grant('roles/iam.serviceAccountTokenCreator', `serviceAccount:${emailOf('nightly', PARTNER_PROJECT)}`),
    ],
    'secrets/acme-prod/orders-database': [grant(ACCESSOR, prod('orders'))],
    'secrets/acme-prod/checkout-stripe': [grant(ACCESSOR, prod('checkout'), prod('backup'))],
    'secrets/acme-prod/metrics-token': [grant(ACCESSOR, prod('metrics-writer'))],
    'secrets/acme-prod/docs-site-token': [grant(ACCESSOR, prod('docs-publisher'))],
    'secrets/acme-prod/rotated-key': [grant('roles/secretmanager.admin', prod('incident-response'))],
    'secrets/acme-data/warehouse-password': [grant(ACCESSOR, data('warehouse'), data('long-runner'))],
  }
  const audited = new Set(['projects/acme-prod', `folders/${FOLDERS.production}`])
  return Object.fromEntries(
    Object.entries(policies).map(([resource, bindings]) => [
      resource,
      { bindings, ...(audited.has(resource) ? { auditConfigs: AUDIT } : {}), revision: 1 },
    ]),
  )
}

function projectBindings(now: number): Binding[] {
  const ghost = emailOf('intern-bot', 'acme-prod')
  return [
    grant('roles/owner', 'user:prod-lead@acme.example', prod('terraform'), prod('break-glass')),
    grant(
      'roles/editor',
      `serviceAccount:${NUMBER}-compute@developer.gserviceaccount.com`,
      `serviceAccount:${NUMBER}@cloudservices.gserviceaccount.com`,
      'serviceAccount:acme-prod@appspot.gserviceaccount.com',
    ),
    grant(
      'roles/viewer',
      `deleted:serviceAccount:${ghost}?uid=${uniqueIdOf(ghost)}`,
      prod('reports-export'),
      prod('etl-legacy'),
      'group:sre@acme.example',
    ),
    // Far more than any of the three needs.
    grant(ACCESSOR, prod('etl-legacy'), prod('checkout'), 'group:sre@acme.example'),
    when(named(`projects/${NUMBER}/secrets/payments-`), ACCESSOR, prod('payments'), prod('etl-legacy')),
    // One account, one role, three times.
    grant('roles/storage.objectViewer', prod('analytics'), prod('backup')),
    when(
      named('projects/_/buckets/acme-reports'),
      'roles/storage.objectAdmin',
      prod('analytics'),
      prod('etl-legacy'),
    ),
    when(until(now, 60), 'roles/storage.objectAdmin', prod('analytics'), prod('oncall-agent')),
    grant('roles/storage.objectAdmin', prod('image-resizer'), prod('partner-upload')),
    when(
      {
        ...until(now, 0.2),
        title: 'Created by: PAM',
        description: 'PAM grant entitlements/oncall/grants/4711',
      },
      'roles/iam.serviceAccountAdmin',
      prod('oncall-agent'),
    ),
    grant(DEPLOY_ROLE, prod('ci-deployer')),
    grant('roles/artifactregistry.writer', prod('ci-deployer')),
    when(named(`projects/${NUMBER}/secrets/ci-`), ACCESSOR, prod('ci-deployer')),
    grant(
      'roles/monitoring.metricWriter',
      prod('metrics-writer'),
      prod('orders'),
      prod('checkout'),
      prod('gke-node'),
    ),
    grant('roles/cloudsql.client', prod('orders'), prod('payments')),
    grant('roles/pubsub.publisher', prod('search-indexer'), prod('old-batch')),
    grant(
      'roles/compute.serviceAgent',
      `serviceAccount:service-${NUMBER}@compute-system.iam.gserviceaccount.com`,
    ),
    grant(
      'roles/container.serviceAgent',
      `serviceAccount:service-${NUMBER}@container-engine-robot.iam.gserviceaccount.com`,
    ),
    grant(
      'roles/cloudbuild.serviceAgent',
      `serviceAccount:service-${NUMBER}@gcp-sa-cloudbuild.iam.gserviceaccount.com`,
    ),
  ]
}

function grant(role: string, ...members: string[]): Binding {
  return { role, members }
}

function when(condition: Expression, role: string, ...members: string[]): Binding {
  return { role, members, condition }
}

/** @param days from now */
function until(now: number, days: number): Expression {
  const end = new Date(now + days * 86_400_000).toISOString()
  return { title: 'until a day', description: '', expression: `request.time < timestamp("${end}")` }
}

function named(prefix: string): Expression {
  return { title: 'only some', expression: `resource.name.startsWith("${prefix}")` }
}

function address(name: string): string {
  return emailOf(name, 'acme-prod')
}

function prod(name: string): string {
  return `serviceAccount:${address(name)}`
}

function data(name: string): string {
  return `serviceAccount:${emailOf(name, 'acme-data')}`
}

function shop(name: string): string {
  return `serviceAccount:${emailOf(name, 'acme-shop')}`
}
