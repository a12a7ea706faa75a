import type { ApprovalCounts } from '../approvals.ts'
import type { HouseRules } from '../house.ts'
import type { Interruption } from '../interruption.ts'
import type { Json } from '../json.ts'
import type { Kind } from '../kind.ts'
import type { Trigger } from '../watch.ts'

/** A parsed and checked playbook. */
export interface Playbook {
  name: string
  title: string
  description?: string
  status: 'stable' | 'test' | 'experimental' | 'deprecated'
  severity: 'low' | 'medium' | 'high' | 'critical'
  /** Framework → ids, e.g. `{ "owasp-nhi": ["NHI2:2025"] }`. */
  references: { [framework: string]: string[] }
  inputs: { [name: string]: InputSpec }
  /** Cloud → what `Provider.connect` takes as `scope`; `inputs.<name>` in it stands for the input (`scopeWith`). */
  scope: { [cloud: string]: Json }
  protect: string[]
  limit: { identities: number; share: number }
  /** How many other people have to approve; nobody when absent. Under the house, the larger of both counts. */
  approvals?: ApprovalCounts
  /** How identities that a contained identity creates during the run are treated; `list` when absent. */
  created?: 'list' | 'contain'
  /** `lapse`: what is stopped is stopped until the review date and no longer; `remind` when absent. */
  onExpiry?: 'remind' | 'lapse'
  /** Seconds until the containment is due for review. */
  ttl: number
  steps: Step[]
  drill?: Drill
  /** When it starts by itself; absent when only a person starts it. */
  triggers?: readonly Trigger[]
  tests?: readonly PlaybookTest[]
  /** Protections and ceilings of the house, where a configuration has any; `limit` is within its ceilings already. */
  house?: Pick<HouseRules, 'protect' | 'ceilings'>
  /** The YAML text, its SHA-256 in hex, and the file that it came from. */
  source: string
  sha256: string
  file: string
}

/** A step: which identities it selects, and what interrupts them. */
export interface Step {
  name: string
  /** CEL over `identity` and `inputs`. */
  select: string
  /** `use` is a verb or an exact interruption id. */
  interrupt: { use: string; params: Json }[]
  /** `keep-off`: what the step stops leaked; a restore leaves it off until it is given back by its id. */
  after?: 'keep-off'
  /** `assumable-roles`: the step also acts on the roles that a selected principal may assume. */
  include?: readonly 'assumable-roles'[]
}

/** The type of an input and the limits of its value. */
export interface InputSpec {
  type: 'string' | 'int' | 'bool' | 'list'
  of?: 'string' | 'int'
  pattern?: string
  description: string
  required: boolean
  default?: Json
}

/** Inputs of a rehearsal in the lab, so that `drill PLAYBOOK` and `--lab` ask nothing. */
export interface Drill {
  inputs: { [name: string]: Json }
  /** Names of the lab's actors. */
  thieves: string[]
  honest: string[]
  /** Honest too, but they share what was stolen, and stop with the thief. */
  collateral: string[]
}

/** A record that a trigger has to fire on, or has to leave alone. */
export interface PlaybookTest {
  name: string
  /** Records in the cloud's own format, in order; a text is the name of a file next to the playbook. */
  events: readonly Json[]
  /** Records that are learned as usual beforehand. */
  learned: readonly Json[]
  fires: boolean
  /** The trigger that is meant; any when absent. */
  trigger?: string
  /** The inputs that the playbook is to be started with. */
  inputs?: { [name: string]: Json }
}

/** The catalog that a playbook is checked against: every cloud's kinds and interruptions. */
export interface Catalog {
  clouds: readonly string[]
  kinds: readonly Kind[]
  interruptions: readonly Interruption[]
}
