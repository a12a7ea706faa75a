/**
 * Permissions that a deny rule may name, as IAM v2 spells them, and that an intruder needs most: becoming somebody else,
 * taking a cut back, making credentials, granting roles, reading secrets and data, starting machines. There is no rule
 * that denies everything, and not all permissions can be denied (IAM documentation, "Permissions supported in deny
 * policies"). Each of these is in deny policies that are in use; `iam.denypolicies.*` and
 * `iam.serviceAccountKeys.enable` are in none, and are not deniable.
 */
export const USUAL: readonly string[] = [
  'apikeys.googleapis.com/keys.create',
  'bigquery.googleapis.com/jobs.create',
  'bigquery.googleapis.com/tables.getData',
  'cloudresourcemanager.googleapis.com/projects.setIamPolicy',
  'compute.googleapis.com/instances.create',
  'compute.googleapis.com/instances.setMetadata',
  'compute.googleapis.com/instances.setServiceAccount',
  'iam.googleapis.com/roles.create',
  'iam.googleapis.com/roles.undelete',
  'iam.googleapis.com/roles.update',
  'iam.googleapis.com/serviceAccountKeys.create',
  // A deleted key cannot be put back.
  'iam.googleapis.com/serviceAccountKeys.delete',
  'iam.googleapis.com/serviceAccounts.actAs',
  'iam.googleapis.com/serviceAccounts.create',
  'iam.googleapis.com/serviceAccounts.enable',
  'iam.googleapis.com/serviceAccounts.getAccessToken',
  'iam.googleapis.com/serviceAccounts.getOpenIdToken',
  'iam.googleapis.com/serviceAccounts.implicitDelegation',
  'iam.googleapis.com/serviceAccounts.setIamPolicy',
  'iam.googleapis.com/serviceAccounts.signBlob',
  'iam.googleapis.com/serviceAccounts.signJwt',
  'iam.googleapis.com/serviceAccounts.undelete',
  'iam.googleapis.com/workloadIdentityPoolProviders.create',
  'iam.googleapis.com/workloadIdentityPoolProviders.undelete',
  'iam.googleapis.com/workloadIdentityPoolProviders.update',
  'iam.googleapis.com/workloadIdentityPools.create',
  'iam.googleapis.com/workloadIdentityPools.undelete',
  'iam.googleapis.com/workloadIdentityPools.update',
  'secretmanager.googleapis.com/secrets.setIamPolicy',
  'secretmanager.googleapis.com/versions.access',
  'storage.googleapis.com/buckets.setIamPolicy',
  'storage.googleapis.com/hmacKeys.create',
  'storage.googleapis.com/hmacKeys.update',
  'storage.googleapis.com/objects.create',
  'storage.googleapis.com/objects.delete',
  'storage.googleapis.com/objects.get',
  'storage.googleapis.com/objects.list',
]

/**
 * Not confirmed: denied where Google takes it, left out where it does not. A thief writes a protecting description with
 * `serviceAccounts.update`; with the others it learns what was done to it, and what there is to undo.
 */
export const TENTATIVE: readonly string[] = [
  'cloudresourcemanager.googleapis.com/projects.getIamPolicy',
  'iam.googleapis.com/serviceAccountKeys.get',
  'iam.googleapis.com/serviceAccountKeys.list',
  'iam.googleapis.com/serviceAccounts.get',
  'iam.googleapis.com/serviceAccounts.getIamPolicy',
  'iam.googleapis.com/serviceAccounts.list',
  'iam.googleapis.com/serviceAccounts.update',
]

/** Permissions that only a policy above a project denies; whether Google takes it there is not confirmed either. */
const ABOVE = {
  project: [],
  folder: ['cloudresourcemanager.googleapis.com/folders.setIamPolicy'],
  organization: [
    'cloudresourcemanager.googleapis.com/folders.setIamPolicy',
    'cloudresourcemanager.googleapis.com/organizations.setIamPolicy',
  ],
} as const

/** The permissions that a quarantine denies unless the playbook names others, sorted. */
export function usualAt(place: keyof typeof ABOVE): string[] {
  return [...USUAL, ...TENTATIVE, ...ABOVE[place]].sort()
}

/** Of these permissions, those that Google may refuse to take. */
export function unconfirmed(permissions: readonly string[]): string[] {
  const known = new Set(USUAL)
  return permissions.filter(each => !known.has(each))
}

/** `SERVICE/RESOURCE.ACTION`, or a group of them (`SERVICE/RESOURCE.*`). */
export const DENIABLE = /^[a-z][a-z0-9-]*\.googleapis\.com\/[A-Za-z*][A-Za-z]*(\.[A-Za-z*]+)+$/

/** The same permission as roles spell it: `cloudresourcemanager` is `resourcemanager` there. */
export function rolePermission(deniable: string): string {
  const [service = '', action = ''] = deniable.split('/')
  const short = service.replace(/\.googleapis\.com$/, '')
  return `${short === 'cloudresourcemanager' ? 'resourcemanager' : short}.${action}`
}

/**
 * Which of the permissions of a refused deny policy Google does not take. Its message names them, in one spelling or the
 * other; where it names none of ours, those that are not confirmed are left out. Empty: they are not the reason.
 */
export function refusedIn(message: string, permissions: readonly string[]): string[] {
  const isNamed = (name: string) => {
    const at = message.indexOf(name)
    return at >= 0 && !/[A-Za-z.]/.test(message.charAt(at + name.length).replace('.', ''))
  }
  const named = permissions.filter(each => isNamed(each) || isNamed(rolePermission(each)))
  if (named.length > 0) return named
  return /permission|deniable/i.test(message) ? unconfirmed(permissions) : []
}
