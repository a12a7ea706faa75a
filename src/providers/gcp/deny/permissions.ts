/**
 * Permissions that a deny rule may name, as IAM v2 spells them, and that an intruder needs most: becoming somebody else,
 * making credentials, granting roles, reading secrets and data, starting machines. There is no rule that denies
 * everything, and not all permissions can be denied (IAM documentation, "Permissions supported in deny policies").
 */
export const STARTER: readonly string[] = [
  'bigquery.googleapis.com/jobs.create',
  'bigquery.googleapis.com/tables.getData',
  'cloudresourcemanager.googleapis.com/folders.setIamPolicy',
  'cloudresourcemanager.googleapis.com/organizations.setIamPolicy',
  'cloudresourcemanager.googleapis.com/projects.setIamPolicy',
  'compute.googleapis.com/instances.create',
  'compute.googleapis.com/instances.setMetadata',
  'iam.googleapis.com/serviceAccountKeys.create',
  'iam.googleapis.com/serviceAccounts.actAs',
  'iam.googleapis.com/serviceAccounts.getAccessToken',
  'iam.googleapis.com/serviceAccounts.getOpenIdToken',
  'iam.googleapis.com/serviceAccounts.implicitDelegation',
  'iam.googleapis.com/serviceAccounts.setIamPolicy',
  'iam.googleapis.com/serviceAccounts.signBlob',
  'iam.googleapis.com/serviceAccounts.signJwt',
  'iam.googleapis.com/workloadIdentityPoolProviders.update',
  'iam.googleapis.com/workloadIdentityPools.update',
  'secretmanager.googleapis.com/versions.access',
  'storage.googleapis.com/objects.create',
  'storage.googleapis.com/objects.delete',
  'storage.googleapis.com/objects.get',
  'storage.googleapis.com/objects.list',
]

/** `SERVICE/RESOURCE.ACTION`, or a group of them (`SERVICE/RESOURCE.*`). */
export const DENIABLE = /^[a-z][a-z0-9-]*\.googleapis\.com\/[A-Za-z*][A-Za-z]*(\.[A-Za-z*]+)+$/

/** The same permission as roles spell it: `cloudresourcemanager` is `resourcemanager` there. */
export function rolePermission(deniable: string): string {
  const [service = '', action = ''] = deniable.split('/')
  const short = service.replace(/\.googleapis\.com$/, '')
  return `${short === 'cloudresourcemanager' ? 'resourcemanager' : short}.${action}`
}
