import { glob } from '../model/expression/glob.ts'
import type { Json } from '../model/json.ts'

/** A checked expression as plain data: CEL's operator, then its operands. */
export type Node = readonly [string, ...(Node | Json)[]]

/** What an expression sees. Arguments that are not known are absent: looking at them is an error. */
export interface Scope {
  harness: string
  agent: string
  session: string
  tool: string
  server: string
  time: Date
  args?: { [name: string]: Json }
  /** These three are absent when the harness does not report them: looking at them is an error. */
  cwd?: string
  agentType?: string
  permissionMode?: string
  /** RE2's find; loaded only when a rule has a pattern. */
  found?: (text: string, pattern: string) => boolean
}

export type Verdict = boolean | 'error' | 'unsupported'

/**
 * The part of CEL that most rules are made of, without loading CEL: its import alone costs more than a decision may
 * take. What is not exactly so in CEL is `unsupported`, and then decided by CEL itself.
 */
export function verdictOf(node: Node, scope: Scope): Verdict {
  left = MOST_STEPS
  try {
    const value = evaluate(node, { scope, bound: new Map() })
    return typeof value === 'boolean' ? value : 'error'
  } catch (thrown) {
    return thrown === UNSUPPORTED ? 'unsupported' : 'error'
  }
}

interface Frame {
  scope: Scope
  /** Variables of loops. */
  bound: ReadonlyMap<string, Json>
}

/** Thrown, and compared by identity: stack traces would cost more than the decision. */
const UNSUPPORTED = Symbol('unsupported')
const ERROR = Symbol('error')
const TOO_MUCH = Symbol('too much')

/** Characters that are looked at, and a hundred for each operator: loops over long lists and texts end in an error. */
const MOST_STEPS = 5e8
let left = 0

function spend(steps: number): void {
  left -= steps
  if (left < 0) throw TOO_MUCH
}

function fail(): never {
  throw ERROR
}

function unsupported(): never {
  throw UNSUPPORTED
}

function evaluate(node: Node, frame: Frame): Json {
  spend(100)
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
  ['==', (node, frame) => equal(operand(node, 1, frame), operand(node, 2, frame))],
  ['!=', (node, frame) => !equal(operand(node, 1, frame), operand(node, 2, frame))],
  ['<', (node, frame) => ordered(node, frame) < 0],
  ['<=', (node, frame) => ordered(node, frame) <= 0],
  ['>', (node, frame) => ordered(node, frame) > 0],
  ['>=', (node, frame) => ordered(node, frame) >= 0],
  ['in', (node, frame) => contains(operand(node, 2, frame), operand(node, 1, frame))],
  ['.', (node, frame) => there(member(operand(node, 1, frame), String(node[2])))],
  ['[]', (node, frame) => indexed(operand(node, 1, frame), operand(node, 2, frame))],
  ['has', (node, frame) => member(operand(node, 1, frame), String(node[2])) !== undefined],
  ['orValue', orValue],
  ['startsWith', (node, frame) => string(node, 1, frame).startsWith(string(node, 2, frame))],
  ['endsWith', (node, frame) => string(node, 1, frame).endsWith(string(node, 2, frame))],
  ['contains', (node, frame) => string(node, 1, frame).includes(string(node, 2, frame))],
  ['glob', (node, frame) => glob(string(node, 1, frame), string(node, 2, frame))],
  [
    'matches',
    (node, frame) => (frame.scope.found ?? unsupported())(string(node, 1, frame), string(node, 2, frame)),
  ],
  ['size', (node, frame) => sizeOf(operand(node, 1, frame))],
  ['exists', (node, frame) => loop(node, frame, true)],
  ['all', (node, frame) => loop(node, frame, false)],
])

function operand(node: Node, index: number, frame: Frame): Json {
  return evaluate(node[index] as Node, frame)
}

function string(node: Node, index: number, frame: Frame): string {
  const value = operand(node, index, frame)
  if (typeof value !== 'string') return fail()
  spend(value.length)
  return value
}

function literal(value: Json): Json {
  return typeof value === 'number' ? integer(value) : value
}

function variable(name: string, { scope, bound }: Frame): Json {
  const known = bound.get(name)
  if (known !== undefined) return known
  if (name === 'time') return unsupported()
  if (name === 'args') return scope.args ?? fail()
  if (name === 'cwd') return scope.cwd ?? fail()
  if (name === 'agentType') return scope.agentType ?? fail()
  if (name === 'permissionMode') return scope.permissionMode ?? fail()
  const fields = new Map(Object.entries(scope))
  const value: unknown = fields.get(name)
  return typeof value === 'string' ? value : unsupported()
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
    const bound = new Map(frame.bound).set(String(node[2]), item)
    try {
      if (truth(operand(node, 3, { ...frame, bound })) === decides) return decides
    } catch (thrown) {
      if (thrown !== ERROR) throw thrown
      error = true
    }
  }
  // What an error in the middle comes to is left to CEL.
  return error ? unsupported() : !decides
}

function truth(value: Json): boolean {
  return typeof value === 'boolean' ? value : fail()
}

/** Fractions and what a double cannot hold exactly are left to CEL, which tells int from double. */
function integer(value: Json): number {
  if (typeof value !== 'number') return fail()
  return Number.isSafeInteger(value) ? value : unsupported()
}

function equal(a: Json, b: Json): boolean {
  for (const value of [a, b]) {
    if (typeof value === 'number') integer(value)
    if (typeof value === 'string') spend(value.length)
    if (typeof value === 'object' && value !== null) return unsupported()
  }
  return a === b
}

function ordered(node: Node, frame: Frame): number {
  const [a, b] = [operand(node, 1, frame), operand(node, 2, frame)]
  if (typeof a === 'string' && typeof b === 'string') {
    spend(a.length)
    return a < b ? -1 : a > b ? 1 : 0
  }
  return integer(a) - integer(b)
}

function contains(container: Json, value: Json): boolean {
  if (Array.isArray(container)) return container.some(item => equal(item, value))
  if (typeof container === 'object' && container !== null && typeof value === 'string') {
    return Object.hasOwn(container, value)
  }
  return unsupported()
}

function member(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function indexed(value: Json, key: Json): Json {
  if (Array.isArray(value) && typeof key === 'number') return there(value[integer(key)])
  return typeof key === 'string' ? there(member(value, key)) : unsupported()
}

/** `a.?b`: absent when any part is. */
function optional(node: Node, frame: Frame): Json | undefined {
  if (node[0] !== '.?') return unsupported()
  const inner = node[1] as Node
  const base = inner[0] === '.?' ? optional(inner, frame) : evaluate(inner, frame)
  return base === undefined ? undefined : member(base, String(node[2]))
}

function orValue(node: Node, frame: Frame): Json {
  const value = optional(node[1] as Node, frame)
  return value === undefined ? operand(node, 2, frame) : value
}

function there(value: Json | undefined): Json {
  return value === undefined ? fail() : value
}

function sizeOf(value: Json): number {
  if (typeof value === 'string') return [...value].length
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : fail()
}
