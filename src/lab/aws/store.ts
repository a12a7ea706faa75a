import type { Organization } from './organization/organization-data.ts'

/**
 * The estate of the lab as plain data: what a seed makes, a file keeps and a snapshot compares. Times are ISO 8601 in
 * UTC, documents are JSON text as it was put, ARNs and ids are as IAM shows them.
 */
export interface Estate {
  /** The credentials of the tool under test: of a session in `sessions`, or of a user's access key. */
  responder: Responder
  /** AWS's own policies (`arn:aws:iam::aws:policy/…`), the same in every account. */
  managedPolicies: ManagedPolicy[]
  /** The first is the one in which the incident is. */
  accounts: Account[]
  /** That the estate comes with; STS keeps none that it issues. The responder's should expire years from now: a drill moves the clock by days. */
  sessions: Session[]
  /** The organization that some of the accounts are in; absent: none of them is in one. */
  organization?: Organization
}

export interface Responder {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  /** A role in the management account that it may assume to write guard policies. */
  guardRoleArn?: string
}

export interface Account {
  /** Twelve digits. */
  id: string
  alias?: string
  users: User[]
  roles: Role[]
  groups: Group[]
  /** Customer managed. */
  policies: ManagedPolicy[]
  oidcProviders: OidcProvider[]
  samlProviders: SamlProvider[]
  instanceProfiles: InstanceProfile[]
  associations: InstanceAssociation[]
  secrets: Secret[]
}

/** Policy name → document. */
export type InlinePolicies = { [name: string]: string }

export type Tags = { [key: string]: string }

export interface User {
  name: string
  /** `/` or `/ci/`. */
  path: string
  /** `AIDA…`. */
  id: string
  created: string
  tags: Tags
  inline: InlinePolicies
  /** ARNs of managed policies. */
  attached: string[]
  /** Names of groups. */
  groups: string[]
  /** ARN of a managed policy. */
  boundary?: string
  accessKeys: AccessKey[]
  serviceCredentials: ServiceCredential[]
  certificates: SigningCertificate[]
  sshKeys: SshKey[]
  /** A password for the console. */
  login?: LoginProfile
  /** Serial numbers (ARNs) of MFA devices. */
  mfa: string[]
}

export type Status = 'Active' | 'Inactive'

export interface AccessKey {
  /** `AKIA…`. */
  id: string
  secret: string
  status: Status
  created: string
  lastUsed?: LastUsed
}

export interface LastUsed {
  at: string
  region: string
  /** As in a credential scope, e.g. `secretsmanager`; absent for a role. */
  service?: string
}

/** A service-specific credential, e.g. a Bedrock API key. */
export interface ServiceCredential {
  /** `ACCA…`. */
  id: string
  /** E.g. `bedrock.amazonaws.com`. */
  service: string
  status: Status | 'Expired'
  created: string
  expires?: string
  /** The name that it is shown by: a user name for Git and Keyspaces, an alias for API keys. */
  userName: string
}

export interface SigningCertificate {
  id: string
  /** PEM. */
  body: string
  status: Status
  created: string
}

export interface SshKey {
  /** `APKA…`. */
  id: string
  fingerprint: string
  body: string
  status: Status
  created: string
}

export interface LoginProfile {
  created: string
  lastUsed?: string
}

export interface Role {
  name: string
  path: string
  /** `AROA…`. */
  id: string
  created: string
  tags: Tags
  inline: InlinePolicies
  attached: string[]
  boundary?: string
  /** The trust policy. Principals of roles and users that are gone are shown by their ids, as IAM does. */
  trust: string
  description?: string
  maxSessionSeconds: number
  lastUsed?: LastUsed
}

export interface Group {
  name: string
  path: string
  /** `AGPA…`. */
  id: string
  created: string
  inline: InlinePolicies
  attached: string[]
}

export interface ManagedPolicy {
  arn: string
  name: string
  path: string
  /** `ANPA…`. */
  id: string
  created: string
  description?: string
  /** Of `versions`, e.g. `v3`. */
  defaultVersion: string
  versions: PolicyVersion[]
}

export interface PolicyVersion {
  id: string
  document: string
  created: string
}

export interface OidcProvider {
  arn: string
  /** Without `https://`. */
  url: string
  clientIds: string[]
  thumbprints: string[]
  created: string
}

export interface SamlProvider {
  arn: string
  created: string
}

export interface InstanceProfile {
  name: string
  path: string
  /** `AIPA…`. */
  id: string
  created: string
  /** Name of its role; a profile holds one at most. */
  role?: string
}

/** Which instance profile an EC2 instance has. An instance has one at most. */
export interface InstanceAssociation {
  /** `iip-assoc-…`, made by EC2: new with every association. */
  id: string
  region: string
  /** `i-…`. */
  instance: string
  /** Name of an instance profile. */
  profile: string
  created: string
}

export interface Secret {
  arn: string
  name: string
  value: string
  created: string
  /** Resource policy. */
  policy?: string
}

/** Temporary credentials. The data plane knows them by access key and token. */
export interface Session {
  /** `ASIA…`. */
  accessKeyId: string
  secret: string
  token: string
  principal: SessionPrincipal
  /** Of a role session or a federated user; absent for `GetSessionToken`. */
  name?: string
  issued: string
  expires: string
  /** Documents that narrow it: the one given inline, and the managed ones by their ARNs. */
  policy?: string
  policyArns?: string[]
  /** Claims and such that stay with the session, by condition key, e.g. `aws:FederatedProvider`. */
  context?: { [key: string]: string }
}

/** Whose session: `role` from AssumeRole*, `user` from GetSessionToken, `federated` from GetFederationToken. */
export interface SessionPrincipal {
  kind: 'role' | 'user' | 'federated'
  account: string
  /** Name of the role, or of the user who asked. */
  name: string
  /** `AROA…` or `AIDA…`: a namesake made later is somebody else. */
  id: string
}

/** A user or role as the data plane knows it. */
export type Principal = { user: User } | { role: Role }
