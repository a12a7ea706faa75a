import type { CloudRecords } from '../../../signals/cloud-records.ts'
import { names } from '../names.ts'
import { EXPORTS, MESSAGES } from './envelopes.ts'
import { grantsIn } from './grants.ts'
import { formats } from './own.ts'

/** How the records of Google Cloud's logs and detectors are read. */
export const records: CloudRecords = {
  cloud: 'gcp',
  formats,
  exports: EXPORTS,
  messages: MESSAGES,
  queues: { pubsub: { place: { envelopes: [], refuses: () => undefined } } },
  names,
  ocsf: { providers: ['gcp', 'google', 'google cloud'] },
  grantsIn,
}
