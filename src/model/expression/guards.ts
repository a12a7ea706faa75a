import type { ASTNode } from '@marcbachmann/cel-js'

/** Something wrong in an expression; offsets into its text. */
export interface Flaw {
  message: string
  start: number
  end: number
  suggestion?: string
}

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind'])
const MAX_NESTED_MACROS = 2

/**
 * CEL's `matches` runs on the engine's own RegExp, which an attacker's tag can hang; ours is RE2. As long as `matches`,
 * so that a rewritten text keeps every position.
 */
export const SAFE_MATCHES = 're2find'

/** A node, and the macros around it. */
export interface Walk {
  node: ASTNode
  /** Macros around this node. */
  macros: number
}

/** Every node, outermost first. The parser's limits bound the depth. */
export function* walk(node: ASTNode, macros = 0): Generator<Walk> {
  yield { node, macros }
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args
    yield* walk(receiver, macros)
    const inside = MACROS.has(name) ? macros + 1 : macros
    for (const arg of args) yield* walk(arg, inside)
    return
  }
  for (const child of childrenOf(node.args)) yield* walk(child, macros)
}

function* childrenOf(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const arg of args) yield* childrenOf(arg)
  else if (isNode(args)) yield args
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** Refuses what the parser's limits let pass: deep loops, and patterns that are not written out. */
export function* guardFlaws(
  nodes: Iterable<Walk>,
  compiles: (pattern: string) => string | undefined,
): Generator<Flaw> {
  for (const { node, macros } of nodes) {
    if (node.op !== 'rcall') continue
    const [name, , args] = node.args
    if (MACROS.has(name) && macros >= MAX_NESTED_MACROS) {
      yield { ...rangeOf(node), message: `more than ${MAX_NESTED_MACROS} loops in one another are refused` }
    }
    if (name !== 'matches' && name !== SAFE_MATCHES) continue
    const [pattern] = args
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
      yield { ...rangeOf(pattern ?? node), message: 'the pattern of matches() has to be written out as text' }
    } else {
      const complaint = compiles(pattern.args)
      if (complaint !== undefined) yield { ...rangeOf(pattern), message: complaint }
    }
  }
}

/** Returns where a node stands in its source, in characters from 0; `end` is exclusive. */
export function rangeOf(node: ASTNode): { start: number; end: number } {
  return { start: node.start, end: node.end }
}

/** The same text, position by position, with our matcher in place of CEL's; undefined when a call is spelled oddly. */
export function withSafeMatches(source: string, nodes: Iterable<Walk>): string | undefined {
  let text = source
  for (const { node } of nodes) {
    if (node.op !== 'rcall' || node.args[0] !== 'matches') continue
    const [, receiver, [pattern]] = node.args
    if (pattern === undefined) return undefined
    const between = source.slice(receiver.end, pattern.start)
    const match = /^[\s)]*\.\s*(?=matches\s*\(\s*$)/.exec(between)
    if (match === null) return undefined
    const at = receiver.end + match[0].length
    text = text.slice(0, at) + SAFE_MATCHES + text.slice(at + SAFE_MATCHES.length)
  }
  return text
}

/** The line of the text that the flaw is in, with a caret under it. */
export function caret(source: string, start: number): string {
  const at = Math.min(start, source.length)
  const from = source.lastIndexOf('\n', at - 1) + 1
  const to = source.indexOf('\n', at)
  const line = source.slice(from, to < 0 ? undefined : to)
  return `  ${line}\n  ${' '.repeat(at - from)}^`
}
