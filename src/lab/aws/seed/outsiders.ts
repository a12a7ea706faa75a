import type { Account } from '../store.ts'
import { allow, policy } from './documents.ts'
import { ACCOUNT, PARTNER_ACCOUNT, VENDOR_ACCOUNT } from './ids.ts'
import { type Calendar, userOf } from './records.ts'
import type { UserSpec } from './spec.ts'

const assumes = (...roles: string[]) => ({
  'assume-customer-roles': policy(
    allow(
      'sts:AssumeRole',
      roles.map(role => `arn:aws:iam::${ACCOUNT}:role/third-party/${role}`),
    ),
  ),
})

const VENDOR_USERS: readonly UserSpec[] = [
  { name: 'vendor-agent', inline: assumes('vendor-sync', 'vendor-legacy'), keys: [{ age: 200, used: 0 }] },
  { name: 'vendor-nightly', inline: assumes('vendor-sync'), keys: [{ age: 40, used: 0 }] },
]

const PARTNER_USERS: readonly UserSpec[] = [
  { name: 'reporter', inline: assumes('partner-reports'), keys: [{ age: 100, used: 0 }] },
]

/** The accounts of third parties, with the users who assume roles in ours. */
export function outsiders(calendar: Calendar): Account[] {
  return [
    accountOf(VENDOR_ACCOUNT, VENDOR_USERS, calendar),
    accountOf(PARTNER_ACCOUNT, PARTNER_USERS, calendar),
  ]
}

function accountOf(id: string, users: readonly UserSpec[], calendar: Calendar): Account {
  return {
    id,
    users: users.map(spec => userOf(spec, id, calendar)),
    roles: [],
    groups: [],
    policies: [],
    oidcProviders: [],
    samlProviders: [],
    instanceProfiles: [],
    associations: [],
    secrets: [],
  }
}
