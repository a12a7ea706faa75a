import type { Interruption } from '../interruption.ts'
import type { Json } from '../json.ts'
import type { Kind } from '../kind.ts'

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
  /** Seconds until the containment is due for review. */
  ttl: number
  steps: Step[]
  drill?: Drill
  /** The YAML text, its SHA-256 in hex, and the file that it came from. */
  source: string
  sha256: string
  file: string
}

export interface Step {
  name: string
  /** CEL over `identity` and `inputs`. */
  select: string
  /** `use` is a verb or an exact interruption id. */
  interrupt: { use: string; params: Json }[]
}

export interface InputSpec {
  type: 'string' | 'int' | 'bool' | 'list'
  of?: 'string' | 'int'
  pattern?: string
  description: string
  required: boolean
  default?: Json
}

/** What a rehearsal in the lab needs, so that `drill PLAYBOOK` and `--lab` ask nothing. */
export interface Drill {
  inputs: { [name: string]: Json }
  /** Names of the lab's actors. */
  thieves: string[]
  honest: string[]
  /** Honest too, but they share what was stolen, and stop with the thief. */
  collateral: string[]
}

/** What a playbook is checked against: every cloud's kinds and interruptions. */
export interface Catalog {
  clouds: readonly string[]
  kinds: readonly Kind[]
  interruptions: readonly Interruption[]
}
