import type { Json } from '../../model/json.ts'

/**
 * No custom role may have these; they come with a predefined role, on the organization (IAM documentation, "Deny access
 * to resources", required roles).
 */
const DENY = /^iam\.denypolicies\./

/** A role of a project has no use for these: they are on what is above it. */
const ABOVE = /^resourcemanager\.(folders|organizations)\.|^resourcemanager\.projects\.list$/

/**
 * The least that an identity needs for these permissions, as a custom role: the file that
 * `gcloud iam roles create interdict --organization=<number> --file=<this>` takes, or `--project` where nothing above
 * the project is named.
 */
export function policyDocument(permissions: readonly string[]): Json {
  const all = [...new Set(permissions)].sort()
  const included = all.filter(each => !DENY.test(each))
  const notes = [
    included.some(each => ABOVE.test(each)) ? 'Make it on the organization (--organization).' : '',
    included.length < all.length
      ? 'Grant roles/iam.denyAdmin on the organization as well: deny policies are in no custom role.'
      : '',
    included.some(each => each.endsWith('.setIamPolicy'))
      ? 'setIamPolicy lets its holder become anyone: grant it for the incident only.'
      : '',
  ].filter(each => each !== '')
  return {
    title: 'interdict',
    description: notes.length > 0 ? notes.join(' ') : 'Permissions that interdict uses, and no more.',
    stage: 'GA',
    includedPermissions: included,
  }
}
