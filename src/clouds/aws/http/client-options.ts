import type { CloudClock } from '../../../model/cloud-clock.ts'
import type { Timing } from '../../../model/timing.ts'
import type { Lane } from '../../kit/http/lane.ts'
import type { Pool } from './pool.ts'

/** Credentials as the SDK takes them: fixed ones, or a function that refreshes them. */
export type Credentials =
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  | (() => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>)

export interface ClientOptions {
  account: string
  partition: string
  region: string
  regions: readonly string[]
  /** Undefined: the SDK's default chain (environment, profile, SSO, container, instance). */
  credentials?: Credentials
  /** A profile other than that of the environment, e.g. the one that this came through. */
  profile?: string
  /** Only for the lab; an override in the environment or the profile is honoured by the SDK itself. */
  endpoint?: string
  lane: Lane
  /** Appended to the user agent as `interdict/<version> run/<run>`, so that our own calls are found in CloudTrail. */
  run?: string
  /** Milliseconds after which a call counts as unanswered; 10,000 when missing. */
  callTimeout?: number
  /** Called with the `Date` of each answer. */
  clock?: CloudClock
  /** Connections shared with other clients; a client of another profile has its own. */
  pool?: Pool
  /** Clock, waiting and chance. */
  timing: Timing
}
