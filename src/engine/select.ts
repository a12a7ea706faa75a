import { isAs, type Lookup } from '../model/expression/equalities.ts'
import { compileExpression } from '../model/expression/expression.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import type { Kind } from '../model/kind.ts'
import type { Playbook, Step } from '../model/playbook/playbook.ts'
import type { Session } from '../model/provider.ts'
import { type Spare, spareOf } from '../model/spare.ts'
import { membersOf, type Protect, protectOf } from './protect.ts'
import type { World } from './world.ts'

type Inputs = { [name: string]: Json }

/** A playbook's expressions, compiled against the kinds of every cloud in use. */
export interface Selector {
  /** Kinds that have to be listed; undefined: all that are not costly. */
  kinds: string[] | undefined
  /** Conditions of which every selected identity satisfies one at least; undefined: it may be any identity. */
  lookups: readonly Lookup[] | undefined
  /** Members of an identity that an expression looks at; undefined is any. */
  members: readonly string[] | undefined
  /** The steps that select an identity. Fault `invalid-playbook` when an expression fails on it: the plan stops. */
  stepsFor(identity: Identity): Step[]
  /** Whether these steps mean this very identity, by its name, its id or a key of it, rather than by a common trait. */
  names(identity: Identity, steps: readonly Step[]): boolean
  /** Whether each of these steps means this identity by its name. */
  callsByName(identity: Identity, steps: readonly Step[]): boolean
  /** Names, ids and keys by which the steps mean their identities; empty where one of them may mean any identity. */
  named(): string[]
  protect: Protect
}

/** Members of which each value belongs to one identity and what it owns. */
const NAMING = new Set([
  'id',
  'uid',
  'name',
  'arn',
  'email',
  'appId',
  'application',
  'principal',
  'principalId',
  'objectId',
  'keyId',
  'credentialId',
  'keys',
  'secrets',
  'certificates',
  'thumbprint',
  'serviceAccount',
  'oauth2ClientId',
  'resource',
])

/** Compiles the expressions of a playbook. Throws Fault `invalid-playbook` if one cannot be compiled. */
export function selector(world: World, playbook: Playbook, inputs: Inputs): Selector {
  const kinds = allKinds(world)
  const options = { kinds, inputs: playbook.inputs }
  const steps = playbook.steps.map(step => {
    const select = compileExpression(step.select, options)
    return { step, select, lookups: select.lookups(inputs) }
  })
  const lookups = either(steps.map(each => each.lookups))
  const protect = protectOf(playbook, kinds, inputs)
  return {
    kinds: withOwners(
      kinds,
      steps.map(({ select }) => select.kinds()),
    ),
    lookups,
    members: membersOf([...steps.map(({ select }) => select), protect]),
    named: () => {
      const texts = (lookups ?? []).map(each => Object.entries(each).filter(([member]) => NAMING.has(member)))
      if (texts.some(each => each.length === 0)) return []
      return [...new Set(texts.flat().map(([, text]) => text))]
    },
    stepsFor(identity) {
      return steps
        .filter(({ step, select }) => {
          try {
            return select.test(identity, inputs)
          } catch (error) {
            throw new Fault('invalid-playbook', `step "${step.name}": ${toFault(error).message}`, {
              where: `select, on ${identity.id}`,
              next: 'guard it with has(…) or a check of identity.kind; nothing was changed',
              cause: error,
            })
          }
        })
        .map(({ step }) => step)
    },
    names: (identity, chosen) =>
      steps
        .filter(({ step }) => chosen.includes(step))
        .some(({ lookups = [] }) =>
          lookups.some(each => Object.keys(each).some(name => NAMING.has(name)) && isAs(identity, each)),
        ),
    callsByName: (identity, chosen) =>
      steps
        .filter(({ step }) => chosen.includes(step))
        .every(({ lookups = [] }) => lookups.some(each => 'name' in each && isAs(identity, each))),
    protect,
  }
}

/** Why an identity is spared, by the provider's word and the playbook's. */
export function spareFor(session: Session, { protect }: Selector, identity: Identity): Spare | undefined {
  return spareOf([session.spares(identity), protect.spares(identity)])
}

/** Each kind of every cloud in use. */
export function allKinds(world: World): Kind[] {
  return [...world.providers.values()].flatMap(({ kinds }) => kinds)
}

/** Protection is inherited by credentials, so the kinds that own them are listed too. */
function withOwners(
  kinds: readonly Kind[],
  perStep: readonly (readonly string[] | undefined)[],
): string[] | undefined {
  const names = new Set<string>()
  for (const step of perStep) {
    if (!step) return undefined
    for (const name of step) names.add(name)
  }
  for (const kind of kinds) {
    if (names.has(kind.name)) for (const owner of kind.owners ?? []) names.add(owner)
  }
  return [...names]
}

/** All that the steps ask; undefined where one of them may mean any identity, or any of a kind. */
function either(perStep: readonly (readonly Lookup[] | undefined)[]): Lookup[] | undefined {
  const all = perStep.every(each => each !== undefined) ? perStep.flat() : undefined
  return all?.every(each => Object.keys(each).some(member => member !== 'kind')) ? all : undefined
}
