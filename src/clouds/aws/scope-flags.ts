import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { replacedTogether, type ScopeOfCloud } from '../kit/cloud.ts'

/** The patterns of the members of `scope.aws`, in a playbook and in a flag. */
export const PATTERNS = {
  account: /^\d{12}$/,
  /** Name, with its path if it has one. */
  role: /^[\w+=,.@/-]{1,512}$/,
  externalId: /^[\w+=,.@:/-]{2,1224}$/,
  region: /^[a-z]{2,8}(-[a-z]+)+-\d{1,2}$/,
}

/** The flags that reach `scope.aws`. */
export const scope = {
  flags: [
    {
      flag: 'account',
      member: 'accounts',
      pattern: /^(\d{12}|self|organization)$/,
      says: 'an AWS account (12 digits, self or organization)',
      summary:
        'accounts in place of those of the playbook: ids (a list has commas), self, or organization for all of them',
      helpValue: 'ID|organization',
      many: true,
      entry: true,
    },
    {
      flag: 'role',
      member: 'role',
      pattern: PATTERNS.role,
      says: 'the name of a role, with its path if it has one (not an ARN)',
      summary: 'role to assume in accounts other than your own',
      helpValue: 'NAME',
      entry: true,
    },
    {
      flag: 'external-id',
      member: 'externalId',
      pattern: PATTERNS.externalId,
      says: 'an external id (2 to 1,224 letters, digits and +=,.@:/-)',
      summary: 'external id that the role asks for',
      helpValue: 'ID',
      entry: true,
    },
    {
      flag: 'region',
      member: 'regions',
      pattern: PATTERNS.region,
      says: 'an AWS region such as eu-west-1',
      summary: 'regions whose instances are looked at',
      helpValue: 'REGION',
      many: true,
    },
  ],
  replaced: replacedTogether(['accounts']),
  // A role without accounts to enter, and accounts without a role, are mistakes that signing in would show one by one only.
  flaw({ accounts, role }: Readonly<Record<string, Json>>, given: ReadonlySet<string>) {
    const all = Array.isArray(accounts) ? accounts : ['self']
    const others = all.filter(each => each !== 'self')
    const entry = [
      ['role', 'role'],
      ['externalId', 'external-id'],
    ].find(([member = '']) => given.has(member))
    if (entry !== undefined && others.length === 0) {
      return new Fault(
        'usage',
        `--${entry[1]} is for other accounts than your own, and only your own is looked at`,
        { where: `--${entry[1]}`, next: 'add --account ID,… or --account organization' },
      )
    }
    // A single id may be that of the caller's own account.
    const isForeign = others.length > 1 || others.includes('organization')
    if (!given.has('accounts') || !isForeign || role !== undefined) return undefined
    return new Fault('usage', 'no role is named by which the other accounts can be entered', {
      where: '--account',
      next: 'add --role NAME, the role to assume in each of them',
    })
  },
} as const satisfies ScopeOfCloud
