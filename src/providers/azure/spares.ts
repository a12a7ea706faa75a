import type { Identity } from '../../model/identity.ts'

const PROTECTED_TAGS = ['interdict:protected', 'nhi-contain:protected']

/** Microsoft Entra Connect signs in as one of these; stopping it stops everybody’s account updates. */
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
 * Why an identity is never touched, whatever a playbook says.
 *
 * @param lastAdministratorOf scopes of Azure whose access a principal manages alone
 */
export function sparesFor(
  self: Self,
  lastAdministratorOf: (id: string) => string[],
): (identity: Identity) => string | undefined {
  return identity => {
    const { facts, kind, owner, uid } = identity
    const id = uid.toLowerCase()
    if (self.uids.includes(id)) return kind === 'application' ? 'that is your application' : 'that is you'
    if (owner !== undefined && self.owners.includes(owner.toLowerCase())) return 'that is yours'
    if (facts.firstParty === true) return 'an application of Microsoft itself'
    if (SYNCHRONISATION.test(String(facts.displayName ?? '')))
      return 'the directory synchronisation signs in as it'
    if (id === self.lastGlobalAdministrator) return 'the last Global Administrator'
    if (kind === 'service-principal' || kind === 'managed-identity') {
      const [scope] = lastAdministratorOf(uid)
      if (scope !== undefined) return `nobody else manages access to ${scope}`
    }
    // A tag can be set by whoever may tag, an attacker too: it only ever adds protection, and it is shown.
    const { tags } = facts
    if (tags === null || typeof tags !== 'object' || Array.isArray(tags)) return undefined
    const tag = PROTECTED_TAGS.find(each => Object.hasOwn(tags, each) && tags[each] === 'true')
    return tag === undefined ? undefined : `tagged ${tag}`
  }
}
