import { type Csdl, isA, propertyOf, type TypeUse } from './csdl.ts'
import { isObject } from './exchange.ts'

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)$/
const isText = (value: unknown): value is string => typeof value === 'string'
const integer = (bits: number) => (value: unknown) =>
  Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** (bits - 1)

const PRIMITIVE: { readonly [type: string]: (value: unknown) => boolean } = {
  'Edm.String': isText,
  'Edm.Boolean': value => typeof value === 'boolean',
  'Edm.Guid': value => isText(value) && GUID.test(value),
  'Edm.DateTimeOffset': value => isText(value) && TIME.test(value) && !Number.isNaN(Date.parse(value)),
  'Edm.Date': value => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value),
  'Edm.TimeOfDay': value => isText(value) && /^\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(value),
  'Edm.Duration': value =>
    isText(value) && /^-?P(?=.)(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/.test(value),
  'Edm.Binary': value => isText(value) && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value),
  'Edm.Byte': integer(9),
  'Edm.Int16': integer(16),
  'Edm.Int32': integer(32),
  'Edm.Int64': integer(64),
  'Edm.Single': value => typeof value === 'number',
  'Edm.Double': value => typeof value === 'number',
  'Edm.Decimal': value => typeof value === 'number',
  'Edm.Stream': isText,
  'Edm.Untyped': () => true,
}

/** Annotations of OData JSON 4.01, and those that Graph adds. `name` is what they stand before, if anything. */
const ANNOTATION =
  /^(?:(?<name>[^@]+))?@(?:odata\.(?:context|type|id|etag|editLink|readLink|navigationLink|associationLink|nextLink|deltaLink|count|bind|media\w+)|microsoft\.graph\.\w+)$/

/** The mistakes in a value of a type, in a request or an answer. A property that the type lacks is one. */
export function* bodyProblems(value: unknown, use: TypeUse, csdl: Csdl, where: string): Generator<string> {
  if (use.collection) {
    if (!Array.isArray(value)) yield `${where}: is not a list`
    else {
      for (const item of value) yield* bodyProblems(item, { ...use, collection: false }, csdl, `${where}[]`)
    }
    return
  }
  if (value === null) {
    if (!use.nullable) yield `${where}: is null, and may not be`
    return
  }
  const primitive = PRIMITIVE[use.type]
  const named = csdl.enums.get(use.type)
  if (primitive) {
    if (!primitive(value)) yield `${where}: ${JSON.stringify(value)} is not ${use.type}`
  } else if (named) {
    const given = isText(value) ? (named.flags ? value.split(',') : [value]) : []
    if (given.length === 0 || !given.every(member => named.members.has(member))) {
      yield `${where}: ${JSON.stringify(value)} is not ${use.type}`
    }
  } else if (csdl.types.has(use.type)) yield* structureProblems(value, use.type, csdl, where)
  else yield `${where}: the schema has no type ${use.type}`
}

function* structureProblems(value: unknown, declared: string, csdl: Csdl, where: string): Generator<string> {
  if (!isObject(value)) {
    yield `${where}: is not an object`
    return
  }
  const said = value['@odata.type']
  let type = declared
  if (said !== undefined) {
    const name = isText(said) ? said.replace(/^#/, '') : ''
    if (!csdl.types.has(name)) yield `${where}: the schema has no type ${JSON.stringify(said)}`
    else if (!isA(csdl, name, declared)) yield `${where}: ${name} is no ${declared}`
    else type = name
  }
  for (const [name, member] of Object.entries(value)) {
    const annotated = ANNOTATION.exec(name)
    if (annotated) {
      const property = annotated.groups?.['name']
      if (property !== undefined && !propertyOf(csdl, type, property)) {
        yield `${where}.${name}: ${type} has no such property`
      }
      continue
    }
    const property = propertyOf(csdl, type, name)
    if (property) yield* bodyProblems(member, property, csdl, `${where}.${name}`)
    else yield `${where}.${name}: ${type} has no such property`
  }
}
