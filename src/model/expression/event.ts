import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { nearest } from '../document/problems.ts'
import type { Json } from '../json.ts'
import type { Signal } from '../signal.ts'
import { cidrFlaw } from './cidr.ts'
import { flawOf, LIMITS, MAX_SOURCE } from './expression.ts'
import { registerStruct, type Shape } from './facts.ts'
import { registerFunctions } from './functions.ts'
import { type Flaw, guardFlaws, rangeOf, type Walk, walk, withSafeMatches } from './guards.ts'
import { usedMembers } from './names.ts'
import { patternFlaw } from './pattern.ts'
import { windowFlaw } from './window.ts'

/** A checked CEL expression over `event`, a signal. */
export interface EventExpression {
  source: string
  /** Members of the event that it looks at; undefined when it looks at the event as a whole. */
  members: ReadonlySet<string> | undefined
  /** True, false, or why it cannot be decided. A value that the signal lacks makes it false: that is no fault of the expression. */
  test(event: EventValue): boolean | EventFlaw
  /** For inputs: text, a number, true or false, or a list of them; undefined when the signal does not have it. */
  value(event: EventValue): Json | undefined | EventFlaw
}

/** An evaluation that failed; it holds nothing of the signal. */
export class EventFlaw {
  /** The evaluator's words, for a person. */
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** A signal as expressions see it: made once, however many look at it. */
export type EventValue = { readonly event: unknown }

/** Members of a signal. A missing one is absent, as in an identity: `has(event.country)` tells. */
export const EVENT: Shape = {
  id: 'string',
  time: 'time',
  cloud: 'string',
  account: 'string',
  identity: {
    id: 'string',
    uid: 'string',
    kind: 'string',
    name: 'string',
    session: 'string',
    credential: 'string',
  },
  action: 'string',
  resource: 'string',
  outcome: 'string',
  sourceIp: 'string',
  country: 'string',
  userAgent: 'string',
  format: 'string',
  finding: { category: 'string', severity: 'int' },
  details: 'dyn',
}

const environment = new Environment({ limits: LIMITS, enableOptionalTypes: true })
const struct = registerStruct(environment, 'event', EVENT)
environment.registerVariable('event', struct.cel)
registerFunctions(environment)

/** The signal, once for all expressions. @param only the members that they look at; all when absent */
export function eventValue(signal: Signal, only?: ReadonlySet<string>): EventValue {
  const event = struct.make(signal as unknown as Json, only)
  // An empty struct would be there for `has()`.
  if (signal.finding === undefined && event instanceof Map) event.delete('finding')
  return { event }
}

/** Compiles and type-checks; everything that is wrong, with offsets into the text. */
export function checkEventExpression(
  source: string,
  yields: 'bool' | 'input',
): { expression?: EventExpression; flaws: Flaw[] } {
  if (source.length > MAX_SOURCE) {
    return { flaws: [{ message: `an expression has at most ${MAX_SOURCE} characters`, start: 0, end: 0 }] }
  }
  try {
    return compile(source, yields)
  } catch (error) {
    return { flaws: [flawOf(error)] }
  }
}

/**
 * The conditions of an expression: its texts between the outermost `&&`, each with its texts between the outermost `||`.
 * @throws what the parser throws for text that is not an expression
 */
export function eventParts(source: string): { text: string; alternatives: readonly string[] }[] {
  const textOf = (node: ASTNode) => {
    const { start, end } = rangeOf(node)
    return source.slice(start, end)
  }
  return operands(environment.parse(source).ast, '&&').map(node => ({
    text: textOf(node),
    alternatives: operands(node, '||').map(textOf),
  }))
}

function operands(node: ASTNode, operator: '&&' | '||'): ASTNode[] {
  if (node.op !== operator) return [node]
  return node.args.flatMap(each => operands(each, operator))
}

function compile(source: string, yields: 'bool' | 'input') {
  const nodes = [...walk(environment.parse(source).ast)]
  const flaws = [...guardFlaws(nodes, patternFlaw), ...referenceFlaws(nodes)]
  if (flaws.length > 0) return { flaws }
  const text = withSafeMatches(source, nodes)
  if (text === undefined) {
    return { flaws: [{ message: 'write it as value.matches("pattern")', start: 0, end: source.length }] }
  }
  const parsed = environment.parse(text)
  const { valid, type, error } = parsed.check()
  if (!valid) return { flaws: [suggesting(flawOf(error))] }
  const wanted =
    yields === 'bool' ? /^bool$/ : /^(?:string|int|double|bool|dyn|list(?:<(?:string|int|dyn)>)?)$/
  if (type === undefined || !wanted.test(type)) {
    const be = yields === 'bool' ? 'true or false' : 'text, a number or a list of them'
    return { flaws: [{ message: `has to be ${be}, but is ${type}`, start: 0, end: source.length }] }
  }
  return { expression: expressionOf(source, parsed, usedMembers(nodes, 'event')), flaws: [] }
}

function expressionOf(
  source: string,
  parsed: ParseResult,
  members: ReadonlySet<string> | undefined,
): EventExpression {
  const evaluated = (event: EventValue): { result: unknown } | EventFlaw | undefined => {
    try {
      return { result: parsed(event as unknown as { [name: string]: unknown }) }
    } catch (error) {
      return isMissing(error) ? undefined : new EventFlaw(flawOf(error).message)
    }
  }
  return {
    source,
    members,
    test(event) {
      const found = evaluated(event)
      return found instanceof EventFlaw ? found : found?.result === true
    },
    value(event) {
      const found = evaluated(event)
      if (found === undefined || found instanceof EventFlaw) return found
      return plainOf(found.result) ?? new EventFlaw('it is neither text, a number nor a list of them')
    },
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_key'
}

const MOST_ITEMS = 1_000

function plainOf(value: unknown): Json | undefined {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (!Array.isArray(value) || value.length > MOST_ITEMS) return undefined
  const items = value.map(item => (Array.isArray(item) ? undefined : plainOf(item)))
  return items.every(item => item !== undefined) ? items : undefined
}

/** Finds what the type check lets pass: members that no signal has, inside `has()`; windows and networks that are none. */
function* referenceFlaws(nodes: readonly Walk[]): Generator<Flaw> {
  for (const { node } of nodes) {
    if (node.op === '.' || node.op === '.?') yield* memberFlaws(node)
    if (node.op !== 'call') continue
    const [name, args] = node.args
    const texts = args.map(arg => (arg.op === 'value' && typeof arg.args === 'string' ? arg.args : undefined))
    const [, second, third] = texts
    if (name === 'inWindow' && second !== undefined && third !== undefined) {
      yield* flawAt(node, windowFlaw(second, third))
    }
    if (name === 'inCidr' && second !== undefined) yield* flawAt(node, cidrFlaw(second))
  }
}

function* flawAt(node: ASTNode, message: string | undefined): Generator<Flaw> {
  if (message !== undefined) yield { ...rangeOf(node), message }
}

function* memberFlaws(node: ASTNode): Generator<Flaw> {
  const [root, ...names] = memberPath(node) ?? []
  if (root !== 'event') return
  let shape: Shape = EVENT
  for (const [index, name] of names.entries()) {
    if (!Object.hasOwn(shape, name)) {
      // The shorter path is a node of its own and has been reported already.
      if (index < names.length - 1) return
      const near = nearest(name, Object.keys(shape))
      const { end } = rangeOf(node)
      const message = `events have no '${names.join('.')}'`
      yield {
        message,
        start: end - name.length,
        end,
        ...(near === undefined ? {} : { suggestion: `did you mean '${near}'?` }),
      }
      return
    }
    const fact = shape[name]
    if (typeof fact !== 'object') return
    shape = fact as Shape
  }
}

/** `event.identity.id` as its names; undefined when there is anything else in the chain. */
function memberPath(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args]
  if (node.op !== '.' && node.op !== '.?') return undefined
  const [receiver, name] = node.args
  return memberPath(receiver)?.concat(name)
}

function suggesting(flaw: Flaw): Flaw {
  const missing = /^there is no '(.*)'$/.exec(flaw.message)?.[1]
  const near = missing === undefined ? undefined : nearest(missing, Object.keys(EVENT))
  return near === undefined ? flaw : { ...flaw, suggestion: `did you mean '${near}'?` }
}
