/** Where to look in place of the playbook's scope: the names are those of the command line's flags. */
export interface ScopeFlags {
  account?: string[] | undefined
  role?: string | undefined
  'external-id'?: string | undefined
  region?: string[] | undefined
  project?: string[] | undefined
  folder?: string[] | undefined
  organization?: string | undefined
  tenant?: string | undefined
  subscription?: string[] | undefined
  'management-group'?: string[] | undefined
}

/** How a flag reaches a scope: `scope.<cloud>.<member>`, and what its value has to look like. */
interface ScopeFlag {
  cloud: string
  member: string
  pattern: RegExp
  /** Description of a valid value, after "not". */
  says: string
}

/** The patterns are those of the providers' scope schemas; a test compares them. */
export const SCOPE_FLAGS: Readonly<Record<keyof ScopeFlags, ScopeFlag>> = {
  account: {
    cloud: 'aws',
    member: 'accounts',
    pattern: /^(\d{12}|self|organization)$/,
    says: 'an AWS account (12 digits, self or organization)',
  },
  role: {
    cloud: 'aws',
    member: 'role',
    pattern: /^[\w+=,.@/-]{1,512}$/,
    says: 'the name of a role, with its path if it has one (not an ARN)',
  },
  'external-id': {
    cloud: 'aws',
    member: 'externalId',
    pattern: /^[\w+=,.@:/-]{2,1224}$/,
    says: 'an external id (2 to 1,224 letters, digits and +=,.@:/-)',
  },
  region: {
    cloud: 'aws',
    member: 'regions',
    pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
    says: 'an AWS region such as eu-west-1',
  },
  project: {
    cloud: 'gcp',
    member: 'projects',
    pattern: /^(self|\d{6,19}|([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9])$/,
    says: 'a Google Cloud project (its id, its number or self)',
  },
  folder: { cloud: 'gcp', member: 'folders', pattern: /^\d{1,19}$/, says: 'the number of a folder' },
  organization: {
    cloud: 'gcp',
    member: 'organization',
    pattern: /^\d{1,19}$/,
    says: 'the number of a Google Cloud organization (for AWS: --account organization)',
  },
  tenant: {
    cloud: 'azure',
    member: 'tenant',
    pattern: /^[\w.-]{1,255}$/,
    says: 'an Entra tenant (its id or a domain)',
  },
  subscription: {
    cloud: 'azure',
    member: 'subscriptions',
    pattern: /^(all|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
    says: 'a subscription (its id, or all)',
  },
  'management-group': {
    cloud: 'azure',
    member: 'managementGroups',
    pattern: /^[\w().-]{1,90}$/,
    says: 'the name of a management group',
  },
}
