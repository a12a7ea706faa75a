import type { CloudEntry } from '../model/provider.ts'

/** The clouds. Each is loaded only when a run touches it: an SDK costs more than everything else at start-up. */
export const clouds: readonly CloudEntry[] = [
  { cloud: 'aws', title: 'AWS', load: async () => (await import('./aws/index.ts')).aws },
]
