/** Files that say how records are read. */
export interface Reading {
  /** A file: how records of another make are read. */
  mapping?: string | undefined
  /** A file: who may send security event tokens, with their keys. */
  tokens?: string | undefined
  /** Entra tenant of records that do not name theirs. */
  tenant?: string | undefined
}
