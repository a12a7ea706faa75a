import type { Activity } from './activity-log.ts'

/**
 * The estate of the lab's Google Cloud as plain data: what a seed makes, a file keeps and a snapshot compares. Times
 * are RFC 3339 in UTC.
 */
export interface GcpEstate {
  /** The key of the tool under test. */
  responder: { email: string; keyId: string; privateKey: string }
  organization: Organization
  folders: Folder[]
  projects: Project[]
  /** The project that the incident is in comes first. */
  serviceAccounts: ServiceAccount[]
  /** Those that can still be undeleted. */
  deletedAccounts?: DeletedAccount[]
  keys: Key[]
  /** By resource, e.g. `projects/acme-prod`, `serviceAccounts/<email>`: see {@link resourceKeys}. */
  policies: { [resource: string]: StoredPolicy }
  customRoles: CustomRole[]
  /** Email of a group → its members, as they are in bindings. */
  groups: { [email: string]: string[] }
  denyPolicies: DenyPolicy[]
  pools: Pool[]
  providers: PoolProvider[]
  hmacKeys: HmacKey[]
  apiKeys: ApiKey[]
  secrets: Secret[]
  constraints: Constraint[]
  customConstraints?: CustomConstraint[]
  /** Who made which account and key: the Admin Activity log. */
  activity?: readonly Activity[]
  /** Tokens that the estate comes with; those that the lab issues carry what they say, and are not kept. */
  tokens: Token[]
}

export interface Organization {
  /** Digits. */
  id: string
  displayName: string
  customerId: string
  created: string
}

export interface Folder {
  id: string
  /** `organizations/1` or `folders/2`. */
  parent: string
  displayName: string
  created: string
}

export interface Project {
  id: string
  number: string
  parent: string
  displayName: string
  labels: { [name: string]: string }
  created: string
}

export interface ServiceAccount {
  /** Of the project. */
  project: string
  email: string
  /** 21 digits; another one when the account was deleted and made again. */
  uniqueId: string
  displayName: string
  description: string
  disabled: boolean
  /** It was Google who disabled it: it cannot be enabled by its owner. */
  disabledByGoogle?: true
  /** Day of the last authentication in the window observed. */
  lastAuthenticated?: string
}

/** An account within the thirty days in which it can be undeleted, with what comes back with it. */
export interface DeletedAccount {
  account: ServiceAccount
  keys: Key[]
  policy?: StoredPolicy
  /** RFC 3339. */
  at: string
}

export interface Key {
  email: string
  /** 40 hexadecimal digits. */
  id: string
  origin: 'GOOGLE_PROVIDED' | 'USER_PROVIDED'
  /** PEM; what assertions are checked with. */
  publicKey: string
  validAfter: string
  validBefore: string
  disabled: boolean
  disableReason?: 'USER_INITIATED' | 'EXPOSED' | 'COMPROMISE_DETECTED'
  /** For the rest of its life; nothing changes it (REST reference of projects.serviceAccounts.keys). */
  extendedStatus?: { key: 'EXPOSED' | 'COMPROMISE_DETECTED'; value: string }[]
  lastAuthenticated?: string
}

export interface Expression {
  expression: string
  title?: string
  description?: string
  location?: string
}

export interface Binding {
  role: string
  members: string[]
  condition?: Expression
}

export interface Policy {
  bindings: Binding[]
  auditConfigs?: AuditConfig[]
}

export interface AuditConfig {
  service: string
  auditLogConfigs: { logType: string; exemptedMembers?: string[] }[]
}

/** `revision` is 0 for a policy that nobody ever set. */
export interface StoredPolicy extends Policy {
  revision: number
}

export interface CustomRole {
  /** `projects/<id>/roles/<name>` or `organizations/<id>/roles/<name>`. */
  name: string
  permissions: string[]
  title?: string
  description?: string
  stage?: string
  /** It grants nothing, and can be undeleted. */
  deleted?: true
  revision?: number
}

export interface DenyRule {
  description?: string
  denyRule: {
    deniedPrincipals?: string[]
    exceptionPrincipals?: string[]
    deniedPermissions?: string[]
    exceptionPermissions?: string[]
    denialCondition?: Expression
  }
}

export interface DenyPolicy {
  /** `projects/<number>`, `folders/<id>` or `organizations/<id>`. */
  attachedTo: string
  id: string
  uid: string
  displayName: string
  annotations: { [name: string]: string }
  rules: DenyRule[]
  created: string
  updated: string
  revision: number
}

export interface Pool {
  /** Of the project. */
  project: string
  id: string
  displayName: string
  description: string
  disabled: boolean
  /** Google's own, of the clusters of a project: not among the pools that can be listed. */
  ofClusters?: true
}

export interface PoolProvider {
  project: string
  pool: string
  id: string
  displayName: string
  description: string
  disabled: boolean
  /** Empty for none. */
  attributeCondition: string
  attributeMapping: { [target: string]: string }
  oidc?: { issuerUri: string; allowedAudiences?: string[] }
  aws?: { accountId: string }
}

export interface HmacKey {
  project: string
  accessId: string
  email: string
  state: 'ACTIVE' | 'INACTIVE' | 'DELETED'
  created: string
  updated: string
  revision: number
}

export interface ApiKey {
  project: string
  id: string
  uid: string
  displayName: string
  /** Never shown by the lab. */
  keyString: string
  /** As the API has it. */
  restrictions?: { [kind: string]: unknown }
  serviceAccountEmail?: string
  annotations?: { [name: string]: string }
  created: string
  updated: string
  revision: number
}

export interface Secret {
  project: string
  name: string
  /** Of its latest version; empty while there is none. */
  value: string
  /** Number of the latest version; 1 when missing. */
  version?: number
}

/** An organization policy, where it is set; inherited by what is below. */
export interface Constraint {
  /** `organizations/1`, `folders/2`, `projects/<id>`. */
  resource: string
  /** E.g. `iam.allowedPolicyMemberDomains`. */
  name: string
  rules: {
    enforce?: boolean
    allowAll?: boolean
    values?: { allowedValues?: string[]; deniedValues?: string[] }
    /** Of managed constraints. */
    parameters?: { allowedMemberSubjects?: string[]; allowedPrincipalSets?: string[] }
  }[]
}

/** A constraint that the organization wrote itself. The lab enforces none: it takes no expression of theirs. */
export interface CustomConstraint {
  /** E.g. `custom.onlyOurs`. */
  id: string
  resourceTypes: string[]
  condition: string
}

/** An access token that was handed out. */
export interface Token {
  token: string
  /** Milliseconds of the lab's clock. */
  expires: number
  scopes: string[]
  principal: AccountPrincipal | FederatedPrincipal
  refresh?: true
}

export interface AccountPrincipal {
  kind: 'account'
  email: string
  uniqueId: string
}

export interface FederatedPrincipal {
  kind: 'federated'
  project: string
  pool: string
  provider: string
  subject: string
  attributes: { [name: string]: string }
  groups: string[]
}
