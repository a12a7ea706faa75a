import type { Json } from '../json.ts'

/** The parts of a new playbook that stops identities of one kind. */
export interface Starter {
  /** Name of the kind. */
  kind: string
  cloud: string
  /** Input that names the identity, e.g. `role`. */
  input: string
  /** RE2 pattern of the input. */
  pattern: string
  description: string
  /** CEL over `event` that fills the input. */
  value: string
  /** Verbs that stop the identity, the first ones first. */
  interrupt: readonly string[]
  /** The cloud's part of the playbook's `scope`. */
  scope: Json
  /** CEL over `identity` for identities that are never touched. */
  protect: string
  /** A record, in the cloud's own format, of an identity of this kind. */
  record: Json
}
