import type { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import type { Starter } from '../../model/playbook/starter.ts'
import type { CloudEntry } from '../../model/provider.ts'
import type { CloudRecords } from '../../signals/cloud-records.ts'
import type { QueueKind } from '../../sources/queue-kind.ts'
import type { OpenedObjects } from './http/object-sender.ts'

/**
 * One cloud: everything that lists clouds derives from it. A part that a cloud does not have is left out. It is light, since every command loads it: an SDK, a format or a queue
 * is loaded when it is used.
 */
export interface Cloud extends CloudEntry {
  /** The word for one of its accounts, e.g. `project`; `account` by default. */
  accountWord?: string
  /** The pattern of another name of a known account; absent where an account has one name. */
  otherAccountName?: RegExp
  /** Loads how the records of its logs and detectors are read. */
  records?(): Promise<CloudRecords>
  /** Loads the parts of new playbooks, the usual kind first. */
  starters?(): Promise<readonly Starter[]>
  /** Queues that `--source` can name. */
  queues?: readonly QueueKind[]
  /** Its object storage, where a team can keep its runs. */
  objects?: ObjectStorage
  /** Where it keeps secrets, as `--into` takes it, for help texts: `aws-secretsmanager:NAME`. */
  destinations?: readonly string[]
  scope?: ScopeOfCloud
  /** Lines for a shell, so that the cloud's own tools find the lab; none where the lab gave no credentials. */
  labEnvironment?(endpoint: string, responder: unknown): string[]
}

/** The object storage of a cloud. */
export interface ObjectStorage {
  /** Whether a URL is one of its own. */
  pattern: RegExp
  /** An example of a URL, for help texts. */
  form: string
  /** Opens the objects below a URL; asks nothing yet. Fault `usage` for a URL that names no bucket. */
  open(url: string, environment: NodeJS.ProcessEnv): Promise<OpenedObjects>
}

/** How flags reach `scope.<cloud>` of a playbook. */
export interface ScopeOfCloud {
  flags: readonly ScopeFlag[]
  /**
   * Members of a playbook's scope that flags replace besides their own member, when they name accounts.
   *
   * @param given members that flags name
   */
  replaced(given: ReadonlySet<string>): readonly string[]
  /**
   * Returns the fault `usage` of flags that contradict each other or leave no way in.
   *
   * @param scope merged with the flags
   */
  flaw?(scope: Readonly<Record<string, Json>>, given: ReadonlySet<string>): Fault | undefined
}

/** A flag for one member of a scope. */
export interface ScopeFlag {
  /** Without its hyphens; one name among all clouds. */
  flag: string
  member: string
  pattern: RegExp
  /** Description of a valid value, after "not". */
  says: string
  summary: string
  helpValue: string
  /** Takes several values: repeated, or one list joined by commas. */
  many?: true
  /** Says how other accounts are entered, so that `permissions` takes it too. */
  entry?: true
}

/** Returns `replaced` of a cloud where any of these members replaces all of them. */
export function replacedTogether(places: readonly string[]): ScopeOfCloud['replaced'] {
  return given => (places.some(member => given.has(member)) ? places : [])
}
