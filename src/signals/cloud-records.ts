import type { LoggedGrant } from '../model/entry.ts'
import type { CloudNames, Found } from './any-cloud.ts'
import type { Envelope, Place } from './envelope.ts'
import type { Format } from './format.ts'
import type { Members } from './members.ts'

/** How the records of one cloud's logs and detectors are read. The cloud's folder makes it; this room knows no cloud. */
export interface CloudRecords {
  /** As in `Signal.cloud`. */
  cloud: string
  /** In the order in which they are tried. */
  formats: readonly Format[]
  /** Envelopes that a file of an export or an archive may be. */
  exports: readonly Envelope[]
  /** Envelopes that only a person hands over: messages, and the arguments of a function. */
  messages: readonly Envelope[]
  /** Scheme of a queue (`--source`) → what its messages may be. */
  queues: { readonly [scheme: string]: QueuePlace | undefined }
  names: CloudNames
  ocsf?: OcsfNames
  /** Rights that a record of this cloud's logs says were granted; none for a record of anything else. */
  grantsIn?(record: Members): LoggedGrant[]
}

/** The forms of the messages of one kind of queue. */
export interface QueuePlace {
  place: Place
  /** The same where a person vouches for everybody who can write to the queue (`bare` among the formats of `--source`). */
  bare?: Place
}

/** How one cloud's own mapping to the Open Cybersecurity Schema Framework (OCSF) names things. */
export interface OcsfNames {
  /** Values of `cloud.provider`, in lower case. */
  providers: readonly string[]
  /** The service without what its name ends with everywhere. */
  serviceOf?(name: string): string
  /** Whom a caller from outside becomes by this call. */
  assumed?(call: { operation: string; userType: string; request: Members }): Found | undefined
  /** The target of a call, by its parameters. */
  targetOf?(request: Members): string | undefined
  /** Who holds the credential that a resource of a finding is; undefined where it is not a credential. */
  holderOf?(resource: unknown, account: string | undefined): Found | undefined
  /** The principal that a resource of a finding is, by its unique name. */
  principalOf?(uid: string | undefined): Found | undefined
}
