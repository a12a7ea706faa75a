import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Provider } from '../../model/provider.ts'
import { PLATFORM } from '../../platform/platform.ts'
import type { Cloud } from '../kit/cloud.ts'
import { anyFile, anyVariable } from '../kit/session/configured.ts'
import { scope } from './scope-flags.ts'

/** Google Cloud: service accounts, what they sign in with, and who may act as them. */
export const gcp = {
  cloud: 'gcp',
  title: 'Google Cloud',
  accountWord: 'project',
  // A project by its number may be one that is known by its id.
  otherAccountName: /^\d+$/,
  configured: async environment =>
    anyVariable(environment, ['GOOGLE_APPLICATION_CREDENTIALS', 'INTERDICT_GCP_ENDPOINT']) ||
    (await anyFile([
      join(
        environment['CLOUDSDK_CONFIG'] ?? PLATFORM.gcloudHome(environment, homedir()),
        'application_default_credentials.json',
      ),
    ])),
  load: async () => (await import('./provider.ts')).gcp as Provider,
  records: async () => (await import('./formats/index.ts')).records,
  starters: async () => (await import('./starters.ts')).starters,
  queues: [
    {
      scheme: 'pubsub',
      form: 'projects/P/subscriptions/S',
      open: async (subscription, { environment }) =>
        (await import('./sources/pubsub.ts')).pubsubQueue(subscription, {
          endpoint: environment['PUBSUB_EMULATOR_HOST'] || undefined,
        }),
    },
  ],
  objects: {
    pattern: /^gs:/,
    form: 'gs://bucket/prefix',
    open: async (url, environment) => (await import('./object-sender.ts')).gcsPlace(url, environment),
  },
  destinations: ['gcp-secretmanager:projects/P/secrets/S'],
  scope,
} satisfies Cloud
