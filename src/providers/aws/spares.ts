import type { Identity } from '../../model/identity.ts'
import { type Spare, spareOf, taggedProtected } from '../../model/spare.ts'

/** Roles by which an organization is run; cutting them cuts the way back. */
const PLUMBING =
  /^(OrganizationAccountAccessRole|AWSControlTowerExecution|AWSCloudFormationStackSetExecutionRole|stacksets-exec-.+|AWSSecurityIncidentResponse.*)$/

/** What we are and came through. */
export interface Self {
  /** Unique ids of the whole chain (AIDA…, AROA…). */
  uids: readonly string[]
  /** Ids of the users in the chain, as identities: their credentials are ours. */
  users: readonly string[]
  /** Names of the roles in the chain that are in this account. */
  roles: readonly string[]
  /** OIDC issuers through which a role of the chain may be had. */
  issuers: readonly string[]
}

/** Returns why an identity is spared, whatever a playbook selects. */
export function sparesFor(self: Self): (identity: Identity) => Spare | undefined {
  return identity => {
    const { facts, kind, name } = identity
    const own = ours(self, identity)
    if (own !== undefined) return { because: own, class: 'self' }
    const reserved = RESERVED[String(facts.reserved)]
    if (reserved !== undefined) return { because: reserved, class: 'provider' }
    return spareOf([
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

function ours(self: Self, { uid, owner, kind, name, facts }: Identity): string | undefined {
  if (self.uids.includes(uid)) return 'that is you'
  if (owner !== undefined && self.users.includes(owner)) return 'that is yours'
  if (kind === 'oidc-provider' && self.issuers.includes(name)) return 'you signed in through it'
  if (kind === 'instance-profile-association' && self.roles.includes(String(facts.role))) {
    return 'your own role is on that instance'
  }
  return undefined
}
