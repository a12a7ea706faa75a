import type { Identity } from '../../model/identity.ts'
import { type Spare, spareOf, taggedProtected } from '../../model/spare.ts'

/**
 * Microsoft Entra Connect signs in as one of these; stopping it stops everybody's account updates. Only the display name
 * tells, and whoever may write an application may give it that name.
 */
const SYNCHRONISATION = /^(ConnectSyncProvisioning_|On-Premises Directory Synchronization)/i

/** What we are, and what nobody could take back. Object ids in lower case. */
export interface Self {
  /** The principal that we are, its application, the user behind it. */
  uids: readonly string[]
  /** Those as identities: what signs in as them is ours. */
  owners: readonly string[]
  /** The tenant’s only Global Administrator. */
  lastGlobalAdministrator: string | undefined
}

/**
 * Returns why an identity is spared, whatever a playbook selects.
 *
 * @param lastAdministratorOf scopes of Azure whose access a principal manages alone
 */
export function sparesFor(
  self: Self,
  lastAdministratorOf: (id: string) => string[],
): (identity: Identity) => Spare | undefined {
  return identity => {
    const { facts, kind, owner, uid } = identity
    const id = uid.toLowerCase()
    if (self.uids.includes(id)) {
      return { because: kind === 'application' ? 'that is your application' : 'that is you', class: 'self' }
    }
    if (owner !== undefined && self.owners.includes(owner.toLowerCase())) {
      return { because: 'that is yours', class: 'self' }
    }
    // By the tenant that owns the application, which the directory writes.
    if (facts.firstParty === true) return { because: 'an application of Microsoft itself', class: 'provider' }
    const principal = kind === 'service-principal' || kind === 'managed-identity'
    const [scope] = principal ? lastAdministratorOf(uid) : []
    return spareOf([
      id === self.lastGlobalAdministrator
        ? { because: 'the last Global Administrator', class: 'administrator' }
        : undefined,
      scope === undefined
        ? undefined
        : { because: `nobody else manages access to ${scope}`, class: 'administrator' },
      SYNCHRONISATION.test(String(facts.displayName ?? ''))
        ? { because: 'the directory synchronisation signs in as it', class: 'name', reads: ['displayName'] }
        : undefined,
      taggedProtected(facts.tags),
    ])
  }
}
