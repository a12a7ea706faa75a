import type { Probe } from '../model/interruption.ts'
import type { Phase } from '../model/replay.ts'

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
  /** Every thief was stopped, nobody else was hurt, and the estate is what it was. */
  passed: boolean
}

export interface Changes {
  total: number
  cut: number
  failed: number
}

/** What the rehearsal came to in one cloud. */
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
