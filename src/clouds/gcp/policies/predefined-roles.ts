const TOKENS = ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.getOpenIdToken']
const SIGNATURES = ['iam.serviceAccounts.signBlob', 'iam.serviceAccounts.signJwt']
const RUNS_AND_KEYS = [
  'iam.serviceAccounts.actAs',
  'iam.serviceAccountKeys.create',
  'storage.hmacKeys.create',
]
const OWN_POLICY = 'iam.serviceAccounts.setIamPolicy'
const PROJECT_POLICY = 'resourcemanager.projects.setIamPolicy'
const FOLDER_POLICY = 'resourcemanager.folders.setIamPolicy'
const ORGANIZATION_POLICY = 'resourcemanager.organizations.setIamPolicy'

/**
 * Powers that Google's own roles give over a service account, so that nothing is asked about them: permissions that
 * these roles are for and do not lose (IAM basic and predefined roles reference).
 */
const POWERFUL: { readonly [role: string]: readonly string[] } = {
  'roles/owner': [...RUNS_AND_KEYS, OWN_POLICY, PROJECT_POLICY],
  'roles/editor': RUNS_AND_KEYS,
  'roles/iam.serviceAccountTokenCreator': [
    ...TOKENS,
    'iam.serviceAccounts.implicitDelegation',
    ...SIGNATURES,
  ],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.workloadIdentityUser': TOKENS,
  'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
  'roles/iam.serviceAccountAdmin': [OWN_POLICY],
  'roles/iam.serviceAccountKeyAdmin': ['iam.serviceAccountKeys.create'],
  'roles/iam.serviceAccountApiKeyBindingAdmin': ['iam.serviceAccountApiKeyBindings.create'],
  'roles/iam.securityAdmin': [OWN_POLICY, PROJECT_POLICY, FOLDER_POLICY, ORGANIZATION_POLICY],
  'roles/resourcemanager.projectIamAdmin': [PROJECT_POLICY],
  'roles/resourcemanager.folderAdmin': [PROJECT_POLICY, FOLDER_POLICY],
  'roles/resourcemanager.folderIamAdmin': [PROJECT_POLICY, FOLDER_POLICY],
  'roles/resourcemanager.organizationAdmin': [PROJECT_POLICY, FOLDER_POLICY, ORGANIZATION_POLICY],
  'roles/storage.hmacKeyAdmin': ['storage.hmacKeys.create'],
  'roles/storage.admin': ['storage.hmacKeys.create'],
}

/**
 * Roles that give no power over a service account, for where Google does not say what is in a role: those that only read,
 * and the data roles that workloads have everywhere.
 */
const HARMLESS =
  /^roles\/(viewer|browser|iam\.(serviceAccountViewer|securityReviewer|roleViewer|denyAdmin|denyReviewer|workloadIdentityPool(Admin|Viewer))|[a-zA-Z]+\.(viewer|reader|dataViewer|objectViewer|organizationViewer|folderViewer)|storage\.object(Admin|Creator|User)|secretmanager\.secretAccessor|logging\.(logWriter|privateLogViewer)|monitoring\.metricWriter|bigquery\.(dataEditor|jobUser|user)|pubsub\.(publisher|subscriber)|run\.invoker|cloudsql\.client|artifactregistry\.writer|cloudasset\.viewer|orgpolicy\.policyViewer|serviceusage\.serviceUsageConsumer)$/

/** Permissions over service accounts that a role of Google's has for sure; undefined where it is not in the list. */
export function knownPowers(role: string): readonly string[] | undefined {
  return Object.hasOwn(POWERFUL, role) ? POWERFUL[role] : undefined
}

/** Whether a role of Google's is known to give no power over service accounts. */
export function isHarmless(role: string): boolean {
  return HARMLESS.test(role)
}
