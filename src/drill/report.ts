import type { RunStatus } from '../model/entry.ts'
import type { Probe } from '../model/interruption.ts'
import type { Phase } from '../model/run/state.ts'

/** The result of a rehearsal; this is the shape of `drill --json`. Times are milliseconds. */
export interface DrillReport {
  playbook: string
  run: string
  identities: number
  settings: number
  changes: Changes
  /** One for each cloud of the playbook's scope, in its order. */
  clouds: CloudReport[]
  timings: {
    inventoryMs: number
    planMs: number
    containMs: number
    verifyMs: number
    restoreMs: number
  }
  /** The road as a person reads it: when, since the thief began. */
  timeline: { at: number; what: Moment; text?: string }[]
  proofs: {
    key: string
    identity: string
    interruption: string
    phase: Phase
    set: boolean
    denied: Probe | null
  }[]
  /** How often the run noticed that somebody undid a change, and wrote it again. */
  countered: number
  /** Where the thief fought back. */
  fight?: FightReport
  /** Every thief was stopped, nobody else was hurt, and the estate is what it was. */
  passed: boolean
}

/** The result of a fight with a thief. Times count from the first change that the cloud took. */
export interface FightReport {
  seed: number
  /** Between two rounds of the thief. */
  periodMs: number
  /** Until the lab's data planes know of a change. */
  propagationMs: number
  /** The thief had a second identity. */
  helper: boolean
  /** The playbook contained the second identity, too: its calls are counted. */
  helperContained: boolean
  parallel: boolean
  /** The run's word when the containment returned. */
  run: RunStatus
  /** Until the containment returned. */
  containMs: number
  /** Until the thief was stopped by the rehearsal. */
  watchedMs: number
  /** How often the thief undid something, and by which operations. */
  undone: number
  by: { [operation: string]: number }
  /** Counter-moves that the run noticed and recorded. */
  noticed: number
  accepted: number
  refused: number
  /** The thief's last accepted call, but for `inToken`; 0 when none was accepted after the first write. */
  lastAcceptedMs: number
  /** The same in propagation delays. */
  delays: number
  /** Calls that Microsoft accepts for what the token says, until it expires: Graph, and reads by a group. */
  inToken: { accepted: number; lastAcceptedMs: number }
  /** Calls that were sent after the run was said to be complete, and accepted all the same. */
  acceptedAfterComplete: number
  winner: 'responder' | 'thief'
  /** Objects that the thief made, which no restore removes. */
  made: string[]
}

export interface Changes {
  total: number
  cut: number
  failed: number
}

/** The result of the rehearsal in one cloud. */
export interface CloudReport {
  cloud: string
  changes: Changes
  thieves: {
    actor: string
    callsBefore: number
    /** Calls that went through after the run was proven, or after the lab enforced what no cloud can prove. */
    acceptedAfterVerified: number
    /** From the start of the containment to the thief's last accepted call; 0 when none went through. */
    lastAcceptedAfterMs: number
  }[]
  honest: { workloads: number; calls: number; refused: number }
  /** Honest workloads that share what was cut, expected to stop. */
  collateral: { actor: string; refused: number }[]
  restore: { identical: boolean; differences: string[] }
}

export type Moment =
  | 'thief'
  | 'contain'
  | 'planned'
  | 'set'
  | 'last-accepted'
  | 'proven'
  | 'settled'
  | 'refused'
  | 'honest'
  | 'clock'
  | 'restore'
  | 'compared'
