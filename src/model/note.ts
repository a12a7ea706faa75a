/** Something about one identity, in words. */
export interface Note {
  /** Identity id. */
  identity: string
  text: string
  /** Of something to be done by hand: it is done once a rotation has deleted these credentials, by name. */
  replaced?: string[]
}
