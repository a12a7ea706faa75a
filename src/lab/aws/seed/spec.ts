/** How the estate is written down, short enough to be read as a table; {@link file://./estate.ts} makes records of it. */

/** Inline policies: name → document. */
export interface Inline {
  [name: string]: object
}

interface PrincipalSpec {
  name: string
  /** `/` where it is not given. */
  path?: string
  /** Age in days. */
  age?: number
  tags?: Record<string, string>
  inline?: Inline
  /** ARNs. */
  attached?: readonly string[]
  /** ARN. */
  boundary?: string
}

export interface UserSpec extends PrincipalSpec {
  groups?: readonly string[]
  /** The first is number 1. */
  keys?: readonly KeySpec[]
  /** A login profile; `used` is days since the last sign-in, never when missing. */
  password?: { used?: number }
  mfa?: boolean
  certificates?: readonly Status[]
  sshKeys?: readonly Status[]
  credentials?: readonly CredentialSpec[]
}

export type Status = 'Active' | 'Inactive'

export interface KeySpec {
  status?: Status
  age: number
  /** Days since the last use, never when missing. */
  used?: number
  service?: string
}

/** A service-specific credential. */
export interface CredentialSpec {
  service: string
  status?: Status | 'Expired'
  /** Days from now; negative when it has expired; missing when it never does. */
  expires?: number
}

export interface RoleSpec extends PrincipalSpec {
  trust: object
  description?: string
  /** Seconds. */
  maxSession?: number
  /** Days since the last use, never when missing. */
  used?: number
  /** It has an instance profile of the same name, on these instances. */
  instances?: readonly string[]
}
