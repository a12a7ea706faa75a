import { string } from '@oclif/core/flags'

/** The scope flags of a command, as its parser gives them. */
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

/** Several values: the flag repeated, or one list joined by commas. */
const many = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

const AWS = { helpGroup: 'AWS' } as const
const GOOGLE = { helpGroup: 'GOOGLE CLOUD' } as const
const AZURE = { helpGroup: 'AZURE' } as const

/** How accounts of AWS other than the caller's own are entered. */
export const awsEntryFlags = {
  account: string({
    ...AWS,
    ...many,
    summary:
      'accounts in place of those of the playbook: ids (a list has commas), self, or organization for all of them',
    helpValue: 'ID|organization',
  }),
  role: string({ ...AWS, summary: 'role to assume in accounts other than your own', helpValue: 'NAME' }),
  'external-id': string({ ...AWS, summary: 'external id that the role asks for', helpValue: 'ID' }),
}

export const azureTenant = { ...AZURE, helpValue: 'ID' } as const

/** Where to look, in place of the playbook's scope; what is used is recorded in the run. */
export const scopeFlags = {
  ...awsEntryFlags,
  region: string({
    ...AWS,
    ...many,
    summary: 'regions whose instances are looked at',
    helpValue: 'REGION',
  }),
  project: string({
    ...GOOGLE,
    ...many,
    summary: 'projects in place of those of the playbook',
    helpValue: 'ID',
  }),
  folder: string({ ...GOOGLE, ...many, summary: 'every project below these folders', helpValue: 'NUMBER' }),
  organization: string({
    ...GOOGLE,
    summary: 'every project of this organization, unless --project or --folder is given',
    helpValue: 'NUMBER',
  }),
  tenant: string({ ...azureTenant, summary: 'Entra tenant to sign in to' }),
  subscription: string({
    ...AZURE,
    ...many,
    summary: 'subscriptions in place of those of the playbook, or all',
    helpValue: 'ID',
  }),
  'management-group': string({
    ...AZURE,
    ...many,
    summary: 'every subscription below these management groups',
    helpValue: 'NAME',
  }),
}
