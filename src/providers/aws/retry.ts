/** Six tries over some ten seconds: an incident cannot wait longer, and `resume` tries again. */
const ATTEMPTS = 6

/** A quota is not going to be raised while we wait; the SDK counts it as throttling because of its name. */
const FINAL = new Set(['LimitExceededException', 'LimitExceeded'])

/** Another writer was faster; the SDK does not retry these. */
const AGAIN = new Set([
  'ConcurrentModificationException',
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiableException',
  'EntityTemporarilyUnmodifiable',
])

/** The SDK's standard strategy with IAM's errors sorted right (tested against the SDK: both sets behave otherwise). */
export async function iamRetry() {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  type Refresh = StandardRetryStrategyType['refreshRetryTokenForRetry']
  type StandardRetryStrategyType = InstanceType<typeof StandardRetryStrategy>
  class IamRetry extends StandardRetryStrategy {
    override async refreshRetryTokenForRetry(...[token, info]: Parameters<Refresh>): ReturnType<Refresh> {
      const name = errorName(info.error)
      if (FINAL.has(name)) throw new Error('a quota is not retried')
      return await super.refreshRetryTokenForRetry(
        token,
        AGAIN.has(name) ? { ...info, errorType: 'TRANSIENT' } : info,
      )
    }
  }
  return new IamRetry(ATTEMPTS)
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : ''
}
