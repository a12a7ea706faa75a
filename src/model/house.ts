import type { ApprovalCounts } from './approvals.ts'
import type { Json } from './json.ts'

/** A place in a configuration file; line and column are 1-based. */
export interface ConfigPlace {
  file: string
  line: number
  column: number
}

/** An identity, or a kind of identity, that no playbook touches. */
export interface HouseProtection {
  /** CEL over `identity`, without inputs. */
  when: string
  /** For people: the name that was given, or the expression, with its reason. */
  because: string
  at: ConfigPlace
}

/** A limit that no playbook exceeds. */
export interface Ceiling {
  /** Identities, or the share of those listed. */
  most: number
  at: ConfigPlace
}

/** Defaults of one playbook. */
export interface PlaybookDefaults {
  /** Input → its value where none is given. */
  inputs: { readonly [name: string]: { value: Json; at: ConfigPlace } }
  /** Seconds until the review date. */
  ttl?: number
}

/** The rules of the house: what the configuration adds to every playbook. */
export interface HouseRules {
  protect: readonly HouseProtection[]
  ceilings: { readonly identities?: Ceiling; readonly share?: Ceiling }
  /** How many other people have to approve, and what may be done without them by --break-glass. */
  approvals?: { readonly counts: ApprovalCounts; readonly breakGlass: readonly string[] }
  /** Name of a playbook → its defaults. */
  playbooks: { readonly [name: string]: PlaybookDefaults }
  /** Cloud → members of its scope, where a playbook does not name them. */
  scope: { readonly [cloud: string]: { readonly [member: string]: Json } }
}

/** Returns `file:line:column`. */
export function configPlaceText({ file, line, column }: ConfigPlace): string {
  return `${file}:${line}:${column}`
}
