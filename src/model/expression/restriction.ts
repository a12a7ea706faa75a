import type { ASTNode } from '@marcbachmann/cel-js'

/**
 * The kinds that an expression can be true for, when its outermost `&&` and `||` say so; undefined when they do not.
 * A kind that is not in the list makes the expression false in every other part of it.
 */
export function restrictedKinds(node: ASTNode): ReadonlySet<string> | undefined {
  if (node.op === '&&') {
    const [left, right] = [restrictedKinds(node.args[0]), restrictedKinds(node.args[1])]
    if (left && right) return new Set([...left].filter(kind => right.has(kind)))
    return left ?? right
  }
  if (node.op === '||') {
    const [left, right] = [restrictedKinds(node.args[0]), restrictedKinds(node.args[1])]
    return left && right ? new Set([...left, ...right]) : undefined
  }
  const named = namedKinds(node)
  return named && new Set(named.map(({ args }) => args as string))
}

/** The literals that a node compares `identity.kind` with, in an `==` or an `in`. */
export function namedKinds(node: ASTNode): ASTNode[] | undefined {
  if (node.op === '==') {
    const [left, right] = node.args
    if (isKind(left) && isText(right)) return [right]
    if (isKind(right) && isText(left)) return [left]
  }
  if (node.op === 'in') {
    const [left, right] = node.args
    if (isKind(left) && right.op === 'list' && right.args.every(isText)) return [...right.args]
  }
  return undefined
}

function isKind(node: ASTNode): boolean {
  return (
    node.op === '.' && node.args[1] === 'kind' && node.args[0].op === 'id' && node.args[0].args === 'identity'
  )
}

function isText(node: ASTNode): boolean {
  return node.op === 'value' && typeof node.args === 'string'
}
