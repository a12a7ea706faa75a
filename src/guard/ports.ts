import type { RunStatus } from '../model/entry.ts'
import type { Firing } from '../model/firing.ts'
import type { Json } from '../model/json.ts'
import type { Foreign, Signal } from '../model/signal.ts'
import type { Cause, Poison } from '../model/watch.ts'
import type { Spent } from './budgets.ts'

/** Understands records and knows when a trigger fires. */
export interface Judge {
  /** Never throws. @param from where it came from, and when that source was handed it (milliseconds since 1970) */
  read(
    record: unknown,
    from: { source: string; sent?: number | undefined },
  ): Promise<{ signals: Signal[]; poison?: Poison; foreign?: Foreign[] }>
  observe(
    signal: Signal,
    now: number,
  ): { firings: Firing[]; problems: { trigger: string; message: string }[] }
  /** Everything it remembers. From here on, `changes` returns what it remembers besides. */
  save(): Json
  /**
   * Returns the changes of its memory since it was asked last, or since `save`; undefined where only `save` says them. Missing where it
   * does not record changes.
   */
  changes?(): Json[] | undefined
}

export interface Reacted {
  run: string
  /** How the run ended, that it is a proposal, or that other runs hold all of it and none was made. */
  status: RunStatus | 'proposed' | 'held'
  /** A person has begun to restore the run: it is theirs, and a watch leaves it alone. */
  takenOver?: true
  changes: number
  /** Ids of the identities that are, or would be, stopped. */
  identities: string[]
  /** Identities that the playbook means and that are spared, with the reason. */
  spared?: { identity: string; because: string }[]
  /** The proposal's file. */
  plan?: string
  /** Digest of the proposal, which an approval pins. */
  digest?: string
  /** The command that carries the proposal out. */
  command?: string
  /** The runs that hold it, for `held`; `run` is the first of them. */
  heldBy?: string[]
  /** Why a person has to decide, where it was to be contained and is proposed. */
  because?: string
}

/** Makes runs. Rejects with a Fault. */
export interface Reactor {
  newRun(): Promise<string>
  /** The run that this firing has begun already, and how it ended; undefined when none did. */
  begun(key: string, run: string | undefined): Promise<{ run: string; finished: boolean } | undefined>
  /** @param begun called when the run is on disk, before anything is changed */
  contain(fired: Firing, cause: Cause, run: string, begun: () => void): Promise<Reacted>
  resume(run: string, begun: () => void): Promise<Reacted>
  /** Writes the plan for a person; once more when its file is there already. */
  propose(fired: Firing, cause: Cause, run: string): Promise<Reacted>
}

/** A note to a person or a program. Holds no secret. */
export type Note =
  | {
      event: 'fired'
      id: string
      playbook: string
      trigger: string
      why: string
      identity: string
      time: string
    }
  | ReactionNote
  | SourceNote
  | { event: 'set-aside'; source: string; where: string; reason: string; count: number }
  /** Once for each account. */
  | { event: 'foreign'; source: string; cloud: string; account: string }
  | { event: 'problem'; playbook?: string; trigger?: string; source?: string; message: string }

export interface ReactionNote {
  /** `incomplete`: the run has begun, and is resumed until it is complete. `waiting`: nothing has begun yet. */
  event: 'contained' | 'incomplete' | 'proposed' | 'refused' | 'waiting'
  id: string
  playbook: string
  trigger: string
  why: string
  identity: string
  /** RFC 3339. */
  time: string
  run?: string
  status?: Reacted['status']
  changes?: number
  identities?: string[]
  spared?: Reacted['spared']
  plan?: string
  digest?: string
  command?: string
  heldBy?: string[]
  /** The playbook would have acted, but so many did in the last hour. */
  ceiling?: number
  /** With `ceiling`: the budget of one trigger, source or identity that was used up before the ceiling was. */
  budget?: Spent
  /** Why not, or not yet. */
  because?: string
}

/** A source of which nothing is understood: probably not what somebody meant to watch. */
export interface SourceNote {
  event: 'unreadable'
  id: string
  source: string
  /** Records in a row. */
  count: number
  /** Why the last of them was set aside, and what to do. */
  because: string
  /** RFC 3339. */
  time: string
}

/** Counters of a guard since its start. */
export interface GuardStats {
  records: number
  signals: number
  setAside: number
  /** Inputs that were not read to their end. */
  unread: number
  /** Records of accounts that are not ours. */
  foreign: number
  fired: number
  /** Event time of the newest signal, in milliseconds since the epoch. */
  newest: number
}
