import { type FaultCode, toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { CredentialGap } from '../model/provider.ts'
import { sessionOf, type World } from './world.ts'

/** The credentials of a principal, and which kinds could not be listed. */
export interface Credentials {
  found: Identity[]
  gaps: CredentialGap[]
}

/** Lists the credentials of an owner. A listing that the cloud refuses is a gap; other faults are thrown. */
export interface CredentialList {
  (owner: Identity): Promise<Credentials>
  /** The same, at least of the kinds that do not tell by themselves whether they were made since (`Kind.dated`). */
  undated(owner: Identity): Promise<Credentials>
}

/** Faults that say that these credentials may not, or cannot, make a listing; a later try gives the same. */
const OF_A_LISTING: ReadonlySet<FaultCode> = new Set(['denied', 'unsupported', 'rejected'])

/**
 * Lists the credentials of a principal. A listing that is refused costs its own kind only; a deleted principal has no
 * credentials. Throws the faults that a later try may not have (throttled, unavailable).
 */
export async function credentialsOf(
  world: World,
  owner: Identity,
  kinds?: readonly string[],
): Promise<Credentials> {
  const gaps: CredentialGap[] = []
  try {
    const found = await sessionOf(world, owner).credentials(owner, gap => gaps.push(gap), kinds)
    return { found, gaps }
  } catch (error) {
    const { code, message } = toFault(error)
    if (code === 'gone') return { found: [], gaps: [] }
    if (OF_A_LISTING.has(code)) return { found: [], gaps: [{ because: message }] }
    throw error
  }
}

/** Lists each principal's credentials once, however often it is asked for within one plan. */
export function credentialList(world: World): CredentialList {
  const lists = new Map<string, Promise<Credentials>>()
  const all = (owner: Identity) => {
    const list = lists.get(owner.id) ?? credentialsOf(world, owner)
    lists.set(owner.id, list)
    return list
  }
  const undated = async (owner: Identity): Promise<Credentials> => {
    const known = lists.get(owner.id)
    if (known) return await known
    const kinds = (world.providers.get(owner.cloud)?.kinds ?? []).filter(({ credential }) => credential)
    if (kinds.every(({ dated }) => !dated)) return await all(owner)
    return await credentialsOf(
      world,
      owner,
      kinds.filter(({ dated }) => !dated).map(({ name }) => name),
    )
  }
  return Object.assign(all, { undated })
}

/** A gap in words: `federated-credential could not be listed: …`. */
export function gapText({ kind = 'credentials', because }: CredentialGap): string {
  return `${kind} could not be listed: ${because}`
}

/** Whether a gap leaves out credentials of a kind. */
export function leavesOut(gaps: readonly CredentialGap[], kind: string): boolean {
  return gaps.some(gap => gap.kind === undefined || gap.kind === kind)
}
