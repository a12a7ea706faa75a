import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import { nearest } from '../document/problems.ts'
import { Fault } from '../fault.ts'
import type { Identity } from '../identity.ts'
import type { Json } from '../json.ts'
import type { FactShape, Kind } from '../kind.ts'
import type { InputSpec } from '../playbook/playbook.ts'
import { type Lookup, lookupsIn } from './equalities.ts'
import { flattened, identityShape, inputsShape, registerStruct, type Shape, type Struct } from './facts.ts'
import { registerFunctions } from './functions.ts'
import { caret, type Flaw, guardFlaws, SAFE_MATCHES, type Walk, walk, withSafeMatches } from './guards.ts'
import { referenceFlaws, usedMembers } from './names.ts'
import { patternFlaw } from './pattern.ts'
import { restrictedKinds } from './restriction.ts'

/** A checked CEL expression over `identity` and `inputs` that yields a bool. */
export interface Expression {
  source: string
  /** Throws a Fault when the evaluation fails; what a failure means is the caller's to decide. */
  test(identity: Identity, inputs: { readonly [name: string]: Json }): boolean
  /**
   * The same, where a list or map that the identity's kind declares and that is absent, since it could not be read, fails the
   * evaluation as an absent scalar does. `test` takes it for empty.
   */
  testKnown(identity: Identity, inputs: { readonly [name: string]: Json }): boolean
  /** The kinds that the expression can be true for; undefined when it does not restrict them. */
  kinds(): readonly string[] | undefined
  /** Names of the members of the identity that it looks at; undefined when it looks at the identity as a whole. */
  members(): readonly string[] | undefined
  /** Names of the inputs that it looks at. */
  inputs(): readonly string[]
  /** Conditions of which an identity satisfies one at least if it is true; undefined when any identity may. */
  lookups(inputs: { readonly [name: string]: Json }): readonly Lookup[] | undefined
}

/** The kinds and inputs that an expression is compiled against. */
export interface ExpressionContext {
  kinds: readonly Kind[]
  inputs: { readonly [name: string]: InputSpec }
  /** Where the expression stands in a file; absent for one given on the command line. */
  at?: { file: string; line: number; column: number }
}

/** An expression with its flaws; `expression` is absent if it cannot be compiled. */
export interface CheckedExpression {
  /** Absent when there are flaws. */
  expression?: Expression
  flaws: Flaw[]
}

/** The most characters of an expression. */
export const MAX_SOURCE = 4000
/** Parse-time bounds; there is none at run time, hence the guard against nested loops. */
export const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 16,
}

/** Compiles and type-checks; throws a Fault with a caret under what is wrong. */
export function compileExpression(source: string, context: ExpressionContext): Expression {
  const { expression, flaws } = checkExpression(source, context)
  if (expression !== undefined) return expression
  const flaw = flaws[0] ?? { message: 'not an expression', start: 0, end: 0 }
  throw new Fault(
    context.at ? 'invalid-playbook' : 'usage',
    `${flaw.message}\n${caret(source, flaw.start)}`,
    {
      where: placeOf(context) ?? 'expression',
      ...(flaw.suggestion === undefined ? {} : { next: flaw.suggestion }),
    },
  )
}

/** Compiles and type-checks; everything that is wrong, with offsets into the text. */
export function checkExpression(source: string, context: ExpressionContext): CheckedExpression {
  if (source.length > MAX_SOURCE) {
    return { flaws: [{ message: `an expression has at most ${MAX_SOURCE} characters`, start: 0, end: 0 }] }
  }
  try {
    return compile(source, context)
  } catch (error) {
    return { flaws: [flawOf(error)] }
  }
}

function compile(source: string, context: ExpressionContext): CheckedExpression {
  const nodes = [...walk(new Environment({ limits: LIMITS, enableOptionalTypes: true }).parse(source).ast)]
  const restricted = nodes[0] && restrictedKinds(nodes[0].node)
  const shape = identityShape(
    restricted ? context.kinds.filter(({ name }) => restricted.has(name)) : context.kinds,
  )
  const shapes = { identity: shape, inputs: inputsShape(context.inputs) }
  const flaws = [...guardFlaws(nodes, patternFlaw), ...referenceFlaws(nodes, shapes, context.kinds)]
  if (flaws.length > 0) return { flaws }
  const text = withSafeMatches(source, nodes)
  if (text === undefined) {
    return { flaws: [{ message: 'write it as value.matches("pattern")', start: 0, end: source.length }] }
  }
  return typeChecked(source, text, nodes, shapes, restricted, context)
}

function typeChecked(
  source: string,
  text: string,
  nodes: readonly Walk[],
  shapes: { identity: Shape; inputs: Shape },
  restricted: ReadonlySet<string> | undefined,
  context: ExpressionContext,
): CheckedExpression {
  const environment = new Environment({ limits: LIMITS, enableOptionalTypes: true })
  const identity = registerStruct(environment, 'identity', shapes.identity)
  const inputs = registerStruct(environment, 'inputs', shapes.inputs)
  environment.registerVariable('identity', identity.cel)
  environment.registerVariable('inputs', inputs.cel)
  registerFunctions(environment)
  const parsed = environment.parse(text)
  const { valid, type, error } = parsed.check()
  if (!valid) return { flaws: [suggesting(flawOf(error), shapes)] }
  if (type !== 'bool') {
    return { flaws: [{ message: `has to be true or false, but is ${type}`, start: 0, end: source.length }] }
  }
  return {
    expression: expressionOf({ source, parsed, nodes, identity, inputs, restricted, context }),
    flaws: [],
  }
}

interface Parts {
  source: string
  parsed: ParseResult
  nodes: readonly Walk[]
  identity: Struct
  inputs: Struct
  restricted: ReadonlySet<string> | undefined
  context: ExpressionContext
}

function expressionOf({ source, parsed, nodes, identity, inputs, restricted, context }: Parts): Expression {
  const facts = usedMembers(nodes, 'identity')
  const used = usedMembers(nodes, 'inputs')
  const declared = new Map(context.kinds.map(({ name, facts: shape }) => [name, shape]))
  const evaluate = (
    subject: Identity,
    given: { readonly [name: string]: Json },
    shape: FactShape | undefined,
  ): boolean => {
    if (restricted !== undefined && !restricted.has(subject.kind)) return false
    try {
      const result: unknown = parsed({
        identity: identity.make(flattened(subject), facts, shape),
        inputs: inputs.make(given, used),
      })
      return result === true
    } catch (error) {
      throw evaluationFault(source, error, subject, context)
    }
  }
  return {
    source,
    kinds: () => restricted && [...restricted],
    members: () => facts && [...facts],
    inputs: () => [...(used ?? inputs.members)],
    lookups: given => nodes[0] && lookupsIn(nodes[0].node, given),
    test: (subject, given) => evaluate(subject, given, undefined),
    testKnown: (subject, given) => evaluate(subject, given, declared.get(subject.kind)),
  }
}

function evaluationFault(
  source: string,
  error: unknown,
  subject: Identity,
  context: ExpressionContext,
): Fault {
  const flaw = flawOf(error)
  const message = `${flaw.message}, looking at ${subject.id}\n${caret(source, flaw.start)}`
  return new Fault(context.at ? 'invalid-playbook' : 'usage', message, {
    where: placeOf(context) ?? 'expression',
    next: 'ask has(identity.name) first, or write identity.?name.orValue(…)',
    cause: error,
  })
}

function placeOf({ at }: ExpressionContext): string | undefined {
  return at && `${at.file}:${at.line}:${at.column}`
}

interface CelError {
  summary: string
  range?: { start: number; end: number }
}

/** The first line of what CEL says, in our words; it never holds the values that were looked at. */
export function flawOf(error: unknown): Flaw {
  const { summary, range } = isCelError(error) ? error : { summary: plainMessage(error), range: undefined }
  const message = summary
    .replaceAll(SAFE_MATCHES, 'matches')
    .replaceAll('google.protobuf.', '')
    .replace(/^No such key: (.*)$/, "there is no '$1'")
    .replace(/^Unexpected token: EOF$/, 'it ends too early')
    .replace(/^no such overload: /, 'types do not fit: ')
  return { message, start: range?.start ?? 0, end: range?.end ?? 0 }
}

function plainMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === 'Maximum call stack size exceeded' ? 'too deeply nested' : error.message
}

function isCelError(error: unknown): error is CelError {
  return error instanceof Error && 'summary' in error && typeof error.summary === 'string'
}

function suggesting(flaw: Flaw, shapes: { identity: Shape; inputs: Shape }): Flaw {
  const missing = /^there is no '(.*)'$/.exec(flaw.message)?.[1]
  const near = missing === undefined ? undefined : nearest(missing, memberNames(shapes))
  return near === undefined ? flaw : { ...flaw, suggestion: `did you mean '${near}'?` }
}

function* memberNames(shape: Shape): Generator<string> {
  for (const [name, fact] of Object.entries(shape)) {
    yield name
    if (typeof fact === 'object') yield* memberNames(fact as Shape)
  }
}
