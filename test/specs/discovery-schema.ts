import { isObject } from './exchange.ts'

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly readOnly?: boolean
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: Schema
  readonly items?: Schema
}

export interface Parameter extends Schema {
  readonly location: string
  readonly required?: boolean
  readonly repeated?: boolean
  readonly pattern?: string
}

export interface Method {
  readonly id: string
  readonly httpMethod: string
  readonly path: string
  readonly flatPath?: string
  readonly parameters?: { readonly [name: string]: Parameter }
  readonly request?: Schema
  readonly response?: Schema
}

interface Resource {
  readonly methods?: { readonly [name: string]: Method }
  readonly resources?: { readonly [name: string]: Resource }
}

/** The parts of a discovery document that are read (Google API Discovery Service, "Discovery document"). */
export interface DiscoveryDocument extends Resource {
  readonly name: string
  readonly version: string
  readonly servicePath: string
  readonly parameters?: { readonly [name: string]: Parameter }
  readonly schemas: { readonly [name: string]: Schema }
  readonly resources: { readonly [name: string]: Resource }
}

interface Place {
  document: DiscoveryDocument
  where: string
  /** A property that only the server makes is not asked for. */
  direction: 'request' | 'answer'
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

const FORMATS: { readonly [format: string]: RegExp | ((text: string) => boolean) } = {
  int64: /^-?\d+$/,
  uint64: /^\d+$/,
  byte: text => BASE64.test(text) || BASE64URL.test(text),
  'google-datetime': text => RFC3339.test(text) && !Number.isNaN(Date.parse(text)),
  'date-time': text => RFC3339.test(text) && !Number.isNaN(Date.parse(text)),
  date: /^\d{4}-\d\d-\d\d$/,
  'google-duration': /^-?\d+(?:\.\d{1,9})?s$/,
  'google-fieldmask': /^[A-Za-z0-9_.*]+(?:,[A-Za-z0-9_.*]+)*$/,
}

/** The mistakes in a value, by a schema of a discovery document. A member that the schema lacks is one. */
export function* schemaProblems(value: unknown, schema: Schema, place: Place): Generator<string> {
  const { document, where } = place
  if (schema.$ref !== undefined) {
    const target = document.schemas[schema.$ref]
    if (!target) yield `${where}: the document lacks its own schema ${schema.$ref}`
    else yield* schemaProblems(value, target, place)
    return
  }
  if (schema.type === 'any') return
  if (value === null || value === undefined) {
    yield `${where}: ${value === null ? 'is null' : 'is missing'}`
    return
  }
  if (schema.type === 'object') yield* objectProblems(value, schema, place)
  else if (schema.type === 'array') {
    if (!Array.isArray(value)) yield `${where}: is not a list`
    else {
      for (const item of value)
        yield* schemaProblems(item, schema.items ?? {}, { ...place, where: `${where}[]` })
    }
  } else yield* plainProblems(value, schema, where)
}

function* objectProblems(value: unknown, schema: Schema, place: Place): Generator<string> {
  const { where, direction } = place
  if (!isObject(value)) {
    yield `${where}: is not an object`
    return
  }
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(schema.properties ?? {}, name)
      ? schema.properties?.[name]
      : schema.additionalProperties
    if (!known) yield `${where}.${name}: unknown member`
    else if (direction === 'request' && known.readOnly) yield `${where}.${name}: only the server sets this`
    else yield* schemaProblems(member, known, { ...place, where: `${where}.${name}` })
  }
}

function* plainProblems(value: unknown, schema: Schema, where: string): Generator<string> {
  const shown = JSON.stringify(value)
  if (schema.type === 'boolean') {
    if (typeof value !== 'boolean') yield `${where}: ${shown} is not a boolean`
  } else if (schema.type === 'integer') {
    const limit = schema.format === 'uint32' ? 2 ** 32 : 2 ** 31
    if (!Number.isInteger(value) || Math.abs(Number(value)) >= limit)
      yield `${where}: ${shown} is not an integer`
  } else if (schema.type === 'number') {
    if (typeof value !== 'number') yield `${where}: ${shown} is not a number`
  } else if (typeof value !== 'string') yield `${where}: ${shown} is not a string`
  else {
    if (schema.enum && !schema.enum.includes(value))
      yield `${where}: ${shown} is not one of ${schema.enum.join(', ')}`
    const format = schema.format === undefined ? undefined : FORMATS[schema.format]
    const fits = typeof format === 'function' ? format(value) : (format?.test(value) ?? true)
    if (!fits) yield `${where}: ${shown} is not ${schema.format}`
  }
}
