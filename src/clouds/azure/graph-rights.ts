import type { Right } from '../../model/capability.ts'
import { unlessBug } from '../../model/fault.ts'
import type { AzureClient } from './client.ts'
import type { Claims } from './http/tokens.ts'

/**
 * Permissions of Microsoft Graph that are enough for all that we call with another one (Microsoft Graph permissions
 * reference; microsoft-graph-devx-content, permissions.json).
 */
const ENOUGH: { readonly [permission: string]: readonly string[] } = {
  'Application.Read.All': ['Application.ReadWrite.All'],
  'Directory.Read.All': ['Directory.ReadWrite.All'],
  'AgentIdentity.EnableDisable.All': ['AgentIdentity.ReadWrite.All'],
  'AgentIdentityBlueprintPrincipal.EnableDisable.All': ['AgentIdentityBlueprintPrincipal.ReadWrite.All'],
  'DelegatedPermissionGrant.ReadWrite.All': ['Directory.ReadWrite.All'],
  'RoleManagement.Read.Directory': [
    'RoleManagement.ReadWrite.Directory',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  'RoleAssignmentSchedule.Read.Directory': [
    'RoleAssignmentSchedule.ReadWrite.Directory',
    'RoleManagement.Read.Directory',
    'RoleManagement.ReadWrite.Directory',
    'RoleManagement.Read.All',
  ],
  'GroupMember.Read.All': [
    'GroupMember.ReadWrite.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  'GroupMember.ReadWrite.All': ['Group.ReadWrite.All'],
  'LicenseAssignment.Read.All': [
    'LicenseAssignment.ReadWrite.All',
    'Organization.Read.All',
    'Organization.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
}

/** Those with which some of it works, and nobody documents what for all of it. */
const PERHAPS: { readonly [permission: string]: readonly string[] } = {
  'Application.Read.All': ['Directory.Read.All', 'Directory.ReadWrite.All'],
  'Application.ReadWrite.All': ['Directory.ReadWrite.All'],
  'AgentIdentity.EnableDisable.All': ['Application.ReadWrite.All'],
  'AgentIdentityBlueprintPrincipal.EnableDisable.All': ['Application.ReadWrite.All'],
  'GroupMember.ReadWrite.All': ['Directory.ReadWrite.All'],
}

/** Those that reach what the caller owns, and nothing else. */
const OWNED: { readonly [permission: string]: string } = {
  'Application.Read.All': 'Application.ReadWrite.OwnedBy',
  'Application.ReadWrite.All': 'Application.ReadWrite.OwnedBy',
}

const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

/** Directory roles whose holder writes every application: Global, Application and Cloud Application Administrator (Microsoft Entra built-in roles). */
const APPLICATION_ROLES = new Set([
  GLOBAL_ADMINISTRATOR,
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  '158c047a-c907-4556-b7ef-446551a6b5f7',
])

/**
 * Whether our Graph token has each permission. A person's token lists what the tool may do for them; what they may do
 * themselves is in their directory roles. `Directory.AccessAsUser.All`, which `az login` gets, stands for those rights.
 */
export async function graphRights(
  client: AzureClient,
  permissions: readonly string[],
): Promise<Map<string, Right>> {
  try {
    const claims = await client.claims()
    return new Map(permissions.map(each => [each, rightOf(claims, each)]))
  } catch (error) {
    const fault = unlessBug(error)
    return new Map(permissions.map(each => [each, { held: 'unknown', why: fault.message }]))
  }
}

function rightOf({ roles, scopes, directoryRoles }: Claims, permission: string): Right {
  if (scopes.includes('Directory.AccessAsUser.All')) {
    const isApplications = /^Application\.Read(Write)?\.All$/.test(permission)
    if (isApplications && directoryRoles.some(each => APPLICATION_ROLES.has(each.toLowerCase()))) {
      return { held: 'yes' }
    }
    return {
      held: 'unknown',
      why: 'the Graph token has Directory.AccessAsUser.All: everything that the signed-in person may do',
    }
  }
  if (roles.length === 0 && scopes.length === 0) {
    return { held: 'unknown', why: 'the Graph token lists no permissions' }
  }
  const has = (each: string) => roles.includes(each) || scopes.includes(each)
  const isEnough = [permission, ...(ENOUGH[permission] ?? [])].some(has)
  const isPerson = roles.length === 0
  if (isEnough && isPerson && !directoryRoles.includes(GLOBAL_ADMINISTRATOR)) {
    return {
      held: 'unknown',
      why: 'the Graph token is a person’s: it says what the tool may do for them, and not what they may do',
    }
  }
  if (isEnough) return { held: 'yes' }
  const perhaps = (PERHAPS[permission] ?? []).find(has)
  if (perhaps !== undefined) {
    return { held: 'unknown', why: `whether ${perhaps} does in place of ${permission} is not documented` }
  }
  if (!isPerson && directoryRoles.length > 0) {
    return {
      held: 'unknown',
      why: 'directory roles of these credentials may allow what the Graph token does not',
    }
  }
  const owned = OWNED[permission]
  if (owned !== undefined && has(owned)) return { held: 'part', where: `only what it owns (${owned})` }
  return { held: 'no' }
}
