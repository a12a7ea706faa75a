import type { Occasions } from '../../../model/interruption.ts'

const EARLY = 'to restore before the tokens from before the containment have expired'
const ORGANIZATION = 'where the account has roles on the organization'
const FOLDERS = 'where the account has roles on a folder'
const ACCOUNTS = 'where the account has roles on service accounts'
const INHERITED = 'to see who may act as the account by a role on the project or above'
const DOMAINS = 'to see whether an organization policy restricts who may be granted roles'

const stepDown = {
  'iam.denypolicies.get': EARLY,
  'iam.denypolicies.create': EARLY,
  'iam.denypolicies.update': EARLY,
  'iam.denypolicies.delete': EARLY,
}

const granted = {
  'resourcemanager.folders.setIamPolicy': FOLDERS,
  'resourcemanager.organizations.setIamPolicy': ORGANIZATION,
  'iam.serviceAccounts.setIamPolicy': ACCOUNTS,
}

/** Permissions that an interruption calls on some occasions only, by its id. */
export const OCCASIONS: { readonly [id: string]: Occasions } = {
  'gcp.service-account.quarantine': {
    // Policy Troubleshooter looks into roles of the customer's own with what the caller may see.
    probe: ['iam.roles.get'],
    cut: { 'iam.denypolicies.update': 'where the run has a deny policy there already' },
    restore: { 'iam.denypolicies.update': 'where the deny policy of the run denies others too' },
  },
  'gcp.service-account.disable': { restore: stepDown },
  'gcp.service-account.detach': {
    read: {
      'cloudasset.assets.searchAllIamPolicies':
        'to find roles that the account has on other projects and accounts',
      'orgpolicy.customConstraints.list': DOMAINS,
      'orgpolicy.policy.get': DOMAINS,
      'resourcemanager.organizations.get': DOMAINS,
      'resourcemanager.folders.getIamPolicy': FOLDERS,
      'resourcemanager.organizations.getIamPolicy': ORGANIZATION,
      'iam.serviceAccounts.getIamPolicy': ACCOUNTS,
    },
    cut: granted,
    restore: { ...granted, ...stepDown },
  },
  'gcp.service-account.gate': {
    read: {
      'orgpolicy.policy.get': DOMAINS,
      'resourcemanager.organizations.get': DOMAINS,
      'resourcemanager.projects.get': DOMAINS,
      'orgpolicy.customConstraints.list': DOMAINS,
      'iam.roles.get': 'to see what is in roles that are not among the well-known ones',
      'resourcemanager.projects.getIamPolicy': INHERITED,
      'resourcemanager.folders.getIamPolicy': INHERITED,
      'resourcemanager.organizations.getIamPolicy': INHERITED,
    },
  },
}
