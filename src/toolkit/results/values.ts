import { z } from 'zod'
import type { Json } from '../../model/json.ts'

/** The members of a parsed schema as a program may read them: nothing in a result is meant to be changed. */
export type Printed<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: DeepReadonly<Value[Name]> }
    : Value

/** Any JSON value, e.g. a setting of a cloud. */
export const JsonValue: z.ZodType<Json> = z
  .lazy(() =>
    z.union([
      z.string(),
      z.number(),
      z.boolean(),
      z.null(),
      z.array(JsonValue),
      z.record(z.string(), JsonValue),
    ]),
  )
  .meta({ id: 'Json', description: 'Any JSON value.' })

/** A moment, RFC 3339. */
export const Time = z.iso.datetime({ offset: true }).meta({
  id: 'Time',
  description: 'A moment in RFC 3339, in UTC: `2026-11-30T16:12:01.000Z`.',
})

/** The id of a run. */
export const RunId = z.string().meta({
  id: 'RunId',
  description: 'Id of a run: four or more lower-case letters and digits, e.g. `7f3k2m`.',
})

/** The id of an identity. */
export const IdentityId = z.string().meta({
  id: 'IdentityId',
  description:
    'Id of an identity, `<cloud>:<account>:<kind>/<name>`, e.g. `aws:111122223333:user/ci-deploy`. The name may contain `/` and `:`.',
})

/** A number of things. */
export const Count = z.int().min(0)

/** A span of time in milliseconds. */
export const Milliseconds = z.number()

/** How a containment, a restore or a rotation may end. */
export const OUTCOMES = ['complete', 'settling', 'contested', 'incomplete', 'interrupted'] as const
