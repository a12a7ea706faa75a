/** Six tries over some ten seconds: an incident cannot wait longer, and `resume` tries again. */
export const ATTEMPTS = 6

/** A quota is not going to be raised while we wait; the SDK counts it as throttling because of its name. */
const FINAL = new Set(['LimitExceededException', 'LimitExceeded'])

/** Another writer was faster; the SDK does not retry these. */
const AGAIN = new Set([
  'ConcurrentModificationException',
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiableException',
  'EntityTemporarilyUnmodifiable',
])

/**
 * Errors of IAM that the SDK's standard strategy treats wrongly (tested against the SDK: both sets are). A policy of an
 * organization is written whole: made again blindly, a write would take away what the other writer put there.
 */
export function retryOf(error: unknown, service: string): 'never' | 'always' | 'as the SDK says' {
  const name = error instanceof Error ? error.name : ''
  if (FINAL.has(name)) return 'never'
  if (service === 'organizations' && AGAIN.has(name)) return 'never'
  return AGAIN.has(name) ? 'always' : 'as the SDK says'
}
