/** The lab's AWS accounts as plain data. Times are RFC 3339; documents are JSON text, as they were put. */

export type Status = 'Active' | 'Inactive'

export interface AccessKey {
  id: string
  secret: string
  status: Status
  created: string
  lastUsed?: { at: string; service: string; region: string }
}

export interface ServiceCredential {
  id: string
  service: string
  userName: string
  status: Status | 'Expired'
  created: string
  expires?: string
}

export interface SigningCertificate {
  id: string
  body: string
  status: Status
  uploaded: string
}

export interface SshKey {
  id: string
  body: string
  fingerprint: string
  status: Status
  uploaded: string
}

export interface Tags {
  [key: string]: string
}

interface Principal {
  name: string
  path: string
  /** AIDA… or AROA… */
  id: string
  created: string
  tags: Tags
  /** Policy name → document text. */
  inline: { [policy: string]: string }
  /** ARNs, in the order of their attachment. */
  attached: string[]
  boundary?: string
}

export interface User extends Principal {
  groups: string[]
  keys: AccessKey[]
  credentials: ServiceCredential[]
  certificates: SigningCertificate[]
  sshKeys: SshKey[]
  password?: { created: string; lastUsed?: string }
  mfa: boolean
}

export interface Role extends Principal {
  trust: string
  description?: string
  /** Seconds. */
  maxSession: number
  lastUsed?: { at: string; region: string }
}

export interface Group {
  name: string
  path: string
  id: string
  created: string
  inline: { [policy: string]: string }
  attached: string[]
}

export interface ManagedPolicy {
  arn: string
  name: string
  path: string
  id: string
  created: string
  /** `v1` → document text. */
  versions: { [version: string]: string }
  defaultVersion: string
}

export interface OidcProvider {
  arn: string
  /** Without `https://`. */
  url: string
  audiences: string[]
  thumbprints: string[]
  created: string
}

export interface InstanceProfile {
  name: string
  path: string
  id: string
  arn: string
  created: string
  roles: string[]
}

/** An instance profile on an EC2 instance. */
export interface Association {
  id: string
  instance: string
  /** ARN. */
  profile: string
  region: string
  state: 'associated' | 'disassociated'
}

export interface Secret {
  name: string
  arn: string
  region: string
  value: string
}

export interface Account {
  id: string
  alias?: string
  users: { [name: string]: User }
  roles: { [name: string]: Role }
  groups: { [name: string]: Group }
  /** By ARN; the AWS managed ones too. */
  policies: { [arn: string]: ManagedPolicy }
  oidcProviders: { [arn: string]: OidcProvider }
  /** ARN → creation time. */
  samlProviders: { [arn: string]: string }
  instanceProfiles: { [name: string]: InstanceProfile }
  associations: Association[]
  secrets: { [name: string]: Secret }
}

/** A session that the lab's STS gave out. */
export interface IssuedSession {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  account: string
  /** The user whose session it is, or the role. */
  kind: 'user' | 'federated' | 'role'
  name: string
  /** RoleSessionName, or the name of the federated user. */
  session: string
  issued: string
  expires: string
  sessionPolicies: string[]
}

export interface Estate {
  /** The first is the one that the responder works in. */
  accounts: Account[]
  /** Entries on a page where the caller does not ask for a number; small, so that there is a second page of all. */
  pageSize: number
  /** Who `--lab` and the drill act as. */
  responder: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  sessions: IssuedSession[]
}
