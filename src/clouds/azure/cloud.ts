import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Provider } from '../../model/provider.ts'
import type { Cloud } from '../kit/cloud.ts'
import { anyFile, anyVariable } from '../kit/session/configured.ts'
import { scope } from './scope-flags.ts'

/** Microsoft Azure and Entra: applications, service principals, managed identities, and what they sign in with. */
export const azure = {
  cloud: 'azure',
  title: 'Azure',
  accountWord: 'tenant',
  configured: async environment =>
    anyVariable(environment, ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'INTERDICT_AZURE_ENDPOINT']) ||
    (await anyFile([
      join(environment['AZURE_CONFIG_DIR'] ?? join(homedir(), '.azure'), 'azureProfile.json'),
    ])),
  load: async () => (await import('./provider.ts')).azure as Provider,
  records: async () => (await import('./formats/index.ts')).records,
  starters: async () => (await import('./starters.ts')).starters,
  queues: [
    {
      scheme: 'azqueue',
      form: 'URL',
      open: async (url, { environment }) =>
        (await import('./sources/azqueue.ts')).azureQueue(url, environment),
    },
  ],
  objects: {
    pattern: /^https?:/,
    form: 'https://account.blob.core.windows.net/container/prefix',
    open: async (url, environment) => (await import('./object-sender.ts')).blobPlace(url, environment),
  },
  destinations: ['azure-keyvault:https://VAULT/secrets/NAME'],
  scope,
} satisfies Cloud
