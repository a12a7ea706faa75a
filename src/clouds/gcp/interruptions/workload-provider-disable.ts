import { PROVIDER, poolDisable } from '../settings/workload-pools.ts'

export const workloadProviderDisable = poolDisable(PROVIDER, {
  summary: 'Disable the provider of the workload identity pool: it exchanges no tokens',
  leaves: 'tokens that were exchanged before, for up to 1h; the other providers of the pool',
})
