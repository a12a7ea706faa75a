import { accountLifecycleRoutes } from './account-lifecycle.ts'
import { accountRoutes } from './accounts.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { credentialRoutes } from './credentials.ts'
import { customRoleRoutes } from './custom-roles.ts'
import { denyRoutes } from './deny-policies.ts'
import { hierarchyRoutes } from './hierarchy.ts'
import { hmacKeyRoutes } from './hmac-keys.ts'
import { insightRoutes } from './insight.ts'
import { keyRoutes } from './keys.ts'
import { logRoutes } from './log-entries.ts'
import { oauthRoutes } from './oauth.ts'
import { orgPolicyRoutes } from './org-policies.ts'
import { poolRoutes } from './pools.ts'
import type { Route } from './route.ts'
import { secretRoutes } from './secrets.ts'
import { troubleshootRoutes } from './troubleshoot.ts'

export const routes: readonly Route[] = [
  ...accountRoutes,
  ...accountLifecycleRoutes,
  ...customRoleRoutes,
  ...keyRoutes,
  ...poolRoutes,
  ...denyRoutes,
  ...hierarchyRoutes,
  ...orgPolicyRoutes,
  ...apiKeyRoutes,
  ...hmacKeyRoutes,
  ...insightRoutes,
  ...troubleshootRoutes,
  ...credentialRoutes,
  ...oauthRoutes,
  ...secretRoutes,
  ...logRoutes,
]

/** All that a method may ask of its caller, e.g. of `iam.projects.serviceAccounts.disable`; undefined: not in the lab. */
export function permissionsOf(operation: string): readonly string[] | undefined {
  const found = routes.filter(({ id }) => id === operation)
  return found.length === 0 ? undefined : [...new Set(found.flatMap(({ permissions }) => permissions))]
}
