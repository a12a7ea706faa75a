import type { Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'
import type { RunRequest } from './run-request.ts'
import type { ScopeFlags } from './scope-settings.ts'

/** The playbook to plan, and its scope. */
export interface PlanRequest extends RunRequest, ScopeFlags {
  /** A playbook's file or name, a plan's file (`.json`), the id of a proposal, or a plan that was made before and is approved by giving it. */
  subject: string | Plan
  /** Inputs of the playbook. */
  inputs?: { readonly [name: string]: Json }
  /** The same as texts, `name=value`; over `inputs`. */
  input?: readonly string[] | undefined
  /** Plan also what these credentials could not restore; it is refused otherwise. */
  acceptOneWay?: boolean
  /** Ids or names of protected identities that are contained all the same, or `all`. */
  includeProtected?: string[] | undefined
  /** Only these clouds of the playbook's scope. */
  cloud?: string[] | undefined
  /** Seconds until the review date, or until it ends by itself; as the playbook says when missing. */
  ttl?: number | undefined
  /** Digest of the plan's file that was approved. */
  digest?: string | undefined
}

/** The plan to contain, and how. */
export interface ContainRequest extends PlanRequest {
  ticket?: string | undefined
  /** Do not wait for the delays that the clouds document; the run may end as `settling`. */
  noWait?: boolean
  /** Make a run of its own also where other runs hold everything. */
  stack?: boolean
}
