import type { ApprovedAct, Approver } from './approvals.ts'

/** Who did it: the operating system's word and, per account, the cloud's. */
export interface Actor {
  user: string
  host: string
  pid: number
}

/** Entries of a journal about what people decided besides their commands. */
export type DecisionBody =
  /** A person went on although the clock of the machine is far from the clouds', whose time was used. */
  | { type: 'clock.accepted'; actor: Actor; reason: string; clocks: string[] }
  /** A person went on although these other runs cannot be believed, and may hold the same identities. */
  | { type: 'holds.unknown'; actor: Actor; reason: string; runs: string[] }
  /** The review was put off to `due`; RFC 3339. */
  | { type: 'run.extended'; actor: Actor; reason: string; due: string }
  /** Other people approved the act that follows. `text`: the statement and its signature, as they were given. */
  | {
      type: 'approval.used'
      act: ApprovedAct
      digest: string
      needed: number
      approvals: (Approver & { text: string })[]
    }
  /** A person went on without the approvals that the policy asks for; `had`: how many there were. */
  | {
      type: 'approval.bypassed'
      act: ApprovedAct
      actor: Actor
      reason: string
      digest: string
      needed: number
      had: number
    }
