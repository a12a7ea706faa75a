/**
 * The type of a fact, in CEL's words. `time` is an RFC 3339 string in the identity and a CEL timestamp in an
 * expression. A fact that could not be read is absent, of any type. In a `select`, lists and maps that an identity lacks
 * are empty; in a `protect`, reading one that its kind declares fails, and so protects. A missing scalar is absent in both, and
 * `has(identity.x)` tells.
 */
export type FactType =
  | 'string'
  | 'bool'
  | 'int'
  | 'double'
  | 'time'
  | 'list<string>'
  | 'map<string>'
  | { list: FactShape }
  | { map: FactShape }

/** A nested fact, e.g. `trust: { accounts: 'list<string>' }`. */
export type FactShape = { readonly [name: string]: FactType | FactShape }

/** A kind of identity that a cloud has. */
export interface Kind {
  /** The cloud's own word, in kebab case: `role`, `access-key`. */
  name: string
  summary: string
  /** A credential belongs to a principal and is reached by the verbs used on it. */
  credential: boolean
  /** Kinds of principal that a credential belongs to; listed along with it, since protection is inherited. */
  owners?: readonly string[]
  /** Listed only when a query names the kind: no bulk call answers it. */
  costly?: boolean
  /**
   * `created` is the cloud's own time, which nobody can choose: of a credential that is there, it tells whether it was made
   * since a moment, without a list from before.
   */
  dated?: true
  /** Its names are unique within an account only: another account may have one of the same name. */
  localNames?: true
  facts: FactShape
}
