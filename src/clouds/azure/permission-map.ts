/**
 * The least application permission of Microsoft Graph for each operation that we call (microsoft-graph-devx-content,
 * permissions.json; where that names none, the operation’s own documentation page).
 */
export const LEAST: { readonly [operation: string]: string } = {
  'GET /applications': 'Application.Read.All',
  'GET /applications/{id}': 'Application.Read.All',
  'GET /applications(appId={value})': 'Application.Read.All',
  'PATCH /applications/{id}': 'Application.ReadWrite.All',
  'POST /applications/{id}/addPassword': 'Application.ReadWrite.All',
  'POST /applications/{id}/removePassword': 'Application.ReadWrite.All',
  'GET /policies/defaultAppManagementPolicy': 'Policy.Read.All',
  // The map has only who may assign one; a policy is read with what policies are read with.
  'GET /applications/{id}/appManagementPolicies': 'Policy.Read.All',
  'GET /servicePrincipals/{id}/appManagementPolicies': 'Policy.Read.All',
  'GET /applications/{id}/owners': 'Application.Read.All',
  'GET /applications/{id}/federatedIdentityCredentials': 'Application.Read.All',
  'POST /applications/{id}/federatedIdentityCredentials': 'Application.ReadWrite.All',
  'PATCH /applications/{id}/federatedIdentityCredentials/{id}': 'Application.ReadWrite.All',
  'DELETE /applications/{id}/federatedIdentityCredentials/{id}': 'Application.ReadWrite.All',
  'GET /servicePrincipals': 'Application.Read.All',
  'GET /servicePrincipals/{id}': 'Application.Read.All',
  'GET /servicePrincipals(appId={value})': 'Application.Read.All',
  'PATCH /servicePrincipals/{id}': 'Application.ReadWrite.All',
  'POST /servicePrincipals/{id}/removePassword': 'Application.ReadWrite.All',
  'GET /servicePrincipals/{id}/owners': 'Application.Read.All',
  'GET /servicePrincipals/{id}/memberOf': 'Application.Read.All',
  'GET /servicePrincipals/{id}/appRoleAssignedTo': 'Application.Read.All',
  'GET /servicePrincipals/{id}/appRoleAssignments': 'Application.Read.All',
  'POST /servicePrincipals/{id}/appRoleAssignments': 'AppRoleAssignment.ReadWrite.All',
  'DELETE /servicePrincipals/{id}/appRoleAssignments/{id}': 'AppRoleAssignment.ReadWrite.All',
  'GET /servicePrincipals/{id}/oauth2PermissionGrants': 'Directory.Read.All',
  'GET /servicePrincipals/microsoft.graph.agentIdentity/{id}': 'AgentIdentity.Read.All',
  'PATCH /servicePrincipals/microsoft.graph.agentIdentity/{id}': 'AgentIdentity.EnableDisable.All',
  'GET /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal/{id}':
    'AgentIdentityBlueprintPrincipal.Read.All',
  'PATCH /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal/{id}':
    'AgentIdentityBlueprintPrincipal.EnableDisable.All',
  'GET /oauth2PermissionGrants': 'Directory.Read.All',
  'GET /oauth2PermissionGrants/{id}': 'Directory.Read.All',
  'POST /oauth2PermissionGrants': 'DelegatedPermissionGrant.ReadWrite.All',
  'PATCH /oauth2PermissionGrants/{id}': 'DelegatedPermissionGrant.ReadWrite.All',
  'DELETE /oauth2PermissionGrants/{id}': 'DelegatedPermissionGrant.ReadWrite.All',
  'GET /roleManagement/directory/roleAssignments': 'RoleManagement.Read.Directory',
  'GET /roleManagement/directory/roleAssignments/{id}': 'RoleManagement.Read.Directory',
  'POST /roleManagement/directory/roleAssignments': 'RoleManagement.ReadWrite.Directory',
  'DELETE /roleManagement/directory/roleAssignments/{id}': 'RoleManagement.ReadWrite.Directory',
  'GET /roleManagement/directory/roleDefinitions': 'RoleManagement.Read.Directory',
  'GET /roleManagement/directory/roleAssignmentScheduleInstances': 'RoleAssignmentSchedule.Read.Directory',
  // The map names permissions for other purposes; these are the pages’ own ("Get group", "List members", "Add members").
  'GET /groups/{id}': 'GroupMember.Read.All',
  'GET /groups/{id}/members': 'GroupMember.ReadBasic.All',
  'POST /groups/{id}/members/$ref': 'GroupMember.ReadWrite.All',
  'DELETE /groups/{id}/members/{id}/$ref': 'GroupMember.ReadWrite.All',
  'GET /identity/conditionalAccess/policies': 'Policy.Read.All',
  'GET /identity/conditionalAccess/policies/{id}': 'Policy.Read.All',
  'POST /identity/conditionalAccess/policies': 'Policy.ReadWrite.ConditionalAccess',
  'PATCH /identity/conditionalAccess/policies/{id}': 'Policy.ReadWrite.ConditionalAccess',
  'DELETE /identity/conditionalAccess/policies/{id}': 'Policy.ReadWrite.ConditionalAccess',
  // The map's least is of device management; what the rest needs is enough.
  'GET /organization': 'Directory.Read.All',
  'GET /subscribedSkus': 'LicenseAssignment.Read.All',
  // Not in the map: "List servicePrincipalSignInActivities".
  'GET /auditLogs/directoryAudits': 'AuditLog.Read.All',
  'GET /reports/servicePrincipalSignInActivities': 'AuditLog.Read.All',
}

const BY_SHAPE = new Map(
  Object.entries(LEAST).map(([operation, permission]) => [shapeOf(operation), permission]),
)

/**
 * Returns the permission of an operation: the least application permission for one of Graph, the action itself for one of Azure
 * Resource Manager; undefined for what is not in the table.
 *
 * @param operation `GET /v1.0/servicePrincipals/{id}`, `Microsoft.Authorization/roleAssignments/read`
 */
export function permissionOf(operation: string): string | undefined {
  return / \//.test(operation) ? BY_SHAPE.get(shapeOf(operation)) : operation
}

/** Without the version and the names of what is in braces, in lower case: none of them says what it takes. */
function shapeOf(operation: string): string {
  return operation
    .toLowerCase()
    .replace(/ \/(v1\.0|beta)\//, ' /')
    .replace(/\((\w+)=[^)]*\)/g, '($1)')
    .replace(/\{[^}]*\}/g, '{}')
}
