import type { Identity } from '../../model/identity.ts'
import { identityId } from '../../model/identity.ts'

/** Roles by which an organization is run; cutting them cuts the way back. */
const PLUMBING =
  /^(OrganizationAccountAccessRole|AWSControlTowerExecution|AWSCloudFormationStackSetExecutionRole|stacksets-exec-.+|AWSSecurityIncidentResponse.*)$/

const PROTECTED_TAG = 'interdict:protected'

export interface Self {
  account: string
  /** Unique ids of the whole chain. */
  uids: readonly string[]
  /** Our ARN. */
  name: string
  issuer: string | undefined
}

/** Why an identity is never touched, whatever a playbook says. */
export function sparesFor(self: Self): (identity: Identity) => string | undefined {
  const user = /:user\/(?:.+\/)?([^/]+)$/.exec(self.name)?.[1]
  const ownUser = user === undefined ? undefined : identityId('aws', self.account, 'user', user)
  return identity => {
    const { facts, kind, name } = identity
    if (self.uids.includes(identity.uid)) return 'that is you'
    if (identity.owner !== undefined && identity.owner === ownUser) return 'that is yours'
    if (kind === 'oidc-provider' && name === self.issuer) return 'you signed in through it'
    if (facts.reserved === 'service-linked') return 'service-linked role: only AWS can change it'
    if (facts.reserved === 'sso') return 'Identity Center role: change its permission set instead'
    if (kind === 'role' && PLUMBING.test(name)) return 'the organization is run through it'
    // A tag can be set by whoever may tag, an attacker too: it only ever adds protection, and it is shown.
    const { tags } = facts
    if (tags && typeof tags === 'object' && !Array.isArray(tags) && tags[PROTECTED_TAG] === 'true') {
      return `tagged ${PROTECTED_TAG}`
    }
    return undefined
  }
}
