import { z } from 'zod'
import type { Json } from '../../model/json.ts'
import { configSchema } from './schema.ts'

/** Returns the JSON Schema of `interdict.yaml`, for editors. */
export function configJsonSchema(): Json {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })
  return JSON.parse(JSON.stringify({ title: 'interdict.yaml', ...schema }))
}
