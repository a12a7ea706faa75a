import { roleArn } from '../estate.ts'
import { QUOTAS } from '../policy-document.ts'
import type { InstanceProfile } from '../store.ts'
import { Entries, type Value } from '../wire.ts'
import { type Call, page, type Routes } from './route.ts'
import {
  countPolicies,
  groupDetail,
  type PolicyCounts,
  policyDetail,
  roleDetail,
  userDetail,
} from './shapes.ts'

const LISTS = {
  User: 'UserDetailList',
  Group: 'GroupDetailList',
  Role: 'RoleDetailList',
  LocalManagedPolicy: 'Policies',
  AWSManagedPolicy: 'Policies',
} as const
type Filter = keyof typeof LISTS
const FILTERS = Object.keys(LISTS) as Filter[]

interface Detail {
  list: (typeof LISTS)[Filter]
  /** Only what gets onto the page is written out. */
  detail: () => Value
}

/** All that the filters let through after the key, one kind after the other. A key is `<number of the kind>/<key>`. */
function* details(call: Call, filters: readonly Filter[], after: string | undefined) {
  const { account, estate, view } = call
  let counts: PolicyCounts | undefined
  const countsNow = () => {
    counts ??= countPolicies(account)
    return counts
  }
  let profiles: Map<string, InstanceProfile[]> | undefined
  const profilesOf = (role: string) => {
    profiles ??= Map.groupBy(account.instanceProfiles.values(), profile => profile.role ?? '')
    return profiles.get(role) ?? []
  }
  const from = Number(after?.slice(0, 1) ?? -1)
  for (const [index, filter] of FILTERS.entries()) {
    if (index < from || !filters.includes(filter)) continue
    const key = index === from ? after?.slice(2) : undefined
    const entry = (name: string, detail: () => Value) =>
      [`${index}/${name}`, { list: LISTS[filter], detail } satisfies Detail] as const
    if (filter === 'User') {
      for (const [name, user] of account.users.after(key, view)) {
        yield entry(name, () => userDetail(account.id, user))
      }
    } else if (filter === 'Group') {
      for (const [name, group] of account.groups.after(key, view)) {
        yield entry(name, () => groupDetail(account.id, group))
      }
    } else if (filter === 'Role') {
      for (const [name, role] of account.roles.after(key, view)) {
        const used = () => estate.uses.get(roleArn(account.id, role))
        yield entry(name, () => roleDetail(account, role, used(), profilesOf(role.name)))
      }
    } else if (filter === 'LocalManagedPolicy') {
      for (const [arn, policy] of account.policies.after(key, view)) {
        yield entry(arn, () => policyDetail(policy, countsNow()))
      }
    } else {
      for (const arn of [...estate.managedPolicies.keys()].sort()) {
        const policy = estate.managedPolicies.get(arn)
        if (policy === undefined || (key !== undefined && arn <= key)) continue
        yield entry(arn, () => policyDetail(policy, countsNow()))
      }
    }
  }
}

export const account: Routes = {
  GetAccountAuthorizationDetails: {
    run(call) {
      const wanted = call.params.list('Filter.member')
      const filters = FILTERS.filter(filter => wanted.length === 0 || wanted.includes(filter))
      const { items, more } = page<Detail>(call, key => details(call, filters, key))
      const lists: { [list: string]: Value[] } = {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: [],
        Policies: [],
      }
      for (const { list, detail } of items) lists[list]?.push(detail())
      return { ...lists, ...more }
    },
  },
  ListAccountAliases: {
    run: ({ account: { alias } }) => ({
      AccountAliases: alias === undefined ? [] : [alias],
      IsTruncated: false,
    }),
  },
  GetAccountSummary: {
    run({ account: { users, roles, groups, policies, oidcProviders, samlProviders, instanceProfiles } }) {
      const summary = {
        Users: users.size,
        UsersQuota: 5000,
        Groups: groups.size,
        GroupsQuota: 300,
        Roles: roles.size,
        RolesQuota: 1000,
        Policies: policies.size,
        PoliciesQuota: 1500,
        Providers: oidcProviders.size + samlProviders.size,
        InstanceProfiles: instanceProfiles.size,
        InstanceProfilesQuota: 1000,
        AccessKeysPerUserQuota: QUOTAS.accessKeys,
        SigningCertificatesPerUserQuota: QUOTAS.certificates,
        GroupsPerUserQuota: QUOTAS.groups,
        UserPolicySizeQuota: QUOTAS.userInline,
        GroupPolicySizeQuota: QUOTAS.groupInline,
        RolePolicySizeQuota: QUOTAS.roleInline,
        AssumeRolePolicySizeQuota: QUOTAS.trust,
        PolicySizeQuota: QUOTAS.managedPolicy,
        VersionsPerPolicyQuota: QUOTAS.versions,
        AttachedPoliciesPerUserQuota: QUOTAS.attached,
        AttachedPoliciesPerRoleQuota: QUOTAS.attached,
        AttachedPoliciesPerGroupQuota: QUOTAS.attached,
        AccountMFAEnabled: 1,
        AccountAccessKeysPresent: 0,
      }
      return { SummaryMap: new Entries(summary) }
    },
  },
}
