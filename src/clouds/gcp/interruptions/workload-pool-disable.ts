import { POOL, poolDisable } from '../settings/workload-pools.ts'

/** Tokens of a disabled pool are rejected, and work again when it is enabled (IAM API reference, WorkloadIdentityPool). */
export const workloadPoolDisable = poolDisable(POOL, {
  summary:
    'Disable the workload identity pool: its providers exchange no tokens, and its tokens are rejected',
  leaves: 'tokens of service accounts that its workloads impersonated, for up to 12h',
  horizon: () => 3600,
})
