import type { Service } from '../wire.ts'
import { account } from './account.ts'
import { credentialReport } from './credential-report.ts'
import { credentials } from './credentials.ts'
import { ec2 } from './ec2.ts'
import { groups } from './groups.ts'
import { inlinePolicies } from './inline-policies.ts'
import { managedPolicies } from './managed-policies.ts'
import { organizationPolicies } from './organization-policies.ts'
import { organizations } from './organizations.ts'
import { policyVersions } from './policy-versions.ts'
import { principals } from './principals.ts'
import { providers } from './providers.ts'
import { roles } from './roles.ts'
import type { Routes } from './route.ts'
import { secrets } from './secrets.ts'
import { serviceCredentials } from './service-credentials.ts'
import { simulate } from './simulate.ts'
import { sts } from './sts.ts'
import { users } from './users.ts'

/** Everything that the lab answers. */
export const routes: { readonly [service in Service]: Routes } = {
  iam: {
    ...account,
    ...principals,
    ...users,
    ...roles,
    ...groups,
    ...policyVersions,
    ...inlinePolicies,
    ...managedPolicies,
    ...credentials,
    ...serviceCredentials,
    ...credentialReport,
    ...providers,
    ...simulate,
  },
  sts,
  ec2,
  secretsmanager: secrets,
  organizations: { ...organizations, ...organizationPolicies },
}
