import { recordApproved } from './approved.ts'
import { recordAws, recordAwsCertificates, recordAwsOrganization } from './aws.ts'
import { recordAzure } from './azure.ts'
import { recordContained } from './contained.ts'
import { recordFought } from './fought.ts'
import { recordGated } from './gated.ts'
import { recordGcp } from './gcp.ts'
import { recordInterrupted } from './interrupted.ts'
import { recordDoubted, recordLive } from './odd.ts'
import { recordPlanned } from './planned.ts'
import { recordRestored } from './restored.ts'
import { recordRotated } from './rotated.ts'
import { recordTroubled } from './troubled.ts'
import { recordWatched } from './watched.ts'

/** The functions that record a fixture, by its name. */
export const scenes: { readonly [name: string]: ((name: string) => Promise<void>) | undefined } = {
  contained: recordContained,
  approved: recordApproved,
  aws: recordAws,
  'aws-certificates': recordAwsCertificates,
  'aws-organization': recordAwsOrganization,
  gcp: recordGcp,
  azure: recordAzure,
  rotated: recordRotated,
  interrupted: recordInterrupted,
  fought: recordFought,
  troubled: recordTroubled,
  restored: recordRestored,
  doubted: recordDoubted,
  live: recordLive,
  planned: recordPlanned,
  watched: recordWatched,
  gated: recordGated,
}
