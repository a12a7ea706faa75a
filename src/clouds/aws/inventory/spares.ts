import type { Identity } from '../../../model/identity.ts'
import { type Spare, spareOf, taggedProtected } from '../../../model/spare.ts'

/**
 * Roles by which an organization is run; cutting them cuts the way back. Names are unique without regard to case (IAM User
 * Guide, "IAM identifiers").
 */
const PLUMBING =
  /^(OrganizationAccountAccessRole|AWSControlTowerExecution|AWSCloudFormationStackSetExecutionRole|stacksets-exec-.+|AWSSecurityIncidentResponse.*)$/i

/** Our identity, and the chain that we came through. */
export interface Self {
  /** Unique ids of the whole chain (AIDA…, AROA…). */
  uids: readonly string[]
  /** Ids of the users in the chain, as identities: their credentials are ours. */
  users: readonly string[]
  /** Names of the roles in the chain that are in this account. */
  roles: readonly string[]
  /** OIDC issuers through which a role of the chain may be had. */
  issuers: readonly string[]
  /** Why those could not be read, in words; absent if they were. */
  issuersUnknown?: string
}

/** Doubts about who we are, in words: providers and instances are spared because of it. */
export function undecidedIn({ issuersUnknown }: Self): string[] {
  return issuersUnknown === undefined
    ? []
    : [
        `OpenID Connect providers are spared: which of them we signed in through is not known: ${issuersUnknown}`,
      ]
}

/** Returns why an identity is spared, also when a playbook selects it. */
export function sparesFor(self: Self): (identity: Identity) => Spare | undefined {
  return identity => {
    const { facts, kind, name } = identity
    const own = ours(self, identity)
    if (own !== undefined) return { because: own, class: 'self' }
    const reserved = RESERVED[String(facts.reserved)]
    if (reserved !== undefined) return { because: reserved, class: 'provider' }
    return spareOf([
      undecided(self, identity),
      // Anybody who may create a role may call it so.
      kind === 'role' && PLUMBING.test(name)
        ? { because: 'the organization is run through it', class: 'name', reads: ['name'] }
        : undefined,
      taggedProtected(facts.tags),
    ])
  }
}

/** By the path, in which only AWS creates roles (IAM User Guide, "Create a service-linked role"). */
const RESERVED: { readonly [reserved: string]: string } = {
  'service-linked': 'service-linked role: only AWS can change it',
  sso: 'Identity Center role: change its permission set instead',
}

/** Spares what may be ours and cannot be read; a person may overrule it. */
function undecided({ issuersUnknown, roles }: Self, { kind, facts }: Identity): Spare | undefined {
  const because =
    kind === 'oidc-provider' && issuersUnknown !== undefined
      ? `you may have signed in through it: which provider it was is not known (${issuersUnknown})`
      : kind === 'instance-profile-association' && roles.length > 0 && facts.role === undefined
        ? 'your own role may be on that instance: the role of its profile is not known'
        : undefined
  return because === undefined ? undefined : { because, class: 'administrator' }
}

function ours(self: Self, { uid, owner, kind, name, facts }: Identity): string | undefined {
  if (self.uids.includes(uid)) return 'that is you'
  if (owner !== undefined && includes(self.users, owner)) return 'that is yours'
  if (kind === 'oidc-provider' && self.issuers.includes(name)) return 'you signed in through it'
  if (kind === 'instance-profile-association' && includes(self.roles, String(facts.role))) {
    return 'your own role is on that instance'
  }
  return undefined
}

function includes(names: readonly string[], name: string): boolean {
  return names.some(each => each.toLowerCase() === name.toLowerCase())
}
