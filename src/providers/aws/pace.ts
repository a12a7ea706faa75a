import type { Pace } from '../lane.ts'

/**
 * For one account. IAM publishes no rates, and the SDK backs off when one is exceeded; scans of this width are known to
 * pass.
 */
export const PACE: Pace = {
  reads: { atOnce: 8, perSecond: 40 },
  writes: { atOnce: 4, perSecond: 10 },
}
