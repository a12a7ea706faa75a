import { Lane, type LaneOptions, type Pace } from '../../kit/http/lane.ts'
import { throttleOf } from './retry.ts'

/**
 * Over all projects: the quota counts calls by the project of the caller. IAM lets 6,000 reads and 600 writes a minute
 * pass (IAM documentation, "Quotas and limits").
 */
const PACE: Pace = {
  reads: { atOnce: 16, perSecond: 90 },
  writes: { atOnce: 8, perSecond: 9 },
}

/** Returns the lane of one credential. */
export function gcpLane(options: Omit<LaneOptions, 'throttleOf'>): Lane {
  return new Lane(PACE, { ...options, throttleOf })
}

/** Returns the operations that Google counts together: those of a service; of IAM, workload identity pools by themselves. */
export function familyOf(operation: string): string {
  const service = operation.slice(0, operation.indexOf('.'))
  return service === 'iam' && operation.includes('workloadIdentityPools') ? 'iam pools' : service
}
