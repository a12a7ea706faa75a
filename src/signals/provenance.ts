export const OCSF = 'ocsf'
export const TOKEN = 'security-event-token'
export const GATE = 'gate'

/**
 * A kind of source, by the envelopes that its records come in: `file`, the scheme of a queue, or `given` for a record that a
 * person hands over to have it explained or tested.
 */
export type SourceKind = string

/** The formats that a source may deliver. */
export interface Provenance {
  kind: SourceKind
  /** Names of formats and of mappings. */
  formats: ReadonlySet<string>
  /** A person vouches for everybody who can write to the queue: records count without the envelope that proves their sender. */
  bare: boolean
}
