import type { ApprovedAct, Approver } from '../approvals.ts'
import type { Actor, RestoredEntry, RestoreOptions, RunStatus } from '../entry.ts'
import type { FaultRecord } from '../fault.ts'
import type { Identity } from '../identity.ts'
import type { Probe } from '../interruption.ts'
import type { Newcomer } from '../newcomer.ts'
import type { Plan, PlannedChange } from '../plan.ts'
import type { Retired } from '../rotation.ts'
import type { Cause } from '../watch.ts'
import type { Held } from './held-settings.ts'

/**
 * - `planned`: nothing was tried
 * - `intended`: recorded, and perhaps written: a crash cannot tell
 * - `written`: the cloud took it · `failed` · `refused` · `already` · `gone`
 * - `restoring`: a restore is recorded, and perhaps written · `restored`: no entry is held any more
 * - `rotated`: a new credential took its place, and it stays off for good
 */
export type Phase =
  | 'planned'
  | 'intended'
  | 'written'
  | 'failed'
  | 'refused'
  | 'already'
  | 'gone'
  | 'restoring'
  | 'restored'
  | 'rotated'

/** One change of a run, as its journal has it. */
export interface ChangeState {
  key: string
  planned: PlannedChange
  identity: Identity
  phase: Phase
  held: Held[]
  /** When the cloud took it: the horizon counts from here. */
  writtenAt?: string
  set: boolean
  denied: Probe | null
  /** The target is an emulator on this machine that does not implement the evaluation. Absent otherwise. */
  unprovable?: true
  drift: string[]
  /** Entries that read as before us when they were last looked at: somebody put them back. */
  undone: string[]
  /** Entries that the cloud did not take when it was written. */
  left: string[]
  /** RFC 3339; when it was last looked at. */
  verifiedAt?: string
  /** How often somebody undid it, when last (RFC 3339), and which entries. */
  countered?: { count: number; last: string; entries: string[] }
  /** Since when writing it again has not won; RFC 3339. */
  contested?: string
  fault?: FaultRecord
  /** Why it was refused, or why the last look could not tell whether it is set and denied. */
  because?: string
  /** A quota of the cloud holds it up. */
  postponed?: { because: string; since: string; until: string }
  /** Settings that the cloud did not take of it. */
  without?: string[]
  /** Why, in the cloud's words; of the last time. */
  reduced?: string
  /** The last restore's decisions, and what became of them. */
  restored: RestoredEntry[]
  /** Holds that the last restore ended: they come back if it turns out that nothing was put back. */
  ended?: Held[]
  /** A new credential in place of this one, or an attempt at it. */
  rotation?: ChangeRotation
  /** Holds that a rotation made permanent: they are not owed back, and no restore undoes them. */
  kept?: Held[]
}

/** A run, as its journal has it. */
export interface RunState extends NewcomerState {
  run: string
  startedAt: string
  actor: Actor
  reason: string
  ticket?: string
  due: string
  /** The events that began it, where no person did. */
  cause?: Cause
  plan: Plan
  /** Accounts that a resume reached later are no longer listed. */
  unreached: Plan['unreached']
  changes: Map<string, ChangeState>
  found: { owner: string; identity: Identity; contained: boolean }[]
  /** The sweep ran to its end after the last change. */
  swept: boolean
  /** Contained principals whose credentials the last sweep could not list. */
  unswept: { owner: string; fault: FaultRecord }[]
  finished?: RunStatus
  restore?: {
    at: string
    actor: Actor
    reason: string
    only: string[]
    options: RestoreOptions
    finished?: RunStatus
  }
  rotation?: RunRotation
  /** Approvals that were used, and acts that were begun without them; absent where there were none. */
  approvals?: {
    act: ApprovedAct
    at: string
    by: Approver[]
    /** Why it was done without the approvals that are needed. */
    bypassed?: string
  }[]
  /** `seq` and hash of the last entry. */
  head: { seq: number; hash: string }
}

/** One try at a new credential; it ends with `credential.rotated` or `rotation.failed`. */
export interface Attempt {
  /** RFC 3339. */
  since: string
  /** Names of the credentials that there were. */
  before: string[]
  /** Set once it is created; before that a crash cannot tell. */
  name?: string
  id?: string
  stored?: true
  tried?: 'works' | 'owner-off' | 'refused'
}

/** The new credential of a change, from a journal. */
export interface ChangeRotation {
  rotation: string
  place: string
  attempt?: Attempt
  orphans: { name: string; outcome: Retired['outcome']; because?: string }[]
  /** The new one, once it is in place. */
  done?: {
    at: string
    name: string
    id: string
    place: string
    tried?: Attempt['tried']
    /** Names of the credentials that there were. */
    before: string[]
    ofOwner?: true
  }
  oldDeleted?: true
  fault?: FaultRecord
}

/** The last rotation of a run. */
export interface RunRotation {
  at: string
  actor: Actor
  reason: string
  keys: string[]
  into: string
  remove: 'never' | 'after' | 'first'
  includeProtected?: string[]
  restore?: { only: string[]; options: RestoreOptions }
  finished?: RunStatus
  /** Why it was left in hand. */
  fault?: FaultRecord
}

/** Identities that were created since a run began. */
export interface NewcomerState {
  /** By account (`cloud:account`): digests of the identities that were there when the run began. */
  known: Map<string, readonly string[]>
  /** By identity id: created since the run began. `because`: why it was to be contained and is not. */
  newcomers: Map<string, Newcomer & { contained: boolean; because?: string }>
  /** By account: what the last look for newcomers could not look at. */
  unlooked: Map<string, readonly string[]>
}
