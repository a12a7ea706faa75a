import { z } from 'zod'

/** A member of a result under a schema, or an object that is given by its members. */
type Shape = z.ZodRawShape

type ObjectOf<Members extends Shape> = z.ZodObject<Members, z.core.$strict>

/** A schema with a name of its own in `docs/json.md` and in the JSON Schemas. */
export const named = <Members extends Shape>(id: string, description: string, members: Members) =>
  z.strictObject(members).meta({ id, description })

/** A text. */
export const text = (description: string) => z.string().describe(description)

/** One of several words. */
export const choice = <const Words extends readonly string[]>(description: string, words: Words) =>
  z.enum(words).describe(description)

/** An object without members besides these. */
export const object = <Members extends Shape>(description: string, members: Members) =>
  z.strictObject(members).describe(description)

/** A list of values under a schema, or of objects with these members. */
export function list<Item extends z.ZodType>(description: string, item: Item): z.ZodArray<Item>
export function list<Members extends Shape>(description: string, item: Members): z.ZodArray<ObjectOf<Members>>
export function list(description: string, item: z.ZodType | Shape) {
  return z.array(schemaOf(item)).describe(description)
}

/** A value that may be absent; the description says when. */
export function optional<Value extends z.ZodType>(description: string, value: Value): z.ZodOptional<Value>
export function optional<Members extends Shape>(
  description: string,
  value: Members,
): z.ZodOptional<ObjectOf<Members>>
export function optional(description: string, value: z.ZodType | Shape) {
  return schemaOf(value).optional().describe(description)
}

/** A text that may be absent; the description says when. */
export const optionalText = (description: string) => optional(description, z.string())

/** A list that may be absent; the description says when. */
export function optionalList<Item extends z.ZodType>(
  description: string,
  item: Item,
): z.ZodOptional<z.ZodArray<Item>>
export function optionalList<Members extends Shape>(
  description: string,
  item: Members,
): z.ZodOptional<z.ZodArray<ObjectOf<Members>>>
export function optionalList(description: string, item: z.ZodType | Shape) {
  return z.array(schemaOf(item)).optional().describe(description)
}

const schemaOf = (value: z.ZodType | Shape): z.ZodType =>
  value instanceof z.ZodType ? value : z.strictObject(value)
