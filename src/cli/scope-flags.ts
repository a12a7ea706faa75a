import { string } from '@oclif/core/flags'

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
