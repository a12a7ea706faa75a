import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CloudEntry, Provider } from '../model/provider.ts'
import { anyFile, anyVariable } from './kit/configured.ts'

/** The clouds. Each is loaded only when a run touches it: an SDK costs more than everything else at start-up. */
export const clouds: readonly CloudEntry[] = [
  {
    cloud: 'aws',
    title: 'AWS',
    configured: async environment =>
      anyVariable(environment, ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE']) ||
      anyVariable(environment, [
        'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      ]) ||
      (await anyFile([
        environment.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), '.aws', 'credentials'),
        environment.AWS_CONFIG_FILE ?? join(homedir(), '.aws', 'config'),
      ])),
    load: async () => (await import('./aws/provider.ts')).aws,
  },
  {
    cloud: 'gcp',
    title: 'Google Cloud',
    configured: async environment =>
      anyVariable(environment, ['GOOGLE_APPLICATION_CREDENTIALS', 'INTERDICT_GCP_ENDPOINT']) ||
      (await anyFile([
        join(
          environment.CLOUDSDK_CONFIG ?? join(homedir(), '.config', 'gcloud'),
          'application_default_credentials.json',
        ),
      ])),
    load: async () => (await import('./gcp/provider.ts')).gcp as Provider,
  },
  {
    cloud: 'azure',
    title: 'Azure',
    configured: async environment =>
      anyVariable(environment, [
        'AZURE_CLIENT_ID',
        'AZURE_FEDERATED_TOKEN_FILE',
        'INTERDICT_AZURE_ENDPOINT',
      ]) ||
      (await anyFile([join(environment.AZURE_CONFIG_DIR ?? join(homedir(), '.azure'), 'azureProfile.json')])),
    load: async () => (await import('./azure/provider.ts')).azure as Provider,
  },
]
