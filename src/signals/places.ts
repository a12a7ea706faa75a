import { AWS_FORMATS, AZURE_FORMATS, GCP_FORMATS, OCSF, type SourceKind, TOKEN } from './provenance.ts'

/** Envelopes by name; see envelopes.ts. */
export type EnvelopeName =
  | 'aws-records'
  | 'azure-records'
  | 'awslogs'
  | 'cloud-event'
  | 'cloudwatch'
  | 'entries'
  | 'event-grid'
  | 'eventbridge'
  | 'filtered-logs'
  | 'findings'
  | 'firehose'
  | 'firehose-record'
  | 'kinesis-event'
  | 'kinesis-record'
  | 'log-tables'
  | 'looked-up'
  | 'lookup-answer'
  | 'notices'
  | 'odata'
  | 'poll'
  | 'pubsub-message'
  | 'pubsub-pull'
  | 'pubsub-push'
  | 's3-notice'
  | 's3-test'
  | 'sns'
  | 'sqs-message'
  | 'trail-notice'

/** A place in what came: which envelopes may be there, and which records. */
export interface Place {
  envelopes: readonly EnvelopeName[]
  /** Why a record of this format (`''`: of none) does not count here; undefined if it does. */
  refuses(format: string): string | undefined
  /** Account that the envelope says the records are of. */
  account?: string | undefined
  /** Text here may be base64 of JSON. */
  base64?: true
  /** A list here holds records as texts. */
  texts?: true
}

const ANY = () => undefined

/** A place for records of these formats alone. */
export function only(formats: readonly string[], envelopes: readonly EnvelopeName[] = []): Place {
  return {
    envelopes,
    refuses: format =>
      format === '' || formats.includes(format)
        ? undefined
        : 'a record that does not belong into its envelope',
  }
}

/** A place for records of no format, for a reason. */
export function none(because: string): Place {
  return { envelopes: [], refuses: () => because }
}

export const AWS_PLACE = [...AWS_FORMATS, OCSF]
export const GCP_PLACE = [...GCP_FORMATS, OCSF]
export const AZURE_PLACE = [...AZURE_FORMATS, OCSF]
export const TOKEN_PLACE = [TOKEN]

/** What exports and archives look like. */
const EXPORTS = [
  'aws-records',
  'azure-records',
  'cloud-event',
  'cloudwatch',
  'entries',
  'event-grid',
  'eventbridge',
  'filtered-logs',
  'findings',
  'log-tables',
  'looked-up',
  'lookup-answer',
  'odata',
  'poll',
  's3-test',
  'trail-notice',
] as const

/** What people have at hand besides: messages, and what a function is called with. */
const MESSAGES = [
  'awslogs',
  'firehose',
  'firehose-record',
  'kinesis-event',
  'kinesis-record',
  'pubsub-message',
  'pubsub-pull',
  'pubsub-push',
  'sns',
  'sqs-message',
] as const

const BARE =
  'a record without the EventBridge event around it, so that nobody knows whether AWS sent it; if only what you trust can ' +
  'write to this queue, put bare among its formats, as in --source bare,aws@sqs:URL'

/** What a message of a queue, or a line of a file, may be. A function's dump of its own messages in a log file is none. */
export const TOPS: { readonly [kind in SourceKind]: Place } = {
  given: { envelopes: [...EXPORTS, ...MESSAGES], refuses: ANY, base64: true },
  file: { envelopes: EXPORTS, refuses: ANY, base64: true },
  sqs: {
    envelopes: ['eventbridge', 'sns', 'notices', 's3-test', 'trail-notice'],
    refuses: format => ((AWS_FORMATS as readonly string[]).includes(format) ? BARE : undefined),
  },
  pubsub: { envelopes: [], refuses: ANY },
  azqueue: { envelopes: ['azure-records', 'cloud-event', 'event-grid'], refuses: ANY },
}

/** A queue of AWS to which only what is trusted can write. */
export const BARE_TOP: Place = { ...TOPS.sqs, refuses: ANY }
