import type { ASTNode } from '@marcbachmann/cel-js'
import { nearest } from '../document/problems.ts'
import type { Kind } from '../kind.ts'
import type { Shape } from './facts.ts'
import { type Flaw, rangeOf, type Walk } from './guards.ts'
import { namedKinds } from './restriction.ts'
import { windowFlaw } from './window.ts'

interface Shapes {
  identity: Shape
  inputs: Shape
}

/** Finds what the type check lets pass: names that are not there inside `has()`, kinds that do not exist, odd windows. */
export function* referenceFlaws(
  nodes: readonly Walk[],
  shapes: Shapes,
  kinds: readonly Kind[],
): Generator<Flaw> {
  const known = kinds.map(({ name }) => name)
  for (const { node } of nodes) {
    for (const literal of namedKinds(node) ?? []) {
      const name = String(literal.args)
      if (known.length > 0 && !known.includes(name))
        yield unknown(literal, `no kind of identity is called '${name}'`, name, known)
    }
    if (node.op === '.' || node.op === '.?') yield* memberFlaws(node, shapes)
    if (node.op === 'call' && node.args[0] === 'inWindow') yield* windowFlaws(node, node.args[1])
  }
}

function* memberFlaws(node: ASTNode, shapes: Shapes): Generator<Flaw> {
  const path = memberPath(node)
  const [root, ...names] = path ?? []
  if (root !== 'identity' && root !== 'inputs') return
  let shape: Shape = shapes[root]
  for (const [index, name] of names.entries()) {
    if (!Object.hasOwn(shape, name)) {
      // The shorter path is a node of its own and has been reported already.
      if (index < names.length - 1) return
      const what = root === 'inputs' ? `no input is called '${name}'` : `identities have no '${name}'`
      yield unknown(node, what, name, Object.keys(shape))
      return
    }
    const fact = shape[name]
    if (typeof fact !== 'object') return
    shape = fact as Shape
    if ('list' in shape || 'map' in shape) return
  }
}

/** `identity.trust.accounts` as its names; undefined when there is anything else in the chain. */
function memberPath(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args]
  if (node.op !== '.' && node.op !== '.?') return undefined
  const [receiver, name] = node.args
  return memberPath(receiver)?.concat(name)
}

function* windowFlaws(node: ASTNode, args: readonly ASTNode[]): Generator<Flaw> {
  const [, spec, zone] = args
  if (typeof spec?.args !== 'string' || typeof zone?.args !== 'string') return
  if (spec.op !== 'value' || zone.op !== 'value') return
  const complaint = windowFlaw(spec.args, zone.args)
  if (complaint !== undefined) yield { ...rangeOf(node), message: complaint }
}

function unknown(node: ASTNode, message: string, word: string, candidates: readonly string[]): Flaw {
  const near = nearest(word, candidates)
  // An access starts with its receiver; what is wrong is at its end.
  const { start, end } = rangeOf(node)
  const from = node.op === 'value' ? start : end - word.length
  return {
    message,
    start: from,
    end,
    ...(near === undefined ? {} : { suggestion: `did you mean '${near}'?` }),
  }
}

/** Members of a variable that an expression looks at; undefined when it looks at the variable as a whole. */
export function usedMembers(nodes: readonly Walk[], variable: string): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  let mentions = 0
  let accesses = 0
  for (const { node } of nodes) {
    if (node.op === 'id' && node.args === variable) mentions += 1
    if (node.op !== '.' && node.op !== '.?') continue
    const [receiver, name] = node.args
    if (receiver.op !== 'id' || receiver.args !== variable) continue
    names.add(name)
    accesses += 1
  }
  return mentions === accesses ? names : undefined
}
