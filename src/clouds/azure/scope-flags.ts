import { replacedTogether, type ScopeOfCloud } from '../kit/cloud.ts'

/** The patterns of the members of `scope.azure`, in a playbook and in a flag. */
export const PATTERNS = {
  /** Id or domain. */
  tenant: /^[\w.-]{1,255}$/,
  managementGroup: /^[\w().-]{1,90}$/,
}

/** The flags that reach `scope.azure`. */
export const scope = {
  flags: [
    {
      flag: 'tenant',
      member: 'tenant',
      pattern: PATTERNS.tenant,
      says: 'an Entra tenant (its id or a domain)',
      summary: 'Entra tenant to sign in to',
      helpValue: 'ID',
    },
    {
      flag: 'subscription',
      member: 'subscriptions',
      pattern: /^(all|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
      says: 'a subscription (its id, or all)',
      summary: 'subscriptions in place of those of the playbook, or all',
      helpValue: 'ID',
      many: true,
    },
    {
      flag: 'management-group',
      member: 'managementGroups',
      pattern: PATTERNS.managementGroup,
      says: 'the name of a management group',
      summary: 'every subscription below these management groups',
      helpValue: 'NAME',
      many: true,
    },
  ],
  replaced: replacedTogether(['subscriptions', 'managementGroups']),
} as const satisfies ScopeOfCloud
