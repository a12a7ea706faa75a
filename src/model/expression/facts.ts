import type { Environment } from '@marcbachmann/cel-js'
import type { Identity } from '../identity.ts'
import type { Json } from '../json.ts'
import { isObject } from '../json-object.ts'
import type { FactShape, FactType, Kind } from '../kind.ts'
import type { InputSpec } from '../playbook/playbook.ts'

/** A fact as an expression sees it; kinds that disagree about a name make it `dyn`. */
export type Fact = FactType | 'dyn' | Shape
/** Members of a value with their types. */
export type Shape = { readonly [name: string]: Fact }

/** How a value of one CEL type is made from plain data; undefined stands for absent. The last two are for structs only. */
interface Value {
  cel: string
  make(json: Json | undefined, only?: ReadonlySet<string>, declared?: FactShape): unknown
}

/** A CEL struct: made member by member, so that what a cloud sends never reaches a prototype. */
export interface Struct extends Value {
  /** Names of its members. */
  members: readonly string[]
  /**
   * @param only the members that are looked at; all when missing
   * @param declared facts that are left out where they are absent, lists and maps too, which are otherwise made empty
   */
  make(json: Json | undefined, only?: ReadonlySet<string>, declared?: FactShape): unknown
}

const IDENTITY: Shape = {
  id: 'string',
  uid: 'string',
  cloud: 'string',
  account: 'string',
  kind: 'string',
  name: 'string',
  owner: 'string',
}

/** Facts that every kind has, declared or not: the default `protect` looks at them. */
const EVERYWHERE: Shape = { tags: 'map<string>' }

/** Members of `identity`, merged over the kinds. Names that CEL could not read are left out. */
export function identityShape(kinds: readonly Kind[]): Shape {
  const facts = kinds.reduce<Shape>((shape, kind) => mergeShapes(shape, kind.facts), EVERYWHERE)
  return { ...readable(facts), ...IDENTITY }
}

/** Returns the types of a playbook's inputs. */
export function inputsShape(inputs: { readonly [name: string]: InputSpec }): Shape {
  return Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, inputFact(spec)]))
}

function inputFact(spec: InputSpec): Fact {
  if (spec.type !== 'list') return spec.type
  return spec.of === 'int' ? { list: 'int' } : 'list<string>'
}

function readable(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => /^[A-Za-z_]\w*$/.test(name)))
}

function mergeShapes(a: Shape, b: FactShape): Shape {
  const merged = new Map<string, Fact>(Object.entries(a))
  for (const [name, fact] of Object.entries(b)) {
    const known = merged.get(name)
    merged.set(name, known === undefined ? fact : mergeFacts(known, fact))
  }
  return Object.fromEntries(merged)
}

function mergeFacts(a: Fact, b: Fact): Fact {
  if (typeof a === 'string' || typeof b === 'string') return a === b ? a : 'dyn'
  const [listA, listB] = [elementOf(a, 'list'), elementOf(b, 'list')]
  const [mapA, mapB] = [elementOf(a, 'map'), elementOf(b, 'map')]
  if (listA && listB) return { list: mergeFacts(listA, listB) }
  if (mapA && mapB) return { map: mergeFacts(mapA, mapB) }
  if (listA || listB || mapA || mapB) return 'dyn'
  return mergeShapes(a as Shape, b as FactShape)
}

/** Types that `{ list: … }` and `{ map: … }` hold. An input's `{ list: 'int' }` is the only one of a scalar. */
function elementOf(fact: Fact, of: 'list' | 'map'): Fact | undefined {
  if (typeof fact === 'string' || Object.keys(fact).length !== 1) return undefined
  const element = (fact as Shape)[of]
  return typeof element === 'object' || element === 'int' ? element : undefined
}

/** Registers the struct, and those that it holds, under `name`. */
export function registerStruct(environment: Environment, name: string, shape: Shape): Struct {
  class Members extends Map<string, unknown> {}
  const values = new Map(
    Object.entries(shape).map(([member, fact]) => [member, celValue(environment, `${name}_${member}`, fact)]),
  )
  const fields = Object.fromEntries([...values].map(([member, { cel }]) => [member, cel]))
  environment.registerType(name, { ctor: Members, fields })
  return {
    cel: name,
    members: [...values.keys()],
    make(json, only, declared) {
      const made = new Members()
      const object = isObject(json) ? json : {}
      for (const member of only ?? values.keys()) {
        const given = Object.hasOwn(object, member) ? object[member] : undefined
        const type = declared && Object.hasOwn(declared, member) ? declared[member] : undefined
        if (given === undefined && type !== undefined) continue
        const value = values.get(member)?.make(given, undefined, nestedIn(type))
        if (value !== undefined) made.set(member, value)
      }
      return made
    },
  }
}

/** The facts of a struct; undefined for a scalar, a list or a map. */
function nestedIn(type: FactType | FactShape | undefined): FactShape | undefined {
  return typeof type === 'object' && !('list' in type) && !('map' in type) ? type : undefined
}

function celValue(environment: Environment, name: string, fact: Fact): Value {
  if (typeof fact === 'string') return SCALARS[fact]
  const inList = elementOf(fact, 'list')
  if (inList) return listOf(celValue(environment, `${name}_item`, inList))
  const inMap = elementOf(fact, 'map')
  if (inMap) return mapOf(celValue(environment, `${name}_item`, inMap))
  return registerStruct(environment, name, fact as Shape)
}

function listOf({ cel, make }: Value): Value {
  return { cel: `list<${cel}>`, make: json => (Array.isArray(json) ? json.map(item => make(item)) : []) }
}

function mapOf({ cel, make }: Value): Value {
  return {
    cel: `map<string, ${cel}>`,
    make: json =>
      new Map(isObject(json) ? Object.entries(json).map(([key, value]) => [key, make(value)]) : []),
  }
}

const present = (json: Json | undefined) => json ?? undefined
const STRING: Value = { cel: 'string', make: present }

const SCALARS: { [type in Extract<Fact, string>]: Value } = {
  string: STRING,
  bool: { cel: 'bool', make: present },
  double: { cel: 'double', make: present },
  int: { cel: 'int', make: json => (Number.isSafeInteger(json) ? BigInt(json as number) : present(json)) },
  time: { cel: 'google.protobuf.Timestamp', make: timestamp },
  dyn: { cel: 'dyn', make: dynamic },
  'list<string>': listOf(STRING),
  'map<string>': mapOf(STRING),
}

function timestamp(json: Json | undefined): Date | undefined {
  if (typeof json !== 'string') return undefined
  const date = new Date(json)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function dynamic(json: Json | undefined): unknown {
  if (Array.isArray(json)) return json.map(dynamic)
  if (isObject(json)) return new Map(Object.entries(json).map(([key, value]) => [key, dynamic(value)]))
  return Number.isSafeInteger(json) ? BigInt(json as number) : present(json)
}

/** An identity as one object: its own members win over facts of the same name. */
export function flattened(identity: Identity): { [name: string]: Json } {
  const { facts, owner, id, uid, cloud, account, kind, name } = identity
  const own = { id, uid, cloud, account, kind, name, ...(owner === undefined ? {} : { owner }) }
  return Object.fromEntries([...Object.entries(facts), ...Object.entries(own)])
}
