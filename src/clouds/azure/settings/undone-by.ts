const APPLICATION =
  'its owners, Application Administrators, applications with Application.ReadWrite.All (its own: OwnedBy)'
const ROLES = 'Owners, User Access and RBAC Administrators of the scope or above'
const DIRECTORY = 'Privileged Role Administrators, applications with AppRoleAssignment.ReadWrite.All'

/**
 * Who takes each cut back, besides us; the target itself while a token with such a right is accepted (Microsoft Entra and
 * Azure built-in roles, Microsoft Graph permissions reference).
 */
export const UNDONE_BY: { readonly [id: string]: string } = {
  'azure.service-principal.quarantine': `${ROLES}; the target with such a role until it is enforced`,
  'azure.managed-identity.quarantine': `${ROLES}; the target with such a role until it is enforced`,
  'azure.service-principal.disable': `${APPLICATION}; the target with such a permission, for as long as Graph takes its token`,
  'azure.managed-identity.disable': `${APPLICATION}; the target with such a permission, for as long as Graph takes its token`,
  'azure.application.disable': APPLICATION,
  'azure.certificate.disable': APPLICATION,
  'azure.federated-credential.disable': `${APPLICATION}; of a managed identity, its Contributors`,
  'azure.service-principal.gate':
    'Conditional Access and Security Administrators, applications with Policy.ReadWrite.ConditionalAccess',
  'azure.service-principal.detach': `${ROLES}; app roles, grants and groups: ${DIRECTORY}, owners of the groups; the target until it is enforced`,
  'azure.managed-identity.detach': `${ROLES}; app roles and groups: ${DIRECTORY}, owners of the groups; the target until it is enforced`,
  'azure.storage-account.constrain': 'Owners and Contributors of the account, Storage Account Contributors',
}
