import { backoffDelay } from '../../../model/backoff.ts'
import type { Timing } from '../../../model/timing.ts'
import { Lane, type LaneOptions, type Pace } from '../../kit/http/lane.ts'
import { LONGEST_HINT_MS, type Throttle } from '../../kit/http/pacer.ts'
import { isNotImplemented } from './faults.ts'

/** Six tries over some ten seconds: an incident cannot wait longer, and `resume` tries again. */
export const ATTEMPTS = 6

const FIRST_MS = 500
const LONGEST_MS = 8_000

/** A quota is not going to be raised while we wait; the SDK counts it as throttling because of its name. */
const FINAL = new Set(['LimitExceededException', 'LimitExceeded'])

/** Another writer was faster; the SDK does not retry these. */
const AGAIN = new Set([
  'ConcurrentModificationException',
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiableException',
  'EntityTemporarilyUnmodifiable',
])

/** A failed attempt, as the SDK describes it to its retry strategy. */
export interface FailedAttempt {
  error?: unknown
  /** The SDK's own class: `THROTTLING`, `TRANSIENT`, … */
  errorType: string
  /** From a `Retry-After` header. */
  retryAfterHint?: Date
}

/** Errors of throttled attempts: the SDK has the list of their names, and gives the caller the same object. */
const throttles = new WeakMap<object, Throttle>()

/**
 * Errors of IAM that the SDK's standard strategy treats wrongly (tested against the SDK: both sets are). A policy of an
 * organization is written whole: made again blindly, a write would take away what the other writer put there. A throttled
 * attempt ends here, so that the account's lane hears of every one and the call gives its place away while it waits.
 *
 * @param endpoint where the call went, if it did not go to AWS
 */
export function retryOf(
  { error, errorType, retryAfterHint }: FailedAttempt,
  service: string,
  timing: Pick<Timing, 'date'>,
  endpoint?: string,
): 'never' | 'always' | 'as the SDK says' {
  const name = error instanceof Error ? error.name : ''
  if (FINAL.has(name) || isNotImplemented(error, endpoint)) return 'never'
  if (service === 'organizations' && AGAIN.has(name)) return 'never'
  if (AGAIN.has(name)) return 'always'
  if (errorType !== 'THROTTLING') return 'as the SDK says'
  const hint =
    retryAfterHint === undefined ? undefined : Math.max(0, retryAfterHint.getTime() - timing.date())
  if (error instanceof Error) throttles.set(error, { hint })
  return 'never'
}

/** Returns the lane of one account. */
export function awsLane(pace: Pace, options: Omit<LaneOptions, 'throttleOf'>): Lane {
  return new Lane(pace, { ...options, throttleOf: throttleOfError })
}

/**
 * Makes a call again while it is throttled, after the time that the service asks for or one that grows. Throws the last error.
 *
 * @param attempt one attempt in the lane; `tried` counts those before it
 */
export async function untilNotThrottled<Result>(
  timing: Timing,
  attempt: (tried: number) => Promise<Result>,
): Promise<Result> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt(tried)
    } catch (error) {
      const throttle = throttleOfError(error)
      const { hint = 0 } = throttle ?? {}
      if (throttle === undefined || tried + 1 >= ATTEMPTS || hint > LONGEST_HINT_MS) throw error
      const grown = backoffDelay(tried, { first: FIRST_MS, most: LONGEST_MS, jitter: 1, timing })
      await timing.sleep(throttle.hint ?? grown)
    }
  }
}

function throttleOfError(error: unknown): Throttle | undefined {
  return error instanceof Error ? throttles.get(error) : undefined
}
