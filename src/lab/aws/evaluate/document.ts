/** A policy document as AWS stores it: JSON text, or the same already parsed. */
export type Document = string | { readonly [member: string]: unknown }

/** One statement in its full form; a document may use shorthand. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[] | undefined
  readonly notActions: readonly string[] | undefined
  readonly resources: readonly string[] | undefined
  readonly notResources: readonly string[] | undefined
  readonly principal: unknown
  readonly notPrincipal: unknown
  readonly conditions: readonly Condition[]
}

/** `operator` is as written, e.g. `ForAnyValue:StringLikeIfExists`. */
export interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** A document that AWS itself would have refused, or a condition operator that the lab does not know. */
export class PolicyProblem extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PolicyProblem'
  }
}

const parsedTexts = new Map<string, readonly Statement[]>()
const parsedObjects = new WeakMap<object, readonly Statement[]>()
const TEXTS_KEPT = 4096

/**
 * The statements of a document.
 * @throws PolicyProblem when the text is no JSON object with `Statement`s in it
 */
export function statementsOf(document: Document): readonly Statement[] {
  if (typeof document !== 'string') {
    let statements = parsedObjects.get(document)
    if (statements === undefined) {
      statements = read(document)
      parsedObjects.set(document, statements)
    }
    return statements
  }
  let statements = parsedTexts.get(document)
  if (statements === undefined) {
    statements = read(parse(document))
    // Every request is judged by the same few documents; a bench with more of them must not grow without end.
    if (parsedTexts.size >= TEXTS_KEPT) parsedTexts.clear()
    parsedTexts.set(document, statements)
  }
  return statements
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PolicyProblem('Syntax errors in policy.')
  }
}

function read(document: unknown): readonly Statement[] {
  if (!isRecord(document)) throw new PolicyProblem('Syntax errors in policy.')
  const statements = document.Statement
  return (Array.isArray(statements) ? statements : [statements]).map(readStatement)
}

function readStatement(statement: unknown): Statement {
  if (!isRecord(statement)) throw new PolicyProblem('Missing required field Statement')
  const effect = statement.Effect
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new PolicyProblem(`Invalid effect: ${JSON.stringify(effect)}`)
  }
  return {
    effect,
    actions: list(statement.Action),
    notActions: list(statement.NotAction),
    resources: list(statement.Resource),
    notResources: list(statement.NotResource),
    principal: statement.Principal,
    notPrincipal: statement.NotPrincipal,
    conditions: readConditions(statement.Condition),
  }
}

function readConditions(block: unknown): Condition[] {
  if (block === undefined) return []
  if (!isRecord(block)) throw new PolicyProblem('Condition must be an object')
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isRecord(keys)) throw new PolicyProblem(`Condition ${operator} must be an object`)
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: list(values) ?? [] }))
  })
}

/** A string, number or boolean, or an array of them, as strings. */
export function list(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return (Array.isArray(value) ? value : [value]).map(String)
}

export function isRecord(value: unknown): value is { readonly [member: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
