/** The permission that Google requires for each operation that is called, where it is not the operation's own name. */
const NEEDS: { readonly [operation: string]: readonly string[] } = {
  'cloudasset.searchAllIamPolicies': ['cloudasset.assets.searchAllIamPolicies'],
  'cloudresourcemanager.projects.search': ['resourcemanager.projects.get'],
  'policyanalyzer.projects.locations.activityTypes.activities.query': [
    'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
    'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
  ],
  'policytroubleshooter.iam.troubleshoot': ['iam.denypolicies.get', 'iam.roles.get'],
  'iam.projects.roles.get': ['iam.roles.get'],
  'iam.organizations.roles.get': ['iam.roles.get'],
  'iam.policies.listPolicies': ['iam.denypolicies.list'],
  'iam.policies.get': ['iam.denypolicies.get'],
  'iam.policies.createPolicy': ['iam.denypolicies.create'],
  'iam.policies.update': ['iam.denypolicies.update'],
  'iam.policies.delete': ['iam.denypolicies.delete'],
  'iam.policies.operations.get': ['iam.denypolicies.get'],
  'iam.projects.locations.workloadIdentityPools.patch': ['iam.workloadIdentityPools.update'],
  'iam.projects.locations.workloadIdentityPools.operations.get': ['iam.workloadIdentityPools.get'],
  'iam.projects.locations.workloadIdentityPools.providers.patch': [
    'iam.workloadIdentityPoolProviders.update',
  ],
  'iam.projects.locations.workloadIdentityPools.providers.operations.get': [
    'iam.workloadIdentityPoolProviders.get',
  ],
  'apikeys.projects.locations.keys.patch': ['apikeys.keys.update'],
  'logging.entries.list': ['logging.logEntries.list'],
  'orgpolicy.organizations.customConstraints.list': ['orgpolicy.customConstraints.list'],
  'orgpolicy.projects.policies.getEffectivePolicy': ['orgpolicy.policy.get'],
  'orgpolicy.folders.policies.getEffectivePolicy': ['orgpolicy.policy.get'],
  'orgpolicy.organizations.policies.getEffectivePolicy': ['orgpolicy.policy.get'],
  'secretmanager.projects.secrets.get': ['secretmanager.secrets.get'],
  'secretmanager.projects.secrets.addVersion': ['secretmanager.versions.add'],
  'secretmanager.projects.secrets.versions.access': ['secretmanager.versions.access'],
  'apikeys.operations.get': ['serviceusage.operations.get'],
  // Anybody may ask what they may do.
  'oauth2.tokeninfo': [],
}

const COLLECTIONS: readonly [RegExp, string][] = [
  [/^iam\.projects\.serviceAccounts\.keys\./, 'iam.serviceAccountKeys.'],
  [/^iam\.projects\.serviceAccounts\./, 'iam.serviceAccounts.'],
  [/^iam\.projects\.locations\.workloadIdentityPools\.providers\./, 'iam.workloadIdentityPoolProviders.'],
  [/^iam\.projects\.locations\.workloadIdentityPools\./, 'iam.workloadIdentityPools.'],
  [/^cloudresourcemanager\./, 'resourcemanager.'],
  [/^storage\.projects\.hmacKeys\./, 'storage.hmacKeys.'],
  [/^apikeys\.projects\.locations\.keys\./, 'apikeys.keys.'],
]

/**
 * The permissions that an operation of the discovery documents needs: `iam.projects.serviceAccounts.disable` needs
 * `iam.serviceAccounts.disable` (IAM documentation, "Permissions reference").
 */
export function permissionsFor(operation: string): readonly string[] {
  const known = NEEDS[operation]
  if (known) return known
  if (operation.endsWith('.testIamPermissions')) return []
  const found = COLLECTIONS.find(([pattern]) => pattern.test(operation))
  return [found ? operation.replace(...found) : operation]
}
