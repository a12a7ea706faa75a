import type { CloudRecords } from '../../../signals/cloud-records.ts'
import type { Place } from '../../../signals/envelope.ts'
import { names } from '../names.ts'
import { EXPORTS, MESSAGES, QUEUED } from './envelopes.ts'
import { grantsIn } from './grants.ts'
import { ocsf } from './ocsf.ts'
import { formats } from './own.ts'

const BARE =
  'a record without the EventBridge event around it, so that nobody knows whether AWS sent it; if only what you trust can ' +
  'write to this queue, put bare among its formats, as in --source bare,aws@sqs:URL'

/** A queue to which only what is trusted can write. */
const trusted: Place = { envelopes: QUEUED, refuses: () => undefined }
const own = new Set(formats.map(({ name }) => name))

/** How the records of AWS's logs and detectors are read. */
export const records: CloudRecords = {
  cloud: 'aws',
  formats,
  exports: EXPORTS,
  messages: MESSAGES,
  queues: {
    sqs: {
      place: { ...trusted, refuses: format => (own.has(format) ? BARE : undefined) },
      bare: trusted,
    },
  },
  names,
  ocsf,
  grantsIn,
}
