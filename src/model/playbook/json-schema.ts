import { z } from 'zod'
import type { Json } from '../json.ts'
import { playbookSchema } from './schema.ts'

/** The JSON Schema of a playbook, for editors. */
export function playbookJsonSchema(): Json {
  const schema = z.toJSONSchema(playbookSchema, { io: 'input', unrepresentable: 'any' })
  return JSON.parse(JSON.stringify({ title: 'interdict playbook', ...schema }))
}
