import { z } from 'zod'
import type { Json } from '../json.ts'

/** A value of which every part may be missing. Elements of lists keep their places. */
export type Readable<Value> = Value extends readonly (infer Element)[]
  ? (Readable<Element> | undefined)[]
  : Value extends object
    ? { [Key in keyof Value]?: Readable<Value[Key]> }
    : Value

/**
 * Returns the parts of a document that fit its schema, where the whole does not: members and elements that do not fit are
 * undefined, unknown members are left out, and bounds on the number of elements are ignored. Undefined if nothing fits.
 */
export function readableParts<Value>(schema: z.ZodType<Value>, data: Json): Readable<Value> | undefined {
  return partsOf(schema, data) as Readable<Value> | undefined
}

function partsOf(schema: unknown, data: Json | undefined): unknown {
  if (!(schema instanceof z.ZodType)) return undefined
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  if (data === undefined) return undefined
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return partsOf(schema.unwrap(), data)
  if (schema instanceof z.ZodArray && Array.isArray(data)) {
    return data.map(element => partsOf(schema.element, element))
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
  if (schema instanceof z.ZodRecord) {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, partsOf(schema.valueType, value)]),
    )
  }
  if (!(schema instanceof z.ZodObject)) return undefined
  return Object.fromEntries(
    Object.entries(schema.shape).flatMap(([key, inner]) => {
      const value = partsOf(inner, Object.hasOwn(data, key) ? data[key] : undefined)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}
