import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CloudEntry } from '../model/provider.ts'
import { anyFile, anyVariable } from './configured.ts'

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
    load: async () => (await import('./aws/index.ts')).aws,
  },
]
