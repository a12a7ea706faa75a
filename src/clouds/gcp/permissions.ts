/** Signing in, and what is above a project: folders and the organization, and who administers them. */
const PLACES = [
  'resourcemanager.folders.get',
  'resourcemanager.folders.getIamPolicy',
  'resourcemanager.folders.list',
  'resourcemanager.organizations.get',
  'resourcemanager.organizations.getIamPolicy',
  'resourcemanager.projects.get',
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.list',
] as const

/** Service accounts with their facts, and those that are created meanwhile. */
const ACCOUNTS = [
  'cloudasset.assets.searchAllIamPolicies',
  'iam.roles.get',
  'iam.serviceAccounts.get',
  'iam.serviceAccounts.getIamPolicy',
  'iam.serviceAccounts.list',
  'logging.logEntries.list',
  'orgpolicy.policy.get',
  'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
]

/** Credentials of a service account: listed with it, and looked at again while it is contained. */
const CREDENTIALS = [
  'apikeys.keys.list',
  'iam.serviceAccountKeys.list',
  'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
  'storage.hmacKeys.list',
]

const POOLS = ['iam.workloadIdentityPoolProviders.list', 'iam.workloadIdentityPools.list']

const BY_KIND: { readonly [kind: string]: readonly string[] } = {
  'service-account': [...ACCOUNTS, ...CREDENTIALS],
  'service-account-key': [...ACCOUNTS, ...CREDENTIALS],
  'hmac-key': [...ACCOUNTS, ...CREDENTIALS],
  'api-key': [...ACCOUNTS, ...CREDENTIALS],
  'workload-pool': [...POOLS, 'cloudasset.assets.searchAllIamPolicies'],
  'workload-provider': [...POOLS, 'cloudasset.assets.searchAllIamPolicies'],
  'deny-policy': ['iam.denypolicies.list'],
}

/** Permissions that listing these kinds takes, and looking after them in a run; each once, sorted. */
export function listingPermissions(kinds: readonly string[] = Object.keys(BY_KIND)): string[] {
  return [...new Set([...PLACES, ...kinds.flatMap(kind => BY_KIND[kind] ?? [])])].sort()
}
