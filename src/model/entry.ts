import type { Actor, DecisionBody } from './decision-entries.ts'
import type { Facet } from './facet.ts'
import type { FaultRecord } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Probe } from './interruption.ts'
import type { Json } from './json.ts'
import type { Newcomer } from './newcomer.ts'
import type { Plan } from './plan.ts'
import type { Cause } from './watch.ts'

export type { Actor } from './decision-entries.ts'

/** A restore's decision about one entry, and the values that it saw. */
export interface RestoredEntry {
  entry: string
  before: Json | undefined
  ours: Json | undefined
  live: Json | undefined
  decision: Decision
  /** Of `released`: only changes of the same run hold it besides. Absent in older journals. */
  within?: true
  /** The value that it is to get, for `put-back` and `force` and `step-down`. */
  to?: Json | undefined
  /** When the setting was made, where it was shortly before the run; `by` where the cloud or a log names somebody. */
  added?: Added
  /** Why it stays as it is, for `failed` and `missing`. Set by `replay`, never in an entry. */
  fault?: FaultRecord
  /** It was read back as intended. Set by `replay`, never in an entry. */
  back?: true
}

/** The decisions of a restore about one change. */
export interface PreviewedChange {
  key: string
  identity: Identity
  interruption: string
  entries: readonly RestoredEntry[]
  /** RFC 3339; when sessions issued before the containment expire. */
  horizonEnds?: string
  /** Why the restore refuses it now. */
  blocked?: string
  /** It could not be looked at, and would be left as it is. */
  fault?: FaultRecord
}

/** When a setting was made (RFC 3339), and by whom. */
export interface Added {
  at: string
  by?: string
}

/** A right that a log says was given to an identity: the entry by which an interruption knows it. */
export interface LoggedGrant extends Added {
  identity: string
  entry: string
}

/** A setting that stays as it was, and why. */
export interface LeftSetting {
  entry: string
  fault: FaultRecord
}

/**
 * - `put-back`: live is what we left, and goes back
 * - `already`: live is already what it should become
 * - `released`: another run, or another change of this one (`within`), still holds it; only our hold ends
 * - `step-down`: replaced by "deny what was issued before now" until the horizon
 * - `stepped-down`: an earlier restore stepped down, and its time has not come; left alone, still held
 * - `kept-off`: a credential that leaked; it stays off and held until it is given back by its id
 * - `recent`: made shortly before the run, perhaps by the attacker; it stays away and held until it is asked for
 * - `drift`: neither, or a setting that is left off on purpose (a credential that leaked, a recent grant) is back and nobody asked for that; left alone, still held
 * - `use-live`: the operator took live as the truth; our hold ends
 * - `force`: drift, and the operator put our before image back
 * - `gone`: the identity no longer exists; our hold ends
 * - `replaced`: another identity has its name now; it is not touched, and our hold ends
 * - `missing`: what it refers to no longer exists, so that nothing can be put back; our hold ends
 * - `failed`: it could not be written or was not read back; still held
 *
 * `missing` and `failed` are what became of a decision: `replay` sets them, and no entry has them.
 */
export type Decision =
  | 'put-back'
  | 'already'
  | 'released'
  | 'step-down'
  | 'stepped-down'
  | 'kept-off'
  | 'recent'
  | 'drift'
  | 'use-live'
  | 'force'
  | 'gone'
  | 'replaced'
  | 'missing'
  | 'failed'

/**
 * - `complete`: every change is proven, and the delay that the cloud documents for enforcing it is over
 * - `settling`: every change is set, and that delay is not over
 * - `contested`: somebody keeps undoing a change, and writing it again did not win
 * - `incomplete`: a change failed, was refused or is unproven, or an account was not reached
 * - `interrupted`: ended by a signal or a crash before everything was written
 */
export type RunStatus = 'complete' | 'settling' | 'contested' | 'incomplete' | 'interrupted'

/** A setting that did not read as we wrote it; `found` is absent where the setting was missing. */
export interface CounteredSetting {
  entry: string
  found?: Json
}

/** An event of a run, without the envelope. One flat union: `<subject>.<what>`. No display text: wording is the renderer's. */
export type Body =
  | {
      type: 'run.started'
      tool: string
      actor: Actor
      reason: string
      ticket?: string
      /** RFC 3339; when the containment is due for review. */
      due: string
      /** Protected identities that a person included all the same, or `all`; `reason` says why. */
      includeProtected?: string[]
      /** It was accepted that some changes cannot be put back by the credentials of the run; `reason` says why. */
      acceptOneWay?: true
      /** The events that began it; absent where a person did, and in older journals. */
      cause?: Cause
      plan: Plan
    }
  /**
   * A process opened the run for writing in a store that several machines share: an earlier writer can append nothing after it.
   * `epoch`: 1 for the process that began the run, one more for each later one. `id`: 32 hex digits, so that no other entry is
   * the same. Absent in local journals.
   */
  | { type: 'lease.taken'; epoch: number; id: string; actor: Actor }
  | { type: 'run.reached'; cloud: string; account: string; plan: Plan }
  | DecisionBody
  /** A change that the sweep added, with the same shape as those of the plan. */
  | { type: 'change.added'; change: Plan['changes'][number] }
  /**
   * On disk before the cloud is touched. `before` and `after` hold only the entries that we change or join; `joined`
   * names those that another run had already brought to `after` (their `before` is inherited).
   */
  | { type: 'change.intended'; key: string; uid: string; before: Facet; after: Facet; joined: string[] }
  /** `left`: settings that the cloud did not take; absent when it took all, and in older journals. */
  | { type: 'change.written'; key: string; left?: { entry: string; fault: FaultRecord }[] }
  /**
   * Somebody undid settings that we had written. On disk before they are written again. `count`: how many times since the
   * entry before it, since a long fight is not recorded move by move.
   */
  | { type: 'change.countered'; key: string; settings: CounteredSetting[]; count: number }
  /** Writing again does not win: somebody has kept undoing the change since `since`. */
  | { type: 'change.contested'; key: string; since: string; count: number }
  /** It was already so before us: nothing is held, and a restore leaves it as it is. */
  | { type: 'change.already'; key: string }
  | { type: 'change.gone'; key: string }
  | { type: 'change.refused'; key: string; because: string }
  | { type: 'change.failed'; key: string; fault: FaultRecord }
  /** A quota of the cloud holds it up: others go first, and it is tried again. `until`: RFC 3339. */
  | { type: 'change.postponed'; key: string; because: string; until: string }
  /** The cloud does not take all of it: it is tried again without these. */
  | { type: 'change.reduced'; key: string; without: string[]; because: string }
  /**
   * Looked again. `set`: the control plane reads as written. `denied`: the cloud's own evaluation, null where nothing
   * can tell. `drift`: entries that read neither as before nor as ours. `undone`: entries that read as before us, long
   * enough after the write to be believed. `because`: why the cloud could not be read or could not say whether it denies;
   * absent in older journals. `unprovable`: the target is an emulator that does not implement that evaluation; absent
   * otherwise, and in older journals.
   */
  | {
      type: 'change.verified'
      key: string
      set: boolean
      denied: Probe | null
      drift: string[]
      live: Facet
      undone?: string[]
      unprovable?: true
      because?: string
    }
  /** A credential that appeared after the plan on a contained principal. */
  | { type: 'sweep.found'; owner: string; identity: Identity; contained: boolean }
  /** The credentials of a contained principal could not be listed, so the sweep is not whole. Absent in older journals. */
  | { type: 'sweep.failed'; owner: string; fault: FaultRecord }
  | { type: 'sweep.done'; owners: number; found: number }
  /** Digests of the identities of an account when the run began, where the cloud does not say when one was created. */
  | { type: 'newcomers.known'; cloud: string; account: string; ids: string[] }
  /** Identities of an account that were created since the run began. Absent in older journals. */
  | {
      type: 'newcomers.found'
      cloud: string
      account: string
      found: (Newcomer & { contained: boolean; because?: string })[]
      /** Parts that could not be looked at. */
      problems: string[]
    }
  | { type: 'run.finished'; status: RunStatus }
  | {
      type: 'restore.started'
      actor: Actor
      reason: string
      only: string[]
      options: RestoreOptions
    }
  /** On disk before the cloud is touched. */
  | { type: 'restore.intended'; key: string; entries: RestoredEntry[]; until?: string }
  /** `left` stays held; `missing` is released, since there is nothing to put back. All other entries were written. */
  | { type: 'restore.written'; key: string; left?: LeftSetting[]; missing?: LeftSetting[] }
  /** `notBack`: entries that do not read as written, which are held again. */
  | { type: 'restore.verified'; key: string; set: boolean; notBack?: string[] }
  | { type: 'restore.failed'; key: string; fault: FaultRecord }
  | { type: 'restore.finished'; status: RunStatus }
  /** New credentials are made for these changes; a restore follows when `restore` is there. */
  | {
      type: 'rotation.started'
      actor: Actor
      reason: string
      keys: string[]
      /** Where the secrets go, as it was given: an address, never a secret. */
      into: string
      /** When the old credential is deleted: never, once the new one works, or before, where there is no room for two. */
      remove: 'never' | 'after' | 'first'
      /** Protected identities that a person includes, by id or name, or `all`. Absent without any, and in older journals. */
      includeProtected?: string[]
      restore?: { only: string[]; options: RestoreOptions }
    }
  /** On disk before a credential is created, with the names of those that there are: a crash leaves none unaccounted for. */
  | { type: 'rotation.intended'; key: string; rotation: string; place: string; before: string[] }
  | { type: 'rotation.created'; key: string; name: string; id: string }
  /** A credential of an attempt that ended early, whose secret nobody has. */
  | {
      type: 'rotation.orphaned'
      key: string
      name: string
      outcome: 'deleted' | 'disabled' | 'kept'
      because?: string
    }
  /** Stored, read back and found the same. */
  | { type: 'rotation.stored'; key: string; name: string }
  /** `owner-off`: it cannot be tried before its owner is switched on again. */
  | { type: 'rotation.tried'; key: string; name: string; result: 'works' | 'owner-off' | 'refused' }
  /** The change is closed for good: no restore switches the old credential on. */
  | {
      type: 'credential.rotated'
      key: string
      old: string
      name: string
      id: string
      place: string
      /** The change is one of the owner, and stays held: a restore puts it back. */
      ofOwner?: true
    }
  | { type: 'rotation.deleted'; key: string; old: string }
  | { type: 'rotation.failed'; key: string; fault: FaultRecord }
  /** `fault`: why it is unknown what became of an attempt, which is then still in hand. */
  | { type: 'rotation.finished'; status: RunStatus; fault?: FaultRecord }

/** Choices for a whole restore. */
export interface RestoreOptions {
  /** The choice for an entry that drifted, unless asked one by one. */
  drift: 'skip' | 'use-live' | 'force'
  stepDown: boolean
  acceptLiveTokens: boolean
  /** Ids of credentials to give back, although they leaked. */
  giveBack?: string[]
  /** Settings whose hold ends and which stay as they are now, by the names that `only` takes. */
  leave?: string[]
  /** Seconds before the run: what was made in them and taken away by the run is left out. Absent: nothing is left out. */
  recent?: number
  /** From logs: when settings that the run took away were made. */
  logged?: LoggedGrant[]
}

/** One line of a journal. */
export type Entry = Body & {
  /** Version of the format of this line: 2, or 1 of an older journal. An entry that was read is in the words of 2. */
  v: 1 | 2
  run: string
  /** 0, 1, 2, … without gaps. */
  seq: number
  /** RFC 3339, UTC, milliseconds; the clock of the target. */
  at: string
  /** `hash` of the entry before; 64 zeros at the start. */
  prev: string
  /** SHA-256 over the canonical text of the entry without `hash` and `sig`. */
  hash: string
  /** Ed25519 over `hash`, base64. */
  sig: string
}

/** Entries of one type, or of several. */
export type EntryOf<Type extends Body['type']> = Extract<Entry, { type: Type }>
