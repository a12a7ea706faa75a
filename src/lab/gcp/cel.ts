import { parse } from '@marcbachmann/cel-js'

/** The values that an expression may read. */
export type Scope = { readonly [name: string]: unknown }

type Compiled = (scope: Record<string, unknown>) => unknown

const compiled = new Map<string, Compiled>()

/** undefined when it cannot be evaluated, or is neither true nor false. @throws nothing */
export function holds(expression: string, scope: Scope): boolean | undefined {
  const value = evaluate(expression, scope)
  return typeof value === 'boolean' ? value : undefined
}

/** Text, or undefined when it cannot be evaluated. */
export function textOf(expression: string, scope: Scope): string | undefined {
  const value = evaluate(expression, scope)
  return typeof value === 'string' ? value : undefined
}

/** The error in it, if there is one. */
export function mistakeIn(expression: string): string | undefined {
  try {
    compile(expression)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function evaluate(expression: string, scope: Scope): unknown {
  try {
    return compile(expression)({ ...scope })
  } catch {
    return undefined
  }
}

function compile(expression: string): Compiled {
  const known = compiled.get(expression)
  if (known !== undefined) return known
  const run: Compiled = parse(expression)
  compiled.set(expression, run)
  return run
}
