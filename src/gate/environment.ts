import { isAbsolute } from 'node:path'
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { registerFunctions } from '../model/expression/functions.ts'
import { type Flaw, guardFlaws, rangeOf, walk, withSafeMatches } from '../model/expression/guards.ts'
import { patternFlaw } from '../model/expression/pattern.ts'
import { windowFlaw } from '../model/expression/window.ts'
import type { Node } from './evaluate.ts'
import { nameFlaws } from './name-flaws.ts'

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 16,
}
const MAX_SOURCE = 4000
const TEXTS = ['harness', 'agent', 'session', 'tool', 'server', 'cwd', 'agentType', 'permissionMode']

/** A compiled expression over a call, or the error in it. */
export interface Compiled {
  when?: Node
  source: string
  loops: number
  /** It has a pattern, for which RE2 is needed. */
  patterns: boolean
  /** Names of members that it looks at. */
  names: string[]
  flaws: Flaw[]
}

/** Checks an expression over the members of a call and `time` that yields a bool. */
export function compileRule(source: string): Compiled {
  const flawed = (flaw: Flaw): Compiled => ({ source, loops: 0, patterns: false, names: [], flaws: [flaw] })
  if (source.length > MAX_SOURCE)
    return flawed({ message: `an expression has at most ${MAX_SOURCE} characters`, start: 0, end: 0 })
  try {
    const environment = makeEnvironment(UNUSED)
    const nodes = [...walk(environment.parse(source).ast)]
    const flaws = [
      ...guardFlaws(nodes, patternFlaw),
      ...nameFlaws(nodes),
      ...nodes.flatMap(({ node }) => [...windowFlaws(node), ...withinFlaws(node)]),
    ]
    if (flaws.length > 0) return { source, loops: 0, patterns: false, names: [], flaws }
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
    const names = [...new Set(nodes.flatMap(({ node }) => [...memberNames(node)]))]
    return { source, loops, patterns, names, flaws: [], ...(when ? { when } : {}) }
  } catch (error) {
    return flawed(flawOf(error))
  }
}

/** The functions that an expression has besides CEL's own and those of all expressions. */
export interface CallFunctions {
  /** RE2's find. */
  find(text: string, pattern: string): boolean
  /** Resolves a path to where it leads. Throws if it cannot be resolved. */
  path(path: string): string
  /** Returns whether a resolved path is inside a folder. Throws if that cannot be decided. */
  within(path: string, root: string): boolean
}

const unused = () => {
  throw new Error('an expression is only checked here')
}
const UNUSED: CallFunctions = { find: unused, path: unused, within: unused }

/** CEL over the members of a call. */
export function makeEnvironment({ find, path, within }: CallFunctions): Environment {
  const environment = new Environment({ limits: LIMITS, enableOptionalTypes: true })
  for (const name of TEXTS) environment.registerVariable(name, 'string')
  environment.registerVariable('args', 'map<string, dyn>')
  environment.registerVariable('time', 'google.protobuf.Timestamp')
  registerFunctions(environment, find)
  environment.registerFunction('path(string): string', path)
  environment.registerFunction('string.within(string): bool', within)
  return environment
}

/** Only of a path that was followed: the text alone says nothing about where it leads. */
function* withinFlaws(node: ASTNode): Generator<Flaw> {
  if (node.op !== 'rcall' || node.args[0] !== 'within') return
  const [, receiver, [root]] = node.args
  if (receiver.op !== 'call' || receiver.args[0] !== 'path')
    yield {
      ...rangeOf(receiver),
      message: 'within() is asked of a path',
      suggestion: 'path(args.file_path).within("/srv/data")',
    }
  if (root?.op === 'value' && typeof root.args === 'string' && !isAbsolute(root.args))
    yield { ...rangeOf(root), message: 'the folder of within() has to be absolute' }
}

function* memberNames(node: ASTNode): Generator<string> {
  if (node.op === '.' || node.op === '.?') yield node.args[1]
  if (node.op === '[]' || node.op === '[?]') yield* texts(node.args[1])
  if (node.op === 'in') yield* texts(node.args[0])
}

function* texts(node: ASTNode): Generator<string> {
  if (node.op === 'value' && typeof node.args === 'string') yield node.args
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
const METHODS: ReadonlySet<string> = new Set([
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'orValue',
  'within',
])
const CALLS: ReadonlySet<string> = new Set(['glob', 'size', 'path', 'inWindow'])

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
  return CALLS.has(name) ? built(name, args) : undefined
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
