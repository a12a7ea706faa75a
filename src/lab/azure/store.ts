import type { Json } from './json.ts'
import type {
  DenyAssignment,
  ManagementGroup,
  Resource,
  RoleAssignment,
  RoleDefinition,
  Subscription,
  UserAssignedIdentity,
  VaultSecret,
} from './resource-store.ts'

export type { Json } from './json.ts'
export type {
  DenyAssignment,
  IdentityCredential,
  ManagementGroup,
  Resource,
  ResourceIdentity,
  RoleAssignment,
  RoleDefinition,
  Subscription,
  UserAssignedIdentity,
  VaultSecret,
} from './resource-store.ts'

/**
 * The estate of the lab as plain data: what a seed makes, a file keeps and a snapshot compares. Directory objects are
 * as Microsoft Graph shows them, resources as Azure Resource Manager does; what neither ever shows (a secret's text)
 * is said at its place. Times are ISO 8601 in UTC, GUIDs are in lower case.
 */
export interface AzureEstate {
  tenant: Tenant
  /** The credentials of the tool under test: a client secret of one of the service principals. */
  responder: AzureResponder
  switches: Switches
  applications: Application[]
  servicePrincipals: ServicePrincipal[]
  /** Of applications that are registered in another tenant: only their owner sees them. */
  outsideSecrets: OutsideSecret[]
  /** Of applications; those of managed identities are with the identity. */
  federatedCredentials: FederatedCredential[]
  users: User[]
  groups: Group[]
  appRoleAssignments: AppRoleAssignment[]
  grants: PermissionGrant[]
  directoryRoles: DirectoryRole[]
  directoryAssignments: DirectoryAssignment[]
  conditionalAccess: ConditionalAccessPolicy[]
  /** Service plans that the tenant has bought, e.g. `AAD_WRKLDID_P2`. */
  servicePlans: string[]
  signIns: SignInActivity[]
  managementGroups: ManagementGroup[]
  subscriptions: Subscription[]
  roleDefinitions: RoleDefinition[]
  roleAssignments: RoleAssignment[]
  denyAssignments: DenyAssignment[]
  identities: UserAssignedIdentity[]
  resources: Resource[]
  secrets: VaultSecret[]
  /** Who made and changed applications and principals: the audit log of the directory. */
  audits?: readonly DirectoryAudit[]
  /** Policies for new credentials; none of them when missing. */
  appManagement?: AppManagement
}

export interface DirectoryAudit {
  id: string
  /** RFC 3339. */
  at: string
  /** E.g. `Add application`. */
  activity: string
  by: { id: string; appId: string; displayName: string }
  target: { id: string; type: 'Application' | 'ServicePrincipal' }
}

/** Restrictions are enforced by the kind of object; one assigned policy takes the place of the tenant's. */
export interface AppManagement {
  tenant?: { applications: AppRestrictions; servicePrincipals: AppRestrictions }
  /** `appliesTo`: object ids. */
  assigned: { id: string; displayName: string; restrictions: AppRestrictions; appliesTo: string[] }[]
}

export interface AppRestrictions {
  passwordCredentials: AppRestriction[]
  keyCredentials: AppRestriction[]
}

export interface AppRestriction {
  /** `passwordAddition`, `passwordLifetime`, `asymmetricKeyLifetime`, … */
  restrictionType: string
  state: 'enabled' | 'disabled'
  /** Days, as `P30D`. */
  maxLifetime: string | null
  restrictForAppsCreatedAfterDateTime: string | null
}

export interface Tenant {
  id: string
  displayName: string
  /** E.g. `acme.onmicrosoft.com`: stands for the id in addresses. */
  domain: string
}

export interface AzureResponder {
  tenantId: string
  clientId: string
  clientSecret: string
}

/** How the lab behaves where the real services differ by tenant, cloud and day. */
export interface Switches {
  /** Subscriptions that have registered the preview of user-created deny assignments, or all, or none. */
  denyAssignments: boolean | string[]
  /** Whether a managed identity's service principal may be updated through Graph. */
  managedIdentityPatch: boolean
  /** Most items on a page, above any `$top`; 0 for the service's own limits. */
  pageSize: number
  /** Each so-many-th item of a `$batch` is answered with 429; 0 for none. */
  batchThrottleEvery: number
  /** Each so-many-th write to the directory is answered with `Directory_ConcurrencyViolation`; 0 for none. */
  concurrencyEvery: number
}

export interface Application {
  id: string
  appId: string
  displayName: string
  /** `#microsoft.graph.agentIdentityBlueprint` for a blueprint; absent for the common kind. */
  '@odata.type'?: string
  createdDateTime: string
  signInAudience: string
  isDisabled: boolean | null
  disabledByMicrosoftStatus: string | null
  keyCredentials: KeyCredential[]
  passwordCredentials: PasswordCredential[]
  tags: string[]
  notes: string | null
  uniqueName: string | null
  publisherDomain: string
  /** Object ids. Shown only by the `owners` collection. */
  owners: string[]
}

export interface ServicePrincipal {
  id: string
  appId: string
  displayName: string
  /** `#microsoft.graph.agentIdentity`, `#microsoft.graph.agentIdentityBlueprintPrincipal`, or absent. */
  '@odata.type'?: string
  /** App id of the blueprint; of agent identities only. */
  agentIdentityBlueprintId?: string
  createdDateTime?: string
  /** `Application`, `ManagedIdentity`, `Legacy`, `ServiceIdentity`, and later types. */
  servicePrincipalType: string
  accountEnabled: boolean
  isDisabled: boolean | null
  disabledByMicrosoftStatus: string | null
  appOwnerOrganizationId: string | null
  appRoleAssignmentRequired: boolean
  alternativeNames: string[]
  appRoles: AppRole[]
  keyCredentials: KeyCredential[]
  passwordCredentials: PasswordCredential[]
  servicePrincipalNames: string[]
  signInAudience: string | null
  tags: string[]
  notes: string | null
  owners: string[]
}

export interface AppRole {
  id: string
  value: string
  displayName: string
  allowedMemberTypes: string[]
  isEnabled: boolean
}

export interface KeyCredential {
  keyId: string
  /** `AsymmetricX509Cert`. */
  type: string
  /** `Verify`, or `Sign` for a SAML signing key. */
  usage: string
  displayName: string | null
  startDateTime: string
  endDateTime: string
  /** Base64; the thumbprint by custom. */
  customKeyIdentifier: string | null
  /** The certificate, base64 of DER. Shown only for one object and when it is selected. */
  key: string | null
}

export interface PasswordCredential {
  keyId: string
  displayName: string | null
  /** The first three characters. */
  hint: string
  startDateTime: string
  endDateTime: string
  /** Shown once, by `addPassword`. */
  secretText: string
}

export interface OutsideSecret {
  appId: string
  secretText: string
}

export interface FederatedCredential {
  id: string
  /** Object id of the application. */
  application: string
  name: string
  issuer: string
  /** null with an expression. */
  subject: string | null
  audiences: string[]
  description: string | null
  /** Only the beta endpoint knows it. */
  claimsMatchingExpression: { value: string; languageVersion: number } | null
}

export interface User {
  id: string
  displayName: string
  userPrincipalName: string
  accountEnabled: boolean
  onPremisesSyncEnabled: boolean | null
}

export interface Group {
  id: string
  displayName: string
  groupTypes: string[]
  securityEnabled: boolean
  isAssignableToRole: boolean | null
  membershipRule: string | null
  onPremisesSyncEnabled: boolean | null
  /** Object ids. */
  members: string[]
}

export interface AppRoleAssignment {
  id: string
  appRoleId: string
  principalId: string
  resourceId: string
  createdDateTime: string
}

export interface PermissionGrant {
  id: string
  clientId: string
  consentType: 'AllPrincipals' | 'Principal'
  principalId: string | null
  resourceId: string
  scope: string
}

export interface DirectoryRole {
  /** The template's. */
  id: string
  displayName: string
  isBuiltIn: boolean
}

export interface DirectoryAssignment {
  id: string
  principalId: string
  roleDefinitionId: string
  directoryScopeId: string
  condition: string | null
  /** Activated through Privileged Identity Management until then; absent for a permanent one. */
  endDateTime?: string
}

export interface ConditionalAccessPolicy {
  id: string
  displayName: string
  state: string
  createdDateTime: string
  modifiedDateTime: string | null
  conditions: { [member: string]: Json }
  grantControls: { [member: string]: Json } | null
  sessionControls: { [member: string]: Json } | null
}

export interface SignInActivity {
  appId: string
  lastSignIn: string
}
