import type { ApiKey, DenyPolicy, HmacKey, Pool, PoolProvider, Secret } from '../store.ts'
import {
  CLUSTER,
  CLUSTER_POOL,
  emailOf,
  GITHUB,
  GITLAB,
  idOf,
  NORTHWIND,
  PROJECTS,
  type ProjectId,
} from './ids.ts'

export function seedPools(): Pool[] {
  const pool = (project: string, id: string, displayName: string, more: Partial<Pool> = {}): Pool => ({
    project,
    id,
    displayName,
    description: '',
    disabled: false,
    ...more,
  })
  return [
    pool('acme-prod', 'github', 'GitHub and GitLab'),
    pool('acme-prod', 'old-ci', 'Jenkins', { disabled: true, description: 'gone since 2025' }),
    pool('acme-prod', CLUSTER_POOL, '', { ofClusters: true }),
    pool('acme-shop', 'vendors', 'Vendors'),
  ]
}

export function seedProviders(): PoolProvider[] {
  const provider = (
    project: string,
    pool: string,
    id: string,
    issuerUri: string,
    more: Partial<PoolProvider>,
  ) => ({
    project,
    pool,
    id,
    displayName: id,
    description: '',
    disabled: false,
    attributeCondition: '',
    attributeMapping: { 'google.subject': 'assertion.sub' },
    oidc: { issuerUri },
    ...more,
  })
  const { oidc: _, ...aws } = provider('acme-prod', 'old-ci', 'jenkins', '', {
    aws: { accountId: '111122223333' },
    attributeMapping: { 'google.subject': 'assertion.arn' },
  })
  return [
    provider('acme-prod', 'github', 'github-actions', GITHUB, {
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
      attributeCondition: "assertion.repository_owner == 'acme'",
    }),
    provider('acme-prod', 'github', 'gitlab', GITLAB, {
      oidc: { issuerUri: GITLAB, allowedAudiences: ['https://gcp.acme.example'] },
    }),
    aws,
    provider('acme-prod', CLUSTER_POOL, 'main', CLUSTER, {
      attributeMapping: {
        'google.subject':
          "'ns/' + assertion['kubernetes.io'].namespace + '/sa/' + assertion['kubernetes.io'].serviceaccount.name",
      },
    }),
    provider('acme-shop', 'vendors', 'northwind', NORTHWIND, {
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.vendor': "'northwind'" },
    }),
  ]
}

export function seedHmacKeys(at: string): HmacKey[] {
  const key = (project: string, name: string, state: HmacKey['state'] = 'ACTIVE', nth = 1): HmacKey => ({
    project,
    accessId: `GOOG1E${idOf('hmac', `${name}/${nth}`, 55).toUpperCase()}`,
    email: emailOf(name, project),
    state,
    created: at,
    updated: at,
    revision: 1,
  })
  return [
    key('acme-prod', 'etl-legacy'),
    key('acme-prod', 'partner-upload'),
    key('acme-prod', 'partner-upload', 'INACTIVE', 2),
    key('acme-prod', 'backup', 'DELETED'),
    key('acme-data', 'nightly-etl'),
  ]
}

export function seedApiKeys(at: string): ApiKey[] {
  const key = (project: ProjectId, displayName: string, more: Partial<ApiKey> = {}): ApiKey => {
    const uid = idOf('api-key', displayName, 32).replace(
      /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
      '$1-$2-$3-$4-$5',
    )
    return {
      project,
      id: uid,
      uid,
      displayName,
      keyString: `lab-key-${idOf('key-string', displayName, 31)}`,
      created: at,
      updated: at,
      revision: 1,
      ...more,
    }
  }
  return [
    key('acme-prod', 'maps', {
      restrictions: {
        browserKeyRestrictions: { allowedReferrers: ['https://www.acme.example/*'] },
        apiTargets: [{ service: 'maps-backend.googleapis.com' }],
      },
    }),
    key('acme-prod', 'gemini', {
      serviceAccountEmail: emailOf('gemini-caller', 'acme-prod'),
      restrictions: { apiTargets: [{ service: 'aiplatform.googleapis.com' }] },
    }),
    key('acme-prod', 'translate, unrestricted', { annotations: { team: 'docs' } }),
    key('acme-shop', 'storefront', {
      restrictions: { serverKeyRestrictions: { allowedIps: ['198.51.100.7'] } },
    }),
  ]
}

/** Of the platform team: nobody makes keys but Terraform and the break-glass account. */
export function seedDenyPolicies(at: string): DenyPolicy[] {
  const account = (name: string) =>
    `principal://iam.googleapis.com/projects/-/serviceAccounts/${emailOf(name, 'acme-prod')}`
  return [
    {
      attachedTo: `projects/${PROJECTS['acme-prod']}`,
      id: 'no-new-keys',
      uid: idOf('deny', 'no-new-keys', 32),
      displayName: 'No new keys',
      annotations: { owner: 'platform' },
      rules: [
        {
          description: 'keys are made by Terraform',
          denyRule: {
            deniedPrincipals: ['principalSet://goog/public:all'],
            exceptionPrincipals: [account('terraform'), account('break-glass'), account('incident-response')],
            deniedPermissions: ['iam.googleapis.com/serviceAccountKeys.create'],
          },
        },
      ],
      created: at,
      updated: at,
      revision: 1,
    },
  ]
}

/** The object that each workload reads, and the one that only the payroll should read. */
export function seedSecrets(): Secret[] {
  const secret = (project: string, name: string): Secret => ({
    project,
    name,
    value: `not a secret: ${idOf('secret', `${project}/${name}`, 24)}`,
  })
  return [
    ...[
      'payments-stripe',
      'checkout-stripe',
      'orders-database',
      'payroll-db-root',
      'ci-registry-token',
      'docs-site-token',
      'metrics-token',
    ].map(name => secret('acme-prod', name)),
    { project: 'acme-prod', name: 'rotated-key', value: '' },
    secret('acme-data', 'warehouse-password'),
    secret('acme-data', 'etl-password'),
    secret('acme-shop', 'vendor-exchange'),
    secret('acme-shop', 'partner-exchange'),
  ]
}

/** People of the customer alone in the data project; tokens of half a day for one account. */
export function seedConstraints(customer: string) {
  return [
    {
      resource: 'projects/acme-data',
      name: 'iam.allowedPolicyMemberDomains',
      rules: [{ values: { allowedValues: [customer] } }],
    },
    {
      resource: 'projects/acme-data',
      name: 'iam.allowServiceAccountCredentialLifetimeExtension',
      rules: [{ values: { allowedValues: [emailOf('long-runner', 'acme-data')] } }],
    },
    {
      resource: 'projects/acme-shop',
      name: 'iam.disableServiceAccountKeyCreation',
      rules: [{ enforce: true }],
    },
  ]
}

export const GROUPS: { [email: string]: string[] } = {
  'data-team@acme.example': ['user:ada@acme.example', `serviceAccount:${emailOf('analytics', 'acme-prod')}`],
  'sre@acme.example': ['user:grace@acme.example'],
  'org-admins@acme.example': ['user:admin@acme.example'],
  'security@acme.example': ['user:sec@acme.example'],
}
