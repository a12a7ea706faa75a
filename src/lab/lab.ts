import type { Calls } from './calls.ts'
import type { LabClock } from './clock.ts'
import type { LabCloud, Plain } from './cloud.ts'
import type { Faults } from './faults.ts'

/** A server that answers like the clouds. */
export interface Lab {
  /** The same for as long as its file is. */
  readonly id: string
  /** `http://127.0.0.1:<port>`: for all services of all clouds. */
  readonly endpoint: string
  /** Credentials for the tool under test, by cloud. */
  readonly responders: { readonly [cloud: string]: unknown }
  readonly clock: LabClock
  readonly faults: Faults
  readonly calls: Calls
  readonly clouds: readonly LabCloud[]
  /** Milliseconds until the data plane knows of a change, by cloud. */
  readonly propagationMs: { readonly [cloud: string]: number }
  /** The state that is compared before and after, by cloud. */
  snapshot(): { [cloud: string]: Plain }
  /** Back to the estates that it began with. Moves the clock nowhere. */
  reset(): Promise<void>
  close(): Promise<void>
}
