import type { Facet } from './facet.ts'
import type { FaultRecord } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Probe } from './interruption.ts'
import type { Json } from './json.ts'
import type { Plan } from './plan.ts'
import type { Cause } from './signal.ts'

/** Who did it: the operating system's word and, per account, the cloud's. */
export interface Actor {
  user: string
  host: string
  pid: number
}

/** What a restore does with one entry, and what it saw. */
export interface RestoredEntry {
  entry: string
  before: Json | undefined
  ours: Json | undefined
  live: Json | undefined
  decision: Decision
  /** What it is to become, for `put-back` and `force` and `step-down`. */
  to?: Json | undefined
}

/**
 * - `put-back`: live is what we left, and goes back
 * - `already`: live is already what it should become
 * - `released`: another run still holds it; only our hold ends
 * - `step-down`: replaced by "deny what was issued before now" until the horizon
 * - `drift`: neither; left alone, still held
 * - `use-live`: drift, and the operator took live as the truth; our hold ends
 * - `force`: drift, and the operator put our before image back
 * - `gone`: the identity no longer exists; our hold ends
 */
export type Decision =
  | 'put-back'
  | 'already'
  | 'released'
  | 'step-down'
  | 'drift'
  | 'use-live'
  | 'force'
  | 'gone'

export type RunStatus = 'complete' | 'incomplete' | 'interrupted'

/** What happened, without the envelope. One flat union: `<subject>.<what>`. No display text: wording is the renderer's. */
export type Body =
  | {
      type: 'run.started'
      tool: string
      actor: Actor
      reason: string
      ticket?: string
      /** RFC 3339; when the containment is due for review. */
      due: string
      /** It was accepted that some changes cannot be put back by the credentials of the run; `reason` says why. */
      acceptOneWay?: true
      /** The events that began it; absent where a person did, and in older journals. */
      cause?: Cause
      plan: Plan
    }
  | { type: 'run.reached'; cloud: string; account: string; plan: Plan }
  /** A person went on although these other runs cannot be believed, and may hold the same identities. */
  /** A person went on although the clock of the machine is far from the clouds', whose time was used. */
  | { type: 'clock.accepted'; actor: Actor; reason: string; clocks: string[] }
  | { type: 'holds.unknown'; actor: Actor; reason: string; runs: string[] }
  /** A change that the sweep added, with the same shape as those of the plan. */
  | { type: 'change.added'; change: Plan['changes'][number] }
  /**
   * On disk before the cloud is touched. `before` and `after` hold only the entries that we change or join; `joined`
   * names those that another run had already brought to `after` (their `before` is inherited).
   */
  | { type: 'change.intended'; key: string; uid: string; before: Facet; after: Facet; joined: string[] }
  | { type: 'change.written'; key: string }
  /** It was already so before us: nothing is held, and a restore leaves it as it is. */
  | { type: 'change.already'; key: string }
  | { type: 'change.gone'; key: string }
  | { type: 'change.refused'; key: string; because: string }
  | { type: 'change.failed'; key: string; fault: FaultRecord }
  /**
   * Looked again. `set`: the control plane reads as written. `denied`: the cloud's own evaluation, null where nothing
   * can tell. `drift`: entries that read neither as before nor as ours.
   */
  | { type: 'change.verified'; key: string; set: boolean; denied: Probe | null; drift: string[]; live: Facet }
  /** A credential that appeared after the plan on a contained principal. */
  | { type: 'sweep.found'; owner: string; identity: Identity; contained: boolean }
  | { type: 'sweep.done'; owners: number; found: number }
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
  | { type: 'restore.written'; key: string }
  | { type: 'restore.verified'; key: string; set: boolean }
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
  /** The change is closed for good: the old credential stays off, whoever restores what. */
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
  /** `fault`: why it could not be told what became of an attempt, which is then still in hand. */
  | { type: 'rotation.finished'; status: RunStatus; fault?: FaultRecord }

export interface RestoreOptions {
  /** What to do with an entry that drifted, unless asked one by one. */
  drift: 'skip' | 'use-live' | 'force'
  stepDown: boolean
  acceptLiveTokens: boolean
}

/** One line of a journal. */
export type Entry = Body & {
  v: 1
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

export type EntryOf<Type extends Body['type']> = Extract<Entry, { type: Type }>
