import type { ASTNode } from '@marcbachmann/cel-js'
import type { Identity } from '../identity.ts'
import type { Json } from '../json.ts'

/** Conditions that an expression needs of an identity at least: each member is, or holds as a list, one text. */
export interface Lookup {
  readonly [member: string]: string
}

/** More ways than this to be meant are no narrow question any more. */
const MOST = 64

/**
 * The ways in which an expression can be true, as far as its outermost `&&` and `||` say so with equalities: an identity
 * for which it is true has all that one of them asks. Undefined when it may be true of anything. Where two texts are asked
 * of one member, one of them is left out: what is found is tried with the whole expression.
 */
export function lookupsIn(
  node: ASTNode,
  inputs: { readonly [name: string]: Json },
): readonly Lookup[] | undefined {
  if (node.op === '&&') {
    const [left, right] = [lookupsIn(node.args[0], inputs), lookupsIn(node.args[1], inputs)]
    if (!left || !right) return left ?? right
    return atMost(left.flatMap(a => right.map(b => ({ ...b, ...a }))))
  }
  if (node.op === '||') {
    const [left, right] = [lookupsIn(node.args[0], inputs), lookupsIn(node.args[1], inputs)]
    return left && right ? atMost([...left, ...right]) : undefined
  }
  if (node.op === '==') {
    const [a, b] = node.args
    return (
      asked(memberOf(a, 'identity'), textOf(b, inputs)) ?? asked(memberOf(b, 'identity'), textOf(a, inputs))
    )
  }
  if (node.op === 'in') {
    const [item, list] = node.args
    const member = memberOf(item, 'identity')
    if (member === undefined) return asked(memberOf(list, 'identity'), textOf(item, inputs))
    const texts = textsOf(list, inputs)
    return texts && atMost(texts.map(text => ({ [member]: text })))
  }
  return undefined
}

function atMost(lookups: readonly Lookup[]): readonly Lookup[] | undefined {
  return lookups.length > MOST ? undefined : lookups
}

function asked(member: string | undefined, text: string | undefined): Lookup[] | undefined {
  return member === undefined || text === undefined ? undefined : [{ [member]: text }]
}

function memberOf(node: ASTNode, variable: string): string | undefined {
  if (node.op !== '.') return undefined
  const [receiver, name] = node.args
  return receiver.op === 'id' && receiver.args === variable ? name : undefined
}

function givenIn(node: ASTNode, inputs: { readonly [name: string]: Json }): unknown {
  if (node.op === 'value') return node.args
  const input = memberOf(node, 'inputs')
  return input !== undefined && Object.hasOwn(inputs, input) ? inputs[input] : undefined
}

function textOf(node: ASTNode, inputs: { readonly [name: string]: Json }): string | undefined {
  const value = givenIn(node, inputs)
  return typeof value === 'string' ? value : undefined
}

function textsOf(node: ASTNode, inputs: { readonly [name: string]: Json }): string[] | undefined {
  const values: unknown =
    node.op === 'list' ? node.args.map(each => givenIn(each, inputs)) : givenIn(node, inputs)
  if (!Array.isArray(values)) return undefined
  return values.every(each => typeof each === 'string') ? values : undefined
}

/** Whether an identity has all that a lookup asks: each member is the text, or holds it as a list. */
export function isAs(identity: Identity, lookup: Lookup): boolean {
  const members = new Map<string, unknown>([...Object.entries(identity.facts), ...Object.entries(identity)])
  return Object.entries(lookup).every(([name, text]) => {
    const value = members.get(name)
    return value === text || (Array.isArray(value) && value.includes(text))
  })
}
