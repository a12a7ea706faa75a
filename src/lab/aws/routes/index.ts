import type { Service } from '../wire.ts'
import { account } from './account.ts'
import { inlinePolicies } from './inline-policies.ts'
import { managedPolicies } from './managed-policies.ts'
import { principals } from './principals.ts'
import type { Routes } from './route.ts'

/** Everything that the lab answers. */
export const routes: { readonly [service in Service]: Routes } = {
  iam: { ...account, ...principals, ...inlinePolicies, ...managedPolicies },
  sts: {},
  ec2: {},
  secretsmanager: {},
}
