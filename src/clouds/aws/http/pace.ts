import type { Pace } from '../../kit/http/lane.ts'

/**
 * For one account. IAM publishes no rates, and the SDK backs off when one is exceeded; scans of this width are known to
 * pass.
 */
export const PACE: Pace = {
  reads: { atOnce: 8, perSecond: 40 },
  writes: { atOnce: 4, perSecond: 10 },
}

/**
 * For entering accounts, all calls of which are made by the caller's own. STS takes 600 requests a second of an account in a
 * region (IAM User Guide, "IAM and AWS STS quotas", AWS STS request quotas), which others there use as well.
 */
export const ENTRY_PACE: Pace = {
  reads: { atOnce: 32, perSecond: 100 },
  writes: { atOnce: 32, perSecond: 100 },
}
