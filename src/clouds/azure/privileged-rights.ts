/** Application permissions of Microsoft Graph by which any application is written, or the right to do so is taken. */
export const WRITE_ALL: ReadonlySet<string> = new Set([
  'Application.ReadWrite.All',
  'Directory.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'RoleManagement.ReadWrite.Directory',
])

/** Applications of one's own only (Microsoft Graph permissions reference). */
export const WRITE_OWNED = 'Application.ReadWrite.OwnedBy'

/**
 * Application permissions by which an application enables itself again, or takes back what it was given: those above, of one's
 * own only where it may be an owner, of agents, and of conditional access and groups.
 */
export const GRAPH_POWERS: ReadonlySet<string> = new Set([
  ...WRITE_ALL,
  WRITE_OWNED,
  'AgentIdentity.EnableDisable.All',
  'AgentIdentity.ReadWrite.All',
  'AgentIdentityBlueprintPrincipal.EnableDisable.All',
  'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'GroupMember.ReadWrite.All',
  'Group.ReadWrite.All',
  'Policy.ReadWrite.ConditionalAccess',
])

/** Directory roles that manage applications, or give themselves such a role (Microsoft Entra built-in roles). */
export const DIRECTORY_POWERS: ReadonlySet<string> = new Set([
  'Application Administrator',
  'Cloud Application Administrator',
  'Directory Writers',
  'Global Administrator',
  'Hybrid Identity Administrator',
  'Partner Tier2 Support',
  'Privileged Role Administrator',
])
