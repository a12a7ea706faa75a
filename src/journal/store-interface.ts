import type { Entry } from '../model/entry.ts'
import type { Fault, FaultRecord } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import type { Lock, LockWait } from '../store/lock.ts'
import type { Loose } from '../store/permissions.ts'
import type { Journal } from './journal.ts'

/**
 * A run, or why it cannot be believed.
 *
 * - `unseen`: this machine has no record of it: it may be an old copy
 * - `held`: ids of all identities of which it may hold something, as far as this machine knows; missing: not known
 */
export type Listed =
  | { run: string; state: RunState; unseen?: true }
  | { run: string; fault: FaultRecord; held?: readonly string[] }

export interface Run {
  entries: Entry[]
  state: RunState
  /** This machine has no record of it: it may be an old copy. */
  unseen?: true
}

/** The run files of one state folder. */
export interface Store {
  /**
   * Every run, oldest first, then those that cannot be believed. Writes nothing. The states are snapshots; a caller that follows the
   * runs gets the same one again while the run is as it was.
   */
  list(): Promise<Listed[]>
  /** The ids of all runs, sorted; reads no journal. */
  runs(): Promise<string[]>
  /** One run, every signature checked. Faults: `usage` (unknown), `damaged`, `tampered`, `journal` (cannot be read). */
  read(run: string): Promise<Run>
  /** A new journal, which is to begin with `run.started`. Fault `journal` when the run exists. */
  create(run: string, now: () => string): Promise<Journal>
  /** Opens a run to go on with it; what a crash left unfinished at its end is moved to a file beside it. */
  append(run: string, now: () => string): Promise<{ journal: Journal; state: RunState }>
  /** Keys and state files that others could read or write. */
  loose(): Loose[]
  /** Takes away from others what they could write of the journals; returns what was changed. Under the lock. */
  tighten(): Loose[]
  /** Why the state folder is not one that this machine knows; undefined if it does. Writes nothing. */
  strange(): Promise<FaultRecord | undefined>
  /** Takes the state folder, and every run in it that checks out, for the newest there is. Faults of a run are returned. */
  trust(): Promise<Fault[]>
  /**
   * For every command that writes; gives the state folder its identity. Faults: `locked`, and `tampered` for a state
   * folder that was never seen here.
   */
  lock(operation: string, options: LockOptions): Promise<Lock>
}

/** How to take the lock of a state folder. */
export interface LockOptions extends LockWait {
  /** The run that is worked on. */
  run?: string
}
