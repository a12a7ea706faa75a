import type { CustomRole } from './store.ts'

/**
 * Google's roles as far as the estate uses them. The lists are cut down to the permissions that the lab asks for, and
 * to a few more that people would expect to see denied or granted (IAM basic and predefined roles reference).
 */
const ACCOUNT_READS = ['iam.serviceAccounts.get', 'iam.serviceAccounts.list']
const KEY_READS = ['iam.serviceAccountKeys.get', 'iam.serviceAccountKeys.list']
const HIERARCHY = [
  'resourcemanager.projects.get',
  'resourcemanager.projects.list',
  'resourcemanager.folders.get',
  'resourcemanager.folders.list',
  'resourcemanager.organizations.get',
]
const POLICY_READS = [
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.folders.getIamPolicy',
  'resourcemanager.organizations.getIamPolicy',
  'iam.serviceAccounts.getIamPolicy',
  'secretmanager.secrets.getIamPolicy',
]
const POLICY_WRITES = [
  'resourcemanager.projects.setIamPolicy',
  'resourcemanager.folders.setIamPolicy',
  'resourcemanager.organizations.setIamPolicy',
  'iam.serviceAccounts.setIamPolicy',
  'secretmanager.secrets.setIamPolicy',
]
const DENY_READS = ['iam.denypolicies.get', 'iam.denypolicies.list']
const POOL_READS = [
  'iam.workloadIdentityPools.get',
  'iam.workloadIdentityPools.list',
  'iam.workloadIdentityPoolProviders.get',
  'iam.workloadIdentityPoolProviders.list',
]
const POOL_WRITES = [
  'iam.workloadIdentityPools.create',
  'iam.workloadIdentityPools.update',
  'iam.workloadIdentityPoolProviders.create',
  'iam.workloadIdentityPoolProviders.update',
]
const ROLE_WRITES = [
  'iam.roles.get',
  'iam.roles.list',
  'iam.roles.create',
  'iam.roles.update',
  'iam.roles.delete',
  'iam.roles.undelete',
]
const READS = [
  ...HIERARCHY,
  'resourcemanager.projects.getIamPolicy',
  ...ACCOUNT_READS,
  ...KEY_READS,
  ...POOL_READS,
  'iam.serviceAccounts.getIamPolicy',
  'secretmanager.secrets.get',
  'secretmanager.secrets.list',
  'secretmanager.secrets.getIamPolicy',
  'apikeys.keys.get',
  'apikeys.keys.list',
  'orgpolicy.policy.get',
  'storage.buckets.list',
  'compute.instances.get',
  'compute.instances.list',
  'logging.logEntries.list',
]
const EDITS = [
  ...READS,
  'iam.serviceAccounts.actAs',
  'iam.serviceAccounts.create',
  'iam.serviceAccounts.delete',
  'iam.serviceAccounts.undelete',
  'iam.serviceAccounts.update',
  'iam.serviceAccounts.disable',
  'iam.serviceAccounts.enable',
  'iam.serviceAccountKeys.create',
  'iam.serviceAccountKeys.delete',
  'iam.serviceAccountKeys.disable',
  'iam.serviceAccountKeys.enable',
  'secretmanager.secrets.create',
  'secretmanager.secrets.update',
  'secretmanager.versions.add',
  'apikeys.keys.create',
  'apikeys.keys.update',
  'apikeys.keys.delete',
  'storage.hmacKeys.get',
  'storage.hmacKeys.list',
  'compute.instances.create',
  'compute.instances.setMetadata',
]

export const predefinedRoles: { readonly [role: string]: readonly string[] | undefined } = {
  'roles/viewer': READS,
  'roles/editor': EDITS,
  // Owners manage access, but not deny policies (IAM, "Deny policies": required roles).
  'roles/owner': [
    ...EDITS,
    ...POLICY_READS,
    ...POLICY_WRITES,
    ...POOL_WRITES,
    ...ROLE_WRITES,
    'secretmanager.versions.access',
    'secretmanager.secrets.delete',
    'storage.hmacKeys.update',
  ],
  'roles/iam.securityAdmin': [
    ...HIERARCHY,
    ...ACCOUNT_READS,
    ...KEY_READS,
    ...POOL_READS,
    ...POLICY_READS,
    ...POLICY_WRITES,
    ...DENY_READS,
    'iam.roles.get',
    'iam.roles.list',
  ],
  'roles/iam.securityReviewer': [
    ...HIERARCHY,
    ...ACCOUNT_READS,
    ...KEY_READS,
    ...POOL_READS,
    ...POLICY_READS,
    ...DENY_READS,
    'iam.roles.get',
    'iam.roles.list',
    'apikeys.keys.get',
    'apikeys.keys.list',
  ],
  'roles/iam.serviceAccountAdmin': [
    ...ACCOUNT_READS,
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.undelete',
    'iam.serviceAccounts.update',
    'iam.serviceAccounts.disable',
    'iam.serviceAccounts.enable',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.setIamPolicy',
    'resourcemanager.projects.get',
    'resourcemanager.projects.list',
  ],
  'roles/iam.serviceAccountKeyAdmin': [
    ...KEY_READS,
    'iam.serviceAccountKeys.create',
    'iam.serviceAccountKeys.delete',
    'iam.serviceAccountKeys.disable',
    'iam.serviceAccountKeys.enable',
    ...ACCOUNT_READS,
    'resourcemanager.projects.get',
  ],
  'roles/iam.serviceAccountViewer': [...ACCOUNT_READS, ...KEY_READS, 'iam.serviceAccounts.getIamPolicy'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountUser': [...ACCOUNT_READS, 'iam.serviceAccounts.actAs'],
  'roles/iam.workloadIdentityUser': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.list',
  ],
  'roles/iam.workloadIdentityPoolAdmin': [...POOL_READS, ...POOL_WRITES, 'resourcemanager.projects.get'],
  'roles/iam.denyAdmin': [
    ...DENY_READS,
    'iam.denypolicies.create',
    'iam.denypolicies.update',
    'iam.denypolicies.delete',
  ],
  'roles/iam.denyReviewer': DENY_READS,
  'roles/iam.roleAdmin': [
    ...ROLE_WRITES,
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
  ],
  'roles/iam.organizationRoleAdmin': [
    ...ROLE_WRITES,
    'resourcemanager.organizations.get',
    'resourcemanager.organizations.getIamPolicy',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.list',
  ],
  'roles/iam.roleViewer': ['iam.roles.get', 'iam.roles.list'],
  'roles/browser': [...HIERARCHY, 'resourcemanager.projects.getIamPolicy'],
  'roles/resourcemanager.organizationViewer': ['resourcemanager.organizations.get'],
  'roles/resourcemanager.organizationAdmin': [
    ...HIERARCHY,
    ...POLICY_READS.slice(0, 3),
    ...POLICY_WRITES.slice(0, 3),
  ],
  'roles/resourcemanager.folderViewer': HIERARCHY.slice(0, 4),
  'roles/resourcemanager.projectIamAdmin': [
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.setIamPolicy',
  ],
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/secretmanager.viewer': [
    'secretmanager.secrets.get',
    'secretmanager.secrets.list',
    'secretmanager.secrets.getIamPolicy',
  ],
  'roles/secretmanager.admin': [
    'secretmanager.secrets.get',
    'secretmanager.secrets.list',
    'secretmanager.secrets.getIamPolicy',
    'secretmanager.secrets.setIamPolicy',
    'secretmanager.versions.access',
    'secretmanager.versions.add',
  ],
  'roles/storage.hmacKeyAdmin': [
    'storage.hmacKeys.create',
    'storage.hmacKeys.delete',
    'storage.hmacKeys.get',
    'storage.hmacKeys.list',
    'storage.hmacKeys.update',
  ],
  'roles/storage.objectViewer': ['storage.objects.get', 'storage.objects.list'],
  'roles/storage.objectAdmin': [
    'storage.objects.get',
    'storage.objects.list',
    'storage.objects.create',
    'storage.objects.delete',
  ],
  'roles/serviceusage.apiKeysAdmin': [
    'apikeys.keys.create',
    'apikeys.keys.delete',
    'apikeys.keys.get',
    'apikeys.keys.getKeyString',
    'apikeys.keys.list',
    'apikeys.keys.lookup',
    'apikeys.keys.undelete',
    'apikeys.keys.update',
    'serviceusage.operations.get',
    'resourcemanager.projects.get',
  ],
  'roles/serviceusage.apiKeysViewer': ['apikeys.keys.get', 'apikeys.keys.list', 'apikeys.keys.lookup'],
  'roles/serviceusage.serviceUsageConsumer': ['serviceusage.services.use', 'serviceusage.services.list'],
  'roles/cloudasset.viewer': [
    'cloudasset.assets.searchAllIamPolicies',
    'cloudasset.assets.searchAllResources',
    'cloudasset.assets.analyzeIamPolicy',
  ],
  'roles/orgpolicy.policyViewer': [
    'orgpolicy.customConstraints.list',
    'orgpolicy.policies.list',
    'orgpolicy.policy.get',
  ],
  'roles/policyanalyzer.activityAnalysisViewer': [
    'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
    'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
  ],
  'roles/logging.logWriter': ['logging.logEntries.create'],
  'roles/monitoring.metricWriter': ['monitoring.timeSeries.create'],
  'roles/cloudsql.client': ['cloudsql.instances.connect', 'cloudsql.instances.get'],
  'roles/bigquery.dataViewer': ['bigquery.tables.getData', 'bigquery.tables.list'],
  'roles/bigquery.jobUser': ['bigquery.jobs.create'],
  'roles/pubsub.publisher': ['pubsub.topics.publish'],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/artifactregistry.writer': ['artifactregistry.repositories.uploadArtifacts'],
  'roles/compute.serviceAgent': ['compute.instances.get', 'iam.serviceAccounts.actAs'],
  'roles/container.serviceAgent': ['compute.instances.create', 'iam.serviceAccounts.get'],
  'roles/cloudbuild.serviceAgent': ['iam.serviceAccounts.getAccessToken', 'secretmanager.versions.access'],
}

const sets = new Map<string, ReadonlySet<string>>()
const customSets = new WeakMap<CustomRole, ReadonlySet<string>>()

/** undefined for a role of Google's that the lab does not have. */
export function permissionsOfPredefined(role: string): ReadonlySet<string> | undefined {
  const known = sets.get(role)
  if (known !== undefined) return known
  const list = Object.hasOwn(predefinedRoles, role) ? predefinedRoles[role] : undefined
  if (list === undefined) return undefined
  const made = new Set(list)
  sets.set(role, made)
  return made
}

/** Records are replaced and never changed, so that a set may be kept as long as its record. */
export function permissionsOfCustom(role: CustomRole): ReadonlySet<string> {
  const known = customSets.get(role)
  if (known !== undefined) return known
  const made = new Set(role.deleted === true ? [] : role.permissions)
  customSets.set(role, made)
  return made
}
