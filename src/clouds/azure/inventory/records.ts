/** Objects of Microsoft Graph and Azure as they are listed: what is selected, and nothing is sure to be there. */

export interface PasswordRecord {
  keyId?: string | null
  displayName?: string | null
  hint?: string | null
  startDateTime?: string | null
  endDateTime?: string | null
}

export interface KeyRecord {
  keyId?: string | null
  displayName?: string | null
  type?: string | null
  usage?: string | null
  startDateTime?: string | null
  endDateTime?: string | null
  customKeyIdentifier?: string | null
}

interface Holder {
  '@odata.type'?: string
  id: string
  appId?: string | null
  displayName?: string | null
  createdDateTime?: string | null
  isDisabled?: boolean | null
  disabledByMicrosoftStatus?: string | null
  signInAudience?: string | null
  tags?: string[] | null
  passwordCredentials?: PasswordRecord[] | null
  keyCredentials?: KeyRecord[] | null
}

export interface PrincipalRecord extends Holder {
  servicePrincipalType?: string | null
  accountEnabled?: boolean | null
  appOwnerOrganizationId?: string | null
  /** Of a managed identity: `isExplicit=True|False`, and the id of the identity or of the resource that has it. */
  alternativeNames?: string[] | null
  agentIdentityBlueprintId?: string | null
}

export interface AppRoleRecord {
  id: string
  value?: string | null
}

export interface ApplicationRecord extends Holder {
  appRoles?: AppRoleRecord[] | null
}

export interface FederatedRecord {
  id: string
  name?: string | null
  issuer?: string | null
  subject?: string | null
  audiences?: string[] | null
  claimsMatchingExpression?: { value?: string | null } | null
}

export interface AppRoleAssignmentRecord {
  id: string
  principalId: string
  principalType?: string | null
  resourceId: string
  resourceDisplayName?: string | null
  appRoleId: string
}

export interface GrantRecord {
  id: string
  clientId: string
  resourceId: string
  consentType?: string | null
  scope?: string | null
}

export interface DirectoryAssignmentRecord {
  principalId: string
  roleDefinitionId: string
}

export interface DirectoryObject {
  '@odata.type'?: string
  id: string
  displayName?: string | null
}

/** A role assignment, as the query of Resource Graph names its parts. */
export interface RoleAssignmentRow {
  id: string
  principalId: string
  principalType: string
  roleDefinitionId: string
  scope: string
  condition: string
}

/** The same, as Azure's authorization shows it. */
export interface RoleAssignmentRecord {
  id: string
  properties: {
    principalId?: string
    principalType?: string | null
    roleDefinitionId?: string
    scope?: string
    condition?: string | null
  }
}

export interface UserAssignedRecord {
  id: string
  name: string
  tags?: { [name: string]: string } | null
  properties: { principalId?: string; clientId?: string }
}

export interface UserAssignedCredential {
  id: string
  name: string
  properties: { issuer?: string; subject?: string; audiences?: string[] }
}

export interface StorageAccountRecord {
  id: string
  name: string
  tags?: { [name: string]: string } | null
  properties: { creationTime?: string; allowSharedKeyAccess?: boolean | null }
}

/** The selected members of a service principal: without a selection each comes with all that it offers to others. */
export const PRINCIPAL_FIELDS = [
  'id',
  'appId',
  'displayName',
  'servicePrincipalType',
  'accountEnabled',
  'isDisabled',
  'disabledByMicrosoftStatus',
  'appOwnerOrganizationId',
  'alternativeNames',
  'signInAudience',
  'tags',
  'passwordCredentials',
  'keyCredentials',
].join(',')

export const APPLICATION_FIELDS = [
  'id',
  'appId',
  'displayName',
  'createdDateTime',
  'isDisabled',
  'disabledByMicrosoftStatus',
  'signInAudience',
  'tags',
  'passwordCredentials',
  'keyCredentials',
  'appRoles',
].join(',')
