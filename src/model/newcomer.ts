import { createHash } from 'node:crypto'
import type { Identity } from './identity.ts'

/** An identity that was created while a run was under way. */
export interface Newcomer {
  /** From a short listing: `facts` may lack what the inventory knows. */
  identity: Identity
  /** RFC 3339, by the cloud; absent where it does not say. */
  created?: string
  /** Who created it, by the cloud's log; absent where it does not say or may not be read. */
  maker?: Maker
  /** A command that asks the cloud's log who created it, where this tool cannot. */
  ask?: string
}

/** Who created an identity. */
export interface Maker {
  /** As the cloud's log shows it: an e-mail address, a display name. */
  name: string
  /** The maker's immutable id, where the log has it. */
  uid?: string
}

/** The result of one look for newcomers in an account. */
export interface Newcomers {
  found: Newcomer[]
  /** Parts that could not be looked at, in words: missing is not the same as none. */
  problems: string[]
}

/** From when on an identity counts as a newcomer. */
export interface Since {
  /** RFC 3339. */
  time: string
  /** Digests (`digestOf`) of the ids that were there at that time, where the cloud does not say when one was created. */
  known?: ReadonlySet<string>
}

/** An id as a journal keeps it: short, and enough to tell twenty thousand apart. */
export function digestOf(uid: string): string {
  return createHash('sha256').update(uid).digest('hex').slice(0, 12)
}
