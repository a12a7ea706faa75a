import type { Pace } from '../../kit/http/lane.ts'

/**
 * Over all projects: the quota counts calls by the project of the caller. IAM lets 6,000 reads and 600 writes a minute
 * pass (IAM documentation, "Quotas and limits").
 */
export const PACE: Pace = {
  reads: { atOnce: 16, perSecond: 90 },
  writes: { atOnce: 8, perSecond: 9 },
}
