import { inWindow } from '../model/expression/window.ts'
import type { Json } from '../model/json.ts'
import {
  contains,
  ERROR,
  equal,
  type Flaw,
  type Frame,
  fail,
  found,
  globbed,
  included,
  indexed,
  integer,
  member,
  pathFailed,
  type Scope,
  sizeOf,
  there,
  UNSUPPORTED,
  unsupported,
} from './evaluate-values.ts'
import { isWithin, type Resolved } from './paths.ts'

/** A checked expression as plain data: CEL's operator, then its operands. */
export type Node = readonly [string, ...(Node | Json)[]]

/**
 * - `error`: it cannot be evaluated
 * - `unsupported`: only CEL itself can say
 * - a flaw: it cannot be evaluated, and for what reason
 */
export type Verdict = boolean | 'error' | 'unsupported' | Flaw

/**
 * The part of CEL that most rules are made of, without loading CEL: its import alone costs more than a decision may
 * take. An expression that is not exactly so in CEL is `unsupported`, and then decided by CEL itself. Throws `Exhausted`.
 */
export function verdictOf(node: Node, scope: Scope): Verdict {
  const frame: Frame = { scope, bound: undefined, flaws: [] }
  try {
    const value = evaluate(node, frame)
    return typeof value === 'boolean' ? value : 'error'
  } catch (thrown) {
    const ambiguous = frame.flaws.find(flaw => flaw.ambiguous)
    if (thrown === UNSUPPORTED) return ambiguous ?? 'unsupported'
    if (thrown !== ERROR) throw thrown
    return ambiguous ?? frame.flaws[0] ?? 'error'
  }
}

function evaluate(node: Node, frame: Frame): Json {
  frame.scope.budget.spend(200)
  const operator = OPERATORS.get(node[0])
  return operator ? operator(node, frame) : unsupported()
}

type Operator = (node: Node, frame: Frame) => Json

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['value', node => literal(node[1] as Json)],
  ['id', (node, frame) => variable(String(node[1]), frame)],
  ['list', (node, frame) => node.slice(1).map(item => evaluate(item as Node, frame))],
  ['&&', (node, frame) => logical(node, frame, false)],
  ['||', (node, frame) => logical(node, frame, true)],
  ['!_', (node, frame) => !truth(operand(node, 1, frame))],
  ['-_', (node, frame) => -integer(operand(node, 1, frame))],
  ['?:', (node, frame) => operand(node, truth(operand(node, 1, frame)) ? 2 : 3, frame)],
  ['==', (node, frame) => equal(operand(node, 1, frame), operand(node, 2, frame), frame)],
  ['!=', (node, frame) => !equal(operand(node, 1, frame), operand(node, 2, frame), frame)],
  ['<', (node, frame) => ordered(node, frame) < 0],
  ['<=', (node, frame) => ordered(node, frame) <= 0],
  ['>', (node, frame) => ordered(node, frame) > 0],
  ['>=', (node, frame) => ordered(node, frame) >= 0],
  ['in', (node, frame) => contains(operand(node, 2, frame), operand(node, 1, frame), frame)],
  ['.', (node, frame) => there(member(operand(node, 1, frame), String(node[2]), frame))],
  ['[]', (node, frame) => indexed(operand(node, 1, frame), operand(node, 2, frame), frame)],
  ['has', (node, frame) => member(operand(node, 1, frame), String(node[2]), frame) !== undefined],
  ['orValue', orValue],
  ['startsWith', (node, frame) => string(node, 1, frame).startsWith(string(node, 2, frame))],
  ['endsWith', (node, frame) => string(node, 1, frame).endsWith(string(node, 2, frame))],
  ['contains', (node, frame) => included(string(node, 1, frame), string(node, 2, frame), frame)],
  ['glob', (node, frame) => globbed(string(node, 1, frame), string(node, 2, frame), frame)],
  ['matches', matched],
  ['inWindow', windowed],
  ['path', (node, frame) => resolved(node, frame).text],
  ['within', (node, frame) => within(node, frame)],
  ['size', (node, frame) => sizeOf(operand(node, 1, frame), frame)],
  ['exists', (node, frame) => loop(node, frame, true)],
  ['all', (node, frame) => loop(node, frame, false)],
])

function operand(node: Node, index: number, frame: Frame): Json {
  return evaluate(node[index] as Node, frame)
}

function string(node: Node, index: number, frame: Frame): string {
  const value = operand(node, index, frame)
  if (typeof value !== 'string') return fail()
  frame.scope.budget.spend(value.length)
  return value
}

function literal(value: Json): Json {
  return typeof value === 'number' ? integer(value) : value
}

function variable(name: string, { scope, bound }: Frame): Json {
  for (let each = bound; each; each = each.outer) if (each.name === name) return each.value
  switch (name) {
    case 'args':
    case 'cwd':
    case 'agentType':
    case 'permissionMode':
      return scope[name] ?? fail()
    case 'harness':
    case 'agent':
    case 'session':
    case 'tool':
    case 'server':
      return scope[name]
    default:
      return unsupported()
  }
}

/** `false && error` is false and `true || error` is true, whichever side the error is on. */
function logical(node: Node, frame: Frame, decides: boolean): boolean {
  let error = false
  for (const index of [1, 2]) {
    try {
      if (truth(operand(node, index, frame)) === decides) return decides
    } catch (thrown) {
      if (thrown !== ERROR) throw thrown
      error = true
    }
  }
  return error ? fail() : !decides
}

function loop(node: Node, frame: Frame, decides: boolean): boolean {
  const list = operand(node, 1, frame)
  if (!Array.isArray(list)) return unsupported()
  let error = false
  for (const item of list) {
    frame.scope.budget.spend(400)
    const bound = { name: String(node[2]), value: item, outer: frame.bound }
    try {
      if (truth(operand(node, 3, { ...frame, bound })) === decides) return decides
    } catch (thrown) {
      if (thrown !== ERROR) throw thrown
      error = true
    }
  }
  // CEL itself decides how an error in the middle ends.
  return error ? unsupported() : !decides
}

function truth(value: Json): boolean {
  return typeof value === 'boolean' ? value : fail()
}

function ordered(node: Node, frame: Frame): number {
  const [a, b] = [operand(node, 1, frame), operand(node, 2, frame)]
  if (typeof a === 'string' && typeof b === 'string') {
    frame.scope.budget.spend(a.length)
    return a < b ? -1 : a > b ? 1 : 0
  }
  return integer(a) - integer(b)
}

/** `a.?b`: absent when any part is. */
function optional(node: Node, frame: Frame): Json | undefined {
  if (node[0] !== '.?') return unsupported()
  const inner = node[1] as Node
  const base = inner[0] === '.?' ? optional(inner, frame) : evaluate(inner, frame)
  return base === undefined ? undefined : member(base, String(node[2]), frame)
}

function orValue(node: Node, frame: Frame): Json {
  const value = optional(node[1] as Node, frame)
  return value === undefined ? operand(node, 2, frame) : value
}

function matched(node: Node, frame: Frame): boolean {
  const { found } = frame.scope
  return found?.(string(node, 1, frame), string(node, 2, frame)) ?? unsupported()
}

/** Only of the time of the call, in a window that is written out and so was checked. */
function windowed(node: Node, { scope }: Frame): boolean {
  const [, time, window, zone] = node as [string, Node, Node, Node]
  if (time[1] !== 'time' || window[0] !== 'value' || zone[0] !== 'value') return unsupported()
  scope.budget.spend(1e5)
  return inWindow(scope.time, String(window[1]), String(zone[1]))
}

function within(node: Node, frame: Frame): boolean {
  const root = string(node, 2, frame)
  try {
    return isWithin(resolved(node[1] as Node, frame), found(root, frame))
  } catch (error) {
    return pathFailed(error, frame)
  }
}

/** The path that a `path(…)` node is about. */
function resolved(node: Node, frame: Frame): Resolved {
  if (node[0] !== 'path') return unsupported()
  const path = string(node, 1, frame)
  try {
    return found(path, frame)
  } catch (error) {
    return pathFailed(error, frame)
  }
}
