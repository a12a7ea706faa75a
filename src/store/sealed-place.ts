import type { ChainLine, Proof } from './hash-chain.ts'
import type { OwnKey } from './own-key.ts'

/** Where a sealed file is, and what it is sealed as. */
export interface SealedPlace {
  path: string
  /**
   * The kind of the file, and its state folder: part of every signature, so that no sealed file can stand in the place of
   * another.
   */
  purpose: string
  /** File in the configuration that says which content is the newest: a signature alone cannot tell an old copy. */
  head: string
  key: OwnKey
}

/** Returns the proof that the line with this hash is ours, in this place. */
export function sealOf(hash: string, { key, purpose }: SealedPlace): Proof {
  return { sig: key.sign(purpose, hash) }
}

/** Returns a code in place of a signature, for a line that a later signature covers. */
export function codeOf(hash: string, { key, purpose }: SealedPlace): Proof {
  return { mac: key.code(purpose, hash) }
}

/** Whether this machine sealed the line, for this place. */
export function isSealed({ hash, proof }: ChainLine, { key, purpose }: SealedPlace): boolean {
  return proof.sig !== undefined && key.verify(purpose, hash, proof.sig)
}
