import type { ASTNode } from '@marcbachmann/cel-js'
import { type Flaw, rangeOf, type Walk } from '../model/expression/guards.ts'
import { comparablePattern } from './tool-names.ts'

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', 'in'])
const METHODS: ReadonlySet<string> = new Set(['startsWith', 'endsWith', 'contains', 'matches'])

/**
 * Names in an expression that `tool` or `server` never has, since every character but letters, digits and `_` is compared as
 * `_`: `server == "my-files"` would always be false, and a deny would miss.
 */
export function* nameFlaws(nodes: Iterable<Walk>): Generator<Flaw> {
  for (const { node } of nodes) {
    const [subject, others, isPattern] = comparison(node) ?? []
    if (subject?.op !== 'id' || (subject.args !== 'tool' && subject.args !== 'server')) continue
    for (const literal of others ?? []) {
      if (literal.op !== 'value' || typeof literal.args !== 'string') continue
      const written = literal.args
      if (isPattern ? !/-/.test(written.replace(/\[[^\]]*\]/g, '')) : isComparable(written)) continue
      const form = isPattern ? written.replaceAll('-', '_') : comparablePattern(written)
      yield {
        ...rangeOf(literal),
        message: `${subject.args} is never ${JSON.stringify(written)}: in names, every character but letters, digits and _ is compared as _`,
        suggestion: `write ${JSON.stringify(form)}`,
      }
    }
  }
}

/** The two sides of a comparison, whichever stands first, and whether the other one is a regular expression. */
function comparison(node: ASTNode): [ASTNode | undefined, ASTNode[], boolean] | undefined {
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args
    return METHODS.has(name) ? [receiver, args, name === 'matches'] : undefined
  }
  if (node.op === 'call') {
    const [name, args] = node.args
    return name === 'glob' ? [args[0], args.slice(1), false] : undefined
  }
  if (!COMPARISONS.has(node.op) || !Array.isArray(node.args)) return undefined
  const [left, right] = node.args as ASTNode[]
  if (left === undefined || right === undefined) return undefined
  if (left.op === 'value') return [right, [left], false]
  return [left, right.op === 'list' ? right.args : [right], false]
}

/** `*` is not a character of any name: it may stand in patterns only, where it is right. */
function isComparable(text: string): boolean {
  return text === comparablePattern(text)
}
