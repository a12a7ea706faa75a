import { glob } from '../model/expression/glob.ts'
import type { Json } from '../model/json.ts'
import type { Budget } from './budget.ts'
import { hasLookAlike } from './look-alikes.ts'
import { type PathBook, PathFlaw, type Resolved } from './paths.ts'

/** The values that an expression may read. Arguments that are not known are absent: looking at them is an error. */
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
  /** RE2's find; loaded only when a rule has a pattern. Undefined when it would take too long to be done here. */
  found?: (text: string, pattern: string) => boolean | undefined
  budget: Budget
  paths: PathBook
  /** All names of arguments that the policy looks at. */
  names: ReadonlySet<string>
}

export interface Flaw {
  why: string
  /** The call means different things to different tools: it is refused, and no other rule changes that. */
  ambiguous?: true
}

/** Some tool could read another argument where the policy reads the one of this name. */
export function lookAlikeFlaw(name: string): Flaw {
  return { why: `another argument could be taken for '${name}', which it looks at`, ambiguous: true }
}

/** A variable of a loop. */
export interface Bound {
  name: string
  value: Json
  outer: Bound | undefined
}

/** Where an expression is evaluated. */
export interface Frame {
  scope: Scope
  /** Variables of loops, innermost first. */
  bound: Bound | undefined
  /** Why parts of it could not be evaluated. They count when the whole could not. */
  flaws: Flaw[]
}

/** Thrown, and compared by identity: stack traces would cost more than the decision. */
export const UNSUPPORTED = Symbol('unsupported')
export const ERROR = Symbol('error')

export function fail(): never {
  throw ERROR
}

export function flawed(frame: Frame, flaw: Flaw): never {
  frame.flaws.push(flaw)
  throw ERROR
}

export function unsupported(): never {
  throw UNSUPPORTED
}

/** Fractions and what a double cannot hold exactly are left to CEL, which tells int from double. */
export function integer(value: Json): number {
  if (typeof value !== 'number') return fail()
  return Number.isSafeInteger(value) ? value : unsupported()
}

export function equal(a: Json, b: Json, { scope }: Frame): boolean {
  for (const value of [a, b]) {
    if (typeof value === 'number') integer(value)
    if (typeof value === 'string') scope.budget.spend(20 + value.length)
    if (typeof value === 'object' && value !== null) return unsupported()
  }
  return a === b
}

export function contains(container: Json, value: Json, frame: Frame): boolean {
  if (Array.isArray(container)) return container.some(item => equal(item, value, frame))
  if (typeof container === 'object' && container !== null && typeof value === 'string') {
    return member(container, value, frame) !== undefined
  }
  return unsupported()
}

export function member(value: Json, name: string, frame: Frame): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { names, budget } = frame.scope
  if (hasLookAlike(value, name, names, budget)) return flawed(frame, lookAlikeFlaw(name))
  return Object.hasOwn(value, name) ? value[name] : undefined
}

export function indexed(value: Json, key: Json, frame: Frame): Json {
  if (Array.isArray(value) && typeof key === 'number') return there(value[integer(key)])
  return typeof key === 'string' ? there(member(value, key, frame)) : unsupported()
}

export function there(value: Json | undefined): Json {
  return value === undefined ? fail() : value
}

const sizes = new WeakMap<object, number>()

export function sizeOf(value: Json, { scope: { budget } }: Frame): number {
  if (typeof value === 'string') {
    budget.spend(50 * value.length)
    return [...value].length
  }
  if (Array.isArray(value)) return value.length
  if (typeof value !== 'object' || value === null) return fail()
  const known = sizes.get(value)
  if (known !== undefined) return known
  const { length } = Object.keys(value)
  budget.spend(1_000 * length)
  sizes.set(value, length)
  return length
}

/** V8 compares the text with the pattern anew at every place, at worst. */
export function included(text: string, pattern: string, { scope }: Frame): boolean {
  scope.budget.spend((text.length * pattern.length) / 3)
  return text.includes(pattern)
}

export function globbed(text: string, pattern: string, { scope }: Frame): boolean {
  scope.budget.spend(3 * text.length * pattern.length)
  return glob(text, pattern)
}

export function found(path: string, { scope }: Frame): Resolved {
  scope.budget.spend(20_000)
  return scope.paths.find(path, scope.cwd) ?? fail()
}

export function pathFailed(error: unknown, frame: Frame): never {
  if (error instanceof PathFlaw) return flawed(frame, { why: error.message })
  throw error
}
