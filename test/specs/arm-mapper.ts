import { isObject, type Members } from './exchange.ts'

/** The parts of a mapper that are read; Azure's generated clients carry them (`@azure/core-client`, `Mapper`). */
export interface Mapper {
  readonly serializedName?: string | undefined
  readonly required?: boolean | undefined
  readonly readOnly?: boolean | undefined
  readonly nullable?: boolean | undefined
  readonly isConstant?: boolean | undefined
  readonly defaultValue?: unknown
  readonly constraints?: { readonly [name: string]: unknown } | undefined
  readonly type: MapperType
}

export interface MapperType {
  readonly name: string
  readonly className?: string | undefined
  readonly modelProperties?: { readonly [name: string]: Mapper } | undefined
  readonly additionalProperties?: Mapper | undefined
  readonly element?: Mapper | undefined
  readonly value?: Mapper | undefined
  readonly allowedValues?: readonly unknown[] | undefined
}

/** Mappers by class name. */
export type Models = { readonly [className: string]: unknown }

interface Place {
  models: Models
  where: string
  direction: 'request' | 'answer'
}

/** Members under flattened names such as `properties.roleName`. */
interface Tree {
  leaf?: Mapper
  members: Map<string, Tree>
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const PLAIN: { readonly [type: string]: (value: unknown) => boolean } = {
  String: value => typeof value === 'string',
  Boolean: value => typeof value === 'boolean',
  Number: value => typeof value === 'number',
  DateTime: value => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value)),
  Date: value => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value),
  Uuid: value => typeof value === 'string' && GUID.test(value),
  ByteArray: value => typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  TimeSpan: value => typeof value === 'string' && /^-?P/.test(value),
  Object: () => true,
  any: () => true,
}

/** The mistakes in a value, by the mapper of the vendor's client. A member that no mapper names is one. */
export function* mapperProblems(value: unknown, mapper: Mapper, place: Place): Generator<string> {
  const { type } = mapper
  const { where } = place
  if (value === null || value === undefined) {
    // Resource managers answer null for what is not set; a client that sends it says something.
    if (mapper.required || (place.direction === 'request' && mapper.nullable !== true))
      yield `${where}: is null`
    return
  }
  const shown = JSON.stringify(value)
  const plain = PLAIN[type.name]
  if (type.name === 'Composite') yield* compositeProblems(value, type, place)
  else if (type.name === 'Sequence') {
    if (!Array.isArray(value)) yield `${where}: is not a list`
    else {
      const element = type.element ?? { type: { name: 'any' } }
      for (const item of value) yield* mapperProblems(item, element, { ...place, where: `${where}[]` })
    }
  } else if (type.name === 'Dictionary') {
    if (!isObject(value)) yield `${where}: is not an object`
    else {
      const element = type.value ?? { type: { name: 'any' } }
      for (const [name, item] of Object.entries(value)) {
        yield* mapperProblems(item, element, { ...place, where: `${where}.${name}` })
      }
    }
  } else if (type.name === 'Enum') {
    if (!type.allowedValues?.includes(value))
      yield `${where}: ${shown} is not one of ${type.allowedValues?.join(', ')}`
  } else if (!plain) yield `${where}: this judge does not know ${type.name}`
  else if (!plain(value)) yield `${where}: ${shown} is not ${type.name}`
  else yield* constraintProblems(value, mapper, where)
}

function* constraintProblems(value: unknown, { constraints }: Mapper, where: string): Generator<string> {
  const { Pattern, MaxLength, MinLength } = constraints ?? {}
  if (typeof value !== 'string') return
  if (Pattern instanceof RegExp && !Pattern.test(value)) yield `${where}: does not match ${Pattern.source}`
  if (typeof MaxLength === 'number' && value.length > MaxLength) yield `${where}: is longer than ${MaxLength}`
  if (typeof MinLength === 'number' && value.length < MinLength)
    yield `${where}: is shorter than ${MinLength}`
}

function* compositeProblems(value: unknown, type: MapperType, place: Place): Generator<string> {
  if (!isObject(value)) {
    yield `${place.where}: is not an object`
    return
  }
  const { properties, additional } = propertiesOf(type, place.models)
  yield* treeProblems(value, treeOf(properties), additional, place)
}

function propertiesOf(
  type: MapperType,
  models: Models,
): { properties: Mapper[]; additional: Mapper | undefined } {
  const named = type.className === undefined ? undefined : (models[type.className] as Mapper | undefined)
  const known = type.modelProperties ? type : named?.type
  const properties = Object.values(known?.modelProperties ?? {})
  return { properties, additional: known?.additionalProperties }
}

function treeOf(properties: readonly Mapper[]): Tree {
  const root: Tree = { members: new Map() }
  for (const mapper of properties) {
    let at = root
    // A dot in a name is written `\.` (`@odata\.type`).
    for (const part of (mapper.serializedName ?? '').split(/(?<!\\)\./)) {
      const name = part.replaceAll('\\.', '.')
      const next: Tree = at.members.get(name) ?? { members: new Map() }
      at.members.set(name, next)
      at = next
    }
    at.leaf = mapper
  }
  return root
}

function* treeProblems(
  value: Members,
  tree: Tree,
  additional: Mapper | undefined,
  place: Place,
): Generator<string> {
  for (const [name, member] of Object.entries(value)) {
    const known = tree.members.get(name)
    const inner = { ...place, where: `${place.where}.${name}` }
    if (known?.leaf) {
      if (known.leaf.readOnly && place.direction === 'request')
        yield `${inner.where}: only the server sets this`
      else yield* mapperProblems(member, known.leaf, inner)
    } else if (known) {
      if (isObject(member)) yield* treeProblems(member, known, undefined, inner)
      else if (member !== null) yield `${inner.where}: is not an object`
    } else if (additional) yield* mapperProblems(member, additional, inner)
    else yield `${inner.where}: unknown member`
  }
  for (const [name, { leaf, members }] of tree.members) {
    if (value[name] !== undefined) continue
    const { direction } = place
    if (leaf?.required && !(leaf.readOnly && direction === 'request'))
      yield `${place.where}.${name}: required, and missing`
    const inside = [...members.values()].some(({ leaf: deep }) => deep?.required)
    if (inside && direction === 'request') yield `${place.where}.${name}: required, and missing`
  }
}
