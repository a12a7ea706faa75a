import { Fault } from '../fault.ts'
import type { Identity } from '../identity.ts'
import type { Json } from '../json.ts'
import type { Kind } from '../kind.ts'
import type { InputSpec } from '../playbook/playbook.ts'

/** A checked CEL expression over `identity` and `inputs` that yields a bool. */
export interface Expression {
  source: string
  /** Throws a Fault when the evaluation fails; what a failure means is the caller's to decide. */
  test(identity: Identity, inputs: { readonly [name: string]: Json }): boolean
  /** The kinds that the expression can be true for; undefined when it does not restrict them. */
  kinds(): readonly string[] | undefined
}

export interface ExpressionContext {
  kinds: readonly Kind[]
  inputs: { readonly [name: string]: InputSpec }
  /** Where the expression stands in a file; absent for one given on the command line. */
  at?: { file: string; line: number; column: number }
}

/** Compiles and type-checks; throws a Fault with a caret under what is wrong. */
export function compileExpression(source: string, context: ExpressionContext): Expression {
  throw new Fault('bug', `not built yet: ${source} ${context.kinds.length}`)
}
