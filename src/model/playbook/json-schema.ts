import type { Json } from '../json.ts'

/** The JSON Schema of a playbook, for editors. */
export function playbookJsonSchema(): Json {
  return {}
}
