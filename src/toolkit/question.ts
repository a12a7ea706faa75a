import type { ApprovedAct } from '../model/approvals.ts'
import type { FaultRecord } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'
import type { RunState } from '../model/run/state.ts'

/**
 * A decision that the caller of the toolkit makes. `safe` is what holds when nobody answers: nothing is changed, given back
 * or believed.
 */
export type Question =
  /** Carry out this plan? */
  | { type: 'contain'; plan: Plan; safe: false }
  /** Restore so many changes of the run? */
  | { type: 'restore'; state: RunState; changes: number; safe: false }
  /** Make so many new credentials, and then restore so many changes? */
  | { type: 'rotate'; state: RunState; credentials: number; changes: number; safe: false }
  /** Approve this act of a run as this person? */
  | { type: 'approve'; act: ApprovedAct; run: string; as: string; safe: false }
  /** A setting is neither what it was nor what the run wrote: leave it (`skip`), keep the current value (`use-live`) or restore the value from before (`force`)? */
  | { type: 'drift'; identity: Identity; entry: string; seen: Json | undefined; safe: 'skip' }
  /** Give back a credential that leaked, if nothing else was asked for? */
  | { type: 'give-back'; identity: Identity; safe: false }
  /** Why is a credential given back that leaked? A text that is kept in the journal. */
  | { type: 'reason'; safe: '' }
  /** A required input of the playbook; `flaw` says why a text is not a value for it. */
  | {
      type: 'input'
      name: string
      description: string
      flaw(text: string): string | undefined
      safe: undefined
    }
  /** This machine does not know the state folder: take it, and the runs in it, for the newest there are? */
  | { type: 'trust-state'; because: FaultRecord; safe: false }
  /** Attach an empty guard policy to these accounts, as this identity? */
  | {
      type: 'prepare-guard'
      accounts: readonly { account: string; alias?: string }[]
      as: string | undefined
      /** The command line that asks for it. */
      command: string
      safe: false
    }

/** `true` is the only yes; a `Choice` for `drift`, a text for `input` and `reason`. */
export type Answer = boolean | string
