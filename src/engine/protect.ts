import { compileExpression, type Expression } from '../model/expression/expression.ts'
import { toFault } from '../model/fault.ts'
import { configPlaceText } from '../model/house.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Kind } from '../model/kind.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { type Spare, spareOf } from '../model/spare.ts'

/** The `protect` expressions of a playbook and of the house, compiled. */
export interface Protect {
  /** Why they spare an identity. An expression that fails while it runs counts as protecting. */
  spares(identity: Identity): Spare | undefined
  /** Members of an identity that they look at; undefined where one looks at the identity as a whole. */
  members(): readonly string[] | undefined
  /** Whether they only look at which identity it is, so that its facts need not be read. */
  ofNames(): boolean
  /** Says which of them can protect nothing among identities of these kinds, and what to write instead. */
  warnings(kinds: readonly Kind[]): string[]
}

/** Members that only say which identity it is. */
const NAMES = new Set(['kind', 'cloud', 'account', 'id', 'name', 'uid', 'displayName'])

/** A compiled expression, and how its protection is named. */
interface Test extends Expression {
  because: string
}

/**
 * Compiles the `protect` expressions of a playbook and of the house. Throws Fault `usage` or `invalid-playbook` if one cannot be
 * compiled: an identity that somebody meant to protect is not touched for a slip in a file.
 */
export function protectOf(
  { protect, inputs: declared, house }: Pick<Playbook, 'protect' | 'inputs' | 'house'>,
  kinds: readonly Kind[],
  inputs: { [name: string]: Json },
): Protect {
  const own = protect.map(source => named(compileExpression(source, { kinds, inputs: declared }), source))
  const ofHouse = (house?.protect ?? []).map(({ when, because, at }) =>
    named(compileExpression(when, { kinds, inputs: {}, at }), `${because} (${configPlaceText(at)})`),
  )
  const tests = [...own, ...ofHouse]
  return {
    members: () => membersOf(tests),
    ofNames: () => membersOf(tests)?.every(each => NAMES.has(each)) === true,
    spares: identity => spareOf(tests.map(test => sparedBy(test, identity, inputs))),
    warnings: among =>
      among
        .filter(({ credential, facts }) => !credential && !Object.hasOwn(facts, 'tags'))
        .filter(kind => !own.some(test => mayProtect(test, kind)))
        .flatMap(kind => own.filter(test => isAbout(test, kind)).map(test => tagless(test, kind))),
  }
}

function named(test: Expression, because: string): Test {
  return { ...test, because }
}

/** Members of an identity that any of these looks at; undefined where one looks at the identity as a whole. */
export function membersOf(tests: readonly Pick<Expression, 'members'>[]): readonly string[] | undefined {
  const each = tests.map(test => test.members())
  return each.every(members => members !== undefined) ? [...new Set(each.flat())] : undefined
}

function sparedBy(test: Test, identity: Identity, inputs: { [name: string]: Json }): Spare | undefined {
  const reads = test.members() ?? []
  const spare = (because: string): Spare => ({
    because,
    class: reads.length > 0 && reads.every(each => NAMES.has(each)) ? 'name' : 'mark',
    reads,
  })
  try {
    return test.testKnown(identity, inputs) ? spare(`protected: ${test.because}`) : undefined
  } catch (error) {
    return spare(`protected, since the expression fails: ${test.because} (${toFault(error).message})`)
  }
}

function isAbout(test: Expression, { name }: Kind): boolean {
  return test.kinds()?.includes(name) ?? true
}

/** It looks at something else than its kind and tags, which identities of this kind do not have. */
function mayProtect(test: Expression, kind: Kind): boolean {
  const members = test.members()
  const isOnTags = members?.includes('tags') === true
  return isAbout(test, kind) && (!isOnTags || members.some(each => each !== 'tags' && each !== 'kind'))
}

function tagless({ source }: Expression, { summary, facts }: Kind): string {
  const instead = ['name', ...['displayName', 'description'].filter(each => Object.hasOwn(facts, each))]
  const list = instead.map(each => `identity.${each}`).join(' or ')
  return `protect ${source} protects nothing here (${summary}): it has no tags; use ${list}`
}
