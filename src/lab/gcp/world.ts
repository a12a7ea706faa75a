import type { LabClock } from '../clock.ts'
import type { LiveEstate } from './estate.ts'
import type { Operations } from './operations.ts'
import type { DenyQuota } from './quota.ts'
import type { Policy } from './store.ts'

/** The state that lasts from call to call. */
export interface World {
  readonly estate: LiveEstate
  readonly clock: LabClock
  /** Milliseconds until the data plane knows of a change. */
  readonly delay: number
  readonly operations: Operations
  /** Missing: as many calls as one likes. */
  readonly quota: DenyQuota | undefined
  /** Reads of an account that still see it as it was before it was enabled or disabled, by email. */
  readonly staleReads: Map<string, number>
  /** How many of them there are after each change. */
  readonly staleReadsAfter: number
  /** Called with a policy that was read, once the answer is made: a change by it stands for somebody else's. */
  policyRead: (resource: string) => void
}

/** Changes a policy as somebody else, who asks nobody. */
export type EditPolicy = (resource: string, change: (policy: Policy) => Policy) => void
