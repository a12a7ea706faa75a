import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { registerFunctions } from '../model/expression/functions.ts'
import { type Flaw, guardFlaws, rangeOf, walk, withSafeMatches } from '../model/expression/guards.ts'
import { patternFlaw } from '../model/expression/pattern.ts'
import { windowFlaw } from '../model/expression/window.ts'
import type { Json } from '../model/json.ts'
import { isObject } from './call.ts'
import type { Node } from './evaluate.ts'
import { nameFlaws } from './name-flaws.ts'
import type { Slowly } from './policy.ts'

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 16,
}
const MAX_SOURCE = 4000
/** Two loops in one another take the square of this. */
const MOST_LOOPED = 1_000
const TEXTS = ['harness', 'agent', 'session', 'tool', 'server', 'cwd', 'agentType', 'permissionMode']

/** What an expression over a call is compiled to, or what is wrong with it. */
export interface Compiled {
  when?: Node
  source: string
  loops: number
  /** It has a pattern, for which RE2 is needed. */
  patterns: boolean
  flaws: Flaw[]
}

/** Checks an expression over the members of a call and `time` that yields a bool. */
export function compileRule(source: string): Compiled {
  const flawed = (flaw: Flaw): Compiled => ({ source, loops: 0, patterns: false, flaws: [flaw] })
  if (source.length > MAX_SOURCE)
    return flawed({ message: `an expression has at most ${MAX_SOURCE} characters`, start: 0, end: 0 })
  try {
    const environment = makeEnvironment()
    const nodes = [...walk(environment.parse(source).ast)]
    const flaws = [
      ...guardFlaws(nodes, patternFlaw),
      ...nameFlaws(nodes),
      ...nodes.flatMap(({ node }) => [...windowFlaws(node)]),
    ]
    if (flaws.length > 0) return { source, loops: 0, patterns: false, flaws }
    const text = withSafeMatches(source, nodes)
    if (text === undefined)
      return flawed({ message: 'write it as value.matches("pattern")', start: 0, end: source.length })
    const parsed = environment.parse(text)
    const { valid, type, error } = parsed.check()
    if (!valid) return flawed(flawOf(error))
    if (type !== 'bool')
      return flawed({ message: `has to be true or false, but is ${type}`, start: 0, end: source.length })
    const [root] = nodes
    const when = root && plainNode(root.node)
    const loops = Math.max(0, ...nodes.map(({ macros }) => macros))
    const patterns = nodes.some(({ node }) => node.op === 'rcall' && node.args[0] === 'matches')
    return { source, loops, patterns, flaws: [], ...(when ? { when } : {}) }
  } catch (error) {
    return flawed(flawOf(error))
  }
}

function makeEnvironment(): Environment {
  const environment = new Environment({ limits: LIMITS, enableOptionalTypes: true })
  for (const name of TEXTS) environment.registerVariable(name, 'string')
  environment.registerVariable('args', 'map<string, dyn>')
  environment.registerVariable('time', 'google.protobuf.Timestamp')
  registerFunctions(environment)
  return environment
}

const programs = new Map<string, ParseResult>()

/** The whole of CEL. */
export const slowly: Slowly = async (source, call, loops) => {
  let program = programs.get(source)
  if (!program) {
    const environment = makeEnvironment()
    program = environment.parse(withSafeMatches(source, walk(environment.parse(source).ast)) ?? source)
    programs.set(source, program)
  }
  const { args, ...texts } = call
  if (args !== undefined && loops > 1 && longest(args) > MOST_LOOPED)
    throw new RangeError(`more than ${MOST_LOOPED} items in nested loops`)
  const known = args === undefined ? {} : { args: celValue(args) }
  const result: unknown = program({ ...texts, time: new Date(), ...known })
  if (typeof result !== 'boolean') throw new TypeError('not true or false')
  return result
}

function longest(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Array.isArray(value) ? value : Object.values(value)
  return items.reduce<number>((most, item) => Math.max(most, longest(item)), items.length)
}

function celValue(json: Json): unknown {
  if (Array.isArray(json)) return json.map(celValue)
  if (isObject(json)) return new Map(Object.entries(json).map(([key, value]) => [key, celValue(value)]))
  return typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : json
}

function* windowFlaws(node: ASTNode): Generator<Flaw> {
  if (node.op !== 'call' || node.args[0] !== 'inWindow') return
  const [, spec, zone] = node.args[1]
  if (typeof spec?.args !== 'string' || typeof zone?.args !== 'string') return
  const complaint = windowFlaw(spec.args, zone.args)
  if (complaint !== undefined) yield { ...rangeOf(node), message: complaint }
}

const OPERATORS: ReadonlySet<string> = new Set([
  '&&',
  '||',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '[]',
  '?:',
])
const METHODS: ReadonlySet<string> = new Set(['startsWith', 'endsWith', 'contains', 'matches', 'orValue'])

/** The same expression as plain data, for the quick evaluation; undefined when it does not know all of it. */
function plainNode(node: ASTNode): Node | undefined {
  switch (node.op) {
    case 'value':
      return plainLiteral(node.args)
    case 'id':
      return ['id', node.args]
    case '.':
    case '.?': {
      const [receiver, name] = node.args
      return built(node.op, [receiver], name)
    }
    case 'list':
      return built('list', node.args)
    case '!_':
    case '-_':
      return built(node.op, [node.args])
    case 'call':
      return plainCall(...node.args)
    case 'rcall':
      return plainMethod(...node.args)
    default:
      return OPERATORS.has(node.op) && Array.isArray(node.args)
        ? built(node.op, node.args as ASTNode[])
        : undefined
  }
}

function built(operator: string, operands: readonly ASTNode[], ...more: string[]): Node | undefined {
  const nodes = operands.map(plainNode)
  return nodes.every(each => each !== undefined) ? [operator, ...nodes, ...more] : undefined
}

function plainLiteral(value: unknown): Node | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return ['value', value]
  const number = typeof value === 'bigint' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? ['value', number] : undefined
}

function plainCall(name: string, args: readonly ASTNode[]): Node | undefined {
  const [first] = args
  if (name === 'has' && first?.op === '.') return built('has', [first.args[0]], first.args[1])
  return name === 'glob' || name === 'size' ? built(name, args) : undefined
}

function plainMethod(name: string, receiver: ASTNode, args: readonly ASTNode[]): Node | undefined {
  if (METHODS.has(name) || (name === 'size' && args.length === 0)) return built(name, [receiver, ...args])
  const [variable, body] = args
  if ((name !== 'exists' && name !== 'all') || args.length !== 2) return undefined
  if (variable?.op !== 'id' || body === undefined) return undefined
  const [over, inside] = [plainNode(receiver), plainNode(body)]
  return over && inside ? [name, over, variable.args, inside] : undefined
}

function flawOf(error: unknown): Flaw {
  if (!(error instanceof Error)) return { message: String(error), start: 0, end: 0 }
  const { summary, range } = error as Error & { summary?: string; range?: { start: number; end: number } }
  const message = (summary ?? error.message)
    .replaceAll('re2find', 'matches')
    .replaceAll('google.protobuf.', '')
    .replace(/^Unexpected token: EOF$/, 'it ends too early')
    .replace(/^no such overload: /, 'types do not fit: ')
  return { message, start: range?.start ?? 0, end: range?.end ?? 0 }
}
