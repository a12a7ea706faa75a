import type { ROLES } from './permissions.ts'

/** How the directory is written down, short enough to be read as a table; {@link file://./directory.ts} makes records of it. */
export interface PrincipalSpec {
  /** By which the rest of the seed knows it, and what its ids are made from. */
  name: string
  /** Where it is another one, e.g. one with control characters. */
  displayName?: string
  /** `app` where missing. `managed`: no application; `agent` and `blueprint` are Entra's types for agents. */
  kind?: 'app' | 'third-party' | 'first-party' | 'managed' | 'agent' | 'blueprint' | 'legacy'
  /** Fixed for Microsoft's own. */
  appId?: string
  /** Tenant that it is registered in, of a third party. */
  home?: string
  /** Blueprint's name, of an agent. */
  blueprint?: string
  /** Of a managed identity: user-assigned, or part of the resource. */
  resource?: { id: string; explicit: boolean }
  /** `AzureADMyOrg` where missing. */
  audience?: string
  disabled?: true
  /** The application is deactivated everywhere. */
  deactivated?: true
  /** Microsoft has switched it off. */
  violation?: true
  tags?: readonly string[]
  /** Names of secrets on the application; `name` and `nth` make the text. */
  secrets?: readonly string[]
  /** On the principal itself. */
  principalSecrets?: readonly string[]
  certificates?: readonly { name: string; usage?: 'Sign'; hidden?: true; expired?: true; on?: 'principal' }[]
  /** Subject, or an expression. */
  federated?: readonly { name: string; issuer: string; subject?: string; expression?: string }[]
  graph?: readonly string[]
  /** Scopes of a grant for everybody. */
  delegated?: string
  roles?: readonly RoleSpec[]
  directoryRoles?: readonly { id: string; until?: number }[]
  groups?: readonly string[]
  /** Names of principals, or user names with an `@`. */
  owners?: readonly string[]
  /** Days since it last signed in. */
  used?: number
}

export interface RoleSpec {
  role: keyof typeof ROLES
  scope: string
  condition?: string
  description?: string
  delegated?: string
  /** Days from now until a time-bound one ends. */
  until?: number
}
