/** Formats of each cloud's own logs and detectors. */
export const AWS_FORMATS = ['cloudtrail', 'guardduty', 'asff'] as const
export const GCP_FORMATS = ['cloud-audit', 'scc'] as const
export const AZURE_FORMATS = [
  'entra-sign-in',
  'entra-audit',
  'entra-risk',
  'graph-activity',
  'key-vault-audit',
  'azure-activity',
] as const
export const OCSF = 'ocsf'
export const TOKEN = 'security-event-token'
export const GATE = 'gate'

/**
 * Kinds of sources, by the envelopes that their records come in: see `TOPS` in places.ts. `given` is a record that a person
 * hands over, to have it explained or tested.
 */
export type SourceKind = 'file' | 'sqs' | 'pubsub' | 'azqueue' | 'given'

/** What a source may deliver. */
export interface Provenance {
  kind: SourceKind
  /** Names of formats and of mappings. */
  formats: ReadonlySet<string>
  /** Queues of AWS: records count without the EventBridge event around them. */
  bare: boolean
}
