import type { Identity } from '../../../model/identity.ts'
import { type Spare, spareOf, taggedProtected } from '../../../model/spare.ts'

/**
 * Microsoft Entra Connect signs in as one of these; stopping it stops everybody's account updates. Only the display name
 * tells, and a principal that may write an application may give it that name.
 */
const SYNCHRONISATION = /^(ConnectSyncProvisioning_|On-Premises Directory Synchronization)/i

/** Our identity, and the identities that nobody could restore. Object ids in lower case. */
export interface Self {
  /** The principal that we are, its application, the user behind it. */
  uids: readonly string[]
  /** Those as identities: what signs in as them is ours. */
  owners: readonly string[]
  /** The tenant’s only Global Administrator. */
  lastGlobalAdministrator: string | undefined
  /** Why the directory could not be asked for it. */
  undecidedGlobal: string | undefined
  /** Client id of the application that we are, in case that the application itself could not be read. */
  appId: string | undefined
}

/** Managers of access, by the role assignments in Azure. */
export interface Managers {
  /** Scopes of Azure whose access a principal manages alone. */
  lastAdministratorOf(id: string): string[]
  /** The reason why it is unknown; undefined where it is known. */
  undecided(): string | undefined
}

/** Returns why an identity is spared, also when a playbook selects it. A spare that cannot be decided spares. */
export function sparesFor(self: Self, managers: Managers): (identity: Identity) => Spare | undefined {
  /** Applications that were found to be ours by their client id. */
  const ours = new Set(self.owners)
  return identity => {
    const { facts, kind, owner, uid } = identity
    const id = uid.toLowerCase()
    const isOurs =
      kind === 'application' &&
      self.appId !== undefined &&
      String(facts.appId ?? '').toLowerCase() === self.appId.toLowerCase()
    if (isOurs) ours.add(identity.id)
    if (isOurs || self.uids.includes(id)) {
      return { because: kind === 'application' ? 'that is your application' : 'that is you', class: 'self' }
    }
    if (owner !== undefined && ours.has(owner.toLowerCase())) {
      return { because: 'that is yours', class: 'self' }
    }
    // By the tenant that owns the application, which the directory writes.
    if (facts.firstParty === true) return { because: 'an application of Microsoft itself', class: 'provider' }
    const principal = kind === 'service-principal' || kind === 'managed-identity'
    const [scope] = principal ? managers.lastAdministratorOf(uid) : []
    return spareOf([
      id === self.lastGlobalAdministrator
        ? { because: 'the last Global Administrator', class: 'administrator' }
        : undefined,
      principal && !Array.isArray(facts.directoryRoles)
        ? undecided('it is the last Global Administrator', self.undecidedGlobal)
        : undefined,
      scope === undefined
        ? undefined
        : { because: `nobody else manages access to ${scope}`, class: 'administrator' },
      principal
        ? undecided('somebody else manages access to its subscriptions', managers.undecided())
        : undefined,
      SYNCHRONISATION.test(String(facts.displayName ?? ''))
        ? { because: 'the directory synchronisation signs in as it', class: 'name', reads: ['displayName'] }
        : undefined,
      taggedProtected(facts.tags),
    ])
  }
}

function undecided(what: string, because: string | undefined): Spare | undefined {
  if (because === undefined) return undefined
  return {
    because: `unknown whether ${what}: ${because}; --include-protected with --reason includes it`,
    class: 'administrator',
  }
}
