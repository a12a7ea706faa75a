import type { LabClock } from './clock.ts'
import type { Trouble } from './faults.ts'
import type { Exchange } from './server.ts'
import type { Limit } from './throttle.ts'

/** Plain data whose members are sorted, so that two of the same estate are the same text. */
export type Plain = string | number | boolean | null | Plain[] | { [member: string]: Plain }

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A request once it is known what it asks for. */
export interface Inquiry {
  /** As counted and as in fault rules, e.g. `iam`. */
  service: string
  /** The cloud's own name, e.g. `PutUserPolicy`, `iam.projects.serviceAccounts.disable`. */
  operation: string
  /** The credential that it came with: an access key id, a service account's email, an app id. */
  caller?: string
  /** As they came: what fault rules match, and what is recorded. */
  params: { readonly [name: string]: unknown }
  /** The requests of a batch, in their order: faults befall each of them, besides the batch itself. */
  parts?: readonly { operation: string; params: { readonly [name: string]: unknown } }[]
  /** The bucket that it draws from where the lab throttles; missing: none. */
  limits?(): readonly Limit[]
  /**
   * Does it. `changed`: the estate is another one now. Called once; `trouble` is a fault that the answer takes part in, and
   * `inParts` has those of the parts.
   */
  run(
    trouble: Trouble | undefined,
    inParts: readonly (Trouble | undefined)[],
  ): { answer: Answer; changed: boolean }
}

/** The parts that all clouds of a lab share. */
export interface Shared {
  clock: LabClock
  /** Milliseconds until the data plane knows of a change. */
  propagationMs: number
}

/** One cloud of a lab: an estate, and the wire formats in which it is asked. */
export interface LabCloud {
  readonly cloud: string
  /** Begins with the estate that was kept, else with a fresh one; again for a reset. @throws TypeError for no estate */
  open(shared: Shared, kept?: unknown): void
  /** Whether a request is for this cloud, by its path and headers. */
  recognises(exchange: Exchange): boolean
  /** An answer at once for what cannot be read. */
  receive(exchange: Exchange): Inquiry | Answer
  /** Credentials for the tool under test, as plain data. */
  readonly responder: unknown
  /** All of it as JSON, for the lab's file. */
  estate(): unknown
  /** All that a restore has to put back, without what only the server makes. */
  snapshot(): Plain
  /** A few counts, for people. */
  summary(): Plain
  /** Something is deleted behind everybody's back: kind and name as the tool under test has them. */
  vanish(kind: string, name: string): void
}
