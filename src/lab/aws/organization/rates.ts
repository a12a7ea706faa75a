/**
 * Requests a second that Organizations takes of one management account, and the burst (Organizations User Guide, "Quotas and
 * service limits").
 */
const RATES: { readonly [operation: string]: readonly [perSecond: number, burst: number] } = {
  CreatePolicy: [2, 3],
  UpdatePolicy: [2, 3],
  DeletePolicy: [2, 3],
  AttachPolicy: [2, 3],
  DetachPolicy: [2, 3],
  DescribePolicy: [2, 2],
  ListPoliciesForTarget: [5, 8],
  ListTargetsForPolicy: [5, 8],
  ListAccounts: [8, 12],
}

/** A token bucket for each operation, on the clock of the lab. */
export class OrganizationRates {
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  /** @param now milliseconds. Returns false when the call is too many. */
  takes(operation: string, now: number): boolean {
    const [perSecond, burst] = RATES[operation] ?? [0, 0]
    if (burst === 0) return true
    const bucket = this.#buckets.get(operation) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    const isFree = tokens >= 1
    this.#buckets.set(operation, { tokens: isFree ? tokens - 1 : tokens, at: now })
    return isFree
  }
}
