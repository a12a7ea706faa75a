import type { Identity } from '../../model/identity.ts'

/** Roles by which an organization is run; cutting them cuts the way back. */
const PLUMBING =
  /^(OrganizationAccountAccessRole|AWSControlTowerExecution|AWSCloudFormationStackSetExecutionRole|stacksets-exec-.+|AWSSecurityIncidentResponse.*)$/

const PROTECTED_TAGS = ['interdict:protected', 'nhi-contain:protected']

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

/** Why an identity is never touched, whatever a playbook says. */
export function sparesFor(self: Self): (identity: Identity) => string | undefined {
  return identity => {
    const { facts, kind, name, owner } = identity
    if (self.uids.includes(identity.uid)) return 'that is you'
    if (owner !== undefined && self.users.includes(owner)) return 'that is yours'
    if (kind === 'oidc-provider' && self.issuers.includes(name)) return 'you signed in through it'
    if (kind === 'instance-profile-association' && self.roles.includes(String(facts.role))) {
      return 'your own role is on that instance'
    }
    if (facts.reserved === 'service-linked') return 'service-linked role: only AWS can change it'
    if (facts.reserved === 'sso') return 'Identity Center role: change its permission set instead'
    if (kind === 'role' && PLUMBING.test(name)) return 'the organization is run through it'
    // A tag can be set by whoever may tag, an attacker too: it only ever adds protection, and it is shown.
    const { tags } = facts
    if (tags === null || typeof tags !== 'object' || Array.isArray(tags)) return undefined
    const tag = PROTECTED_TAGS.find(each => Object.hasOwn(tags, each) && tags[each] === 'true')
    return tag === undefined ? undefined : `tagged ${tag}`
  }
}
