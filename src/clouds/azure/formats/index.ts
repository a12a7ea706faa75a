import type { CloudRecords } from '../../../signals/cloud-records.ts'
import { names } from '../names.ts'
import { EXPORTS, QUEUED } from './envelopes.ts'
import { formats } from './own.ts'

/** How the records of Azure's and Entra's logs and detectors are read. */
export const records: CloudRecords = {
  cloud: 'azure',
  formats,
  exports: EXPORTS,
  messages: [],
  queues: { azqueue: { place: { envelopes: QUEUED, refuses: () => undefined } } },
  names,
  ocsf: { providers: ['azure', 'microsoft'] },
}
