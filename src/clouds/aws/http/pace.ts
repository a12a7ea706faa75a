import type { Pace } from '../../kit/http/lane.ts'

/**
 * For one account. IAM publishes no rates (AWS Support: token buckets, of which several may apply to an operation), so the lane
 * begins without one and follows the throttling.
 */
export const PACE: Pace = { reads: { atOnce: 16 }, writes: { atOnce: 8 } }

/**
 * For entering accounts, all calls of which are made by the caller's own. STS takes 600 requests a second of an account in a
 * region (IAM User Guide, "IAM and AWS STS quotas", AWS STS request quotas), which others there use as well.
 */
export const ENTRY_PACE: Pace = {
  reads: { atOnce: 32, perSecond: 100 },
  writes: { atOnce: 32, perSecond: 100 },
}
