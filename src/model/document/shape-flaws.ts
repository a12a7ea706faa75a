import { z } from 'zod'
import type { Json } from '../json.ts'
import { unknownKey } from './problems.ts'
import type { Path } from './yaml.ts'

/** A complaint of the schema: at a value, or at a key that should not be there. */
export interface ShapeFlaw {
  path: Path
  at: 'key' | 'value'
  message: string
  suggestion?: string
  /** The path of the part that the complaint is about: for a missing member, below `path`. */
  about: Path
}

/**
 * Returns a schema's issues in the words of somebody who writes YAML, one for each part of the document: further issues of the same
 * value follow from the first.
 *
 * @param noun what the whole document is called: `the playbook`
 */
export function shapeFlaws(
  error: z.ZodError,
  data: Json,
  { noun, schema }: { noun: string; schema: z.ZodType },
): ShapeFlaw[] {
  let known: Json | undefined
  const jsonSchema = () => {
    known ??= JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })))
    return known
  }
  const flaws = error.issues.flatMap((issue): ShapeFlaw[] => {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(
        (key): ShapeFlaw => ({
          path: [...path, key],
          at: 'key',
          ...unknownKey(key, allowedKeys(jsonSchema(), path)),
          about: [...path, key],
        }),
      )
    const name = path.findLast(part => typeof part === 'string') ?? noun
    if (isAbout(issue.code) && path.length > 0 && valueAt(data, path) === undefined) {
      return [{ path: path.slice(0, -1), at: 'value', message: `'${name}' is missing`, about: path }]
    }
    if (issue.code === 'invalid_key') {
      const message = `'${name}' ${issue.issues[0]?.message ?? 'is not a name'}`
      return [{ path, at: 'key', message, about: [...path, 'key'] }]
    }
    const quoted = issue.code === 'invalid_type' && issue.expected === 'string' && path.length > 0
    return [
      {
        path,
        at: 'value',
        message: `'${name}' ${sentence(issue.message)}`,
        ...(quoted && typeof valueAt(data, path) === 'number' ? { suggestion: 'put it in quotes' } : {}),
        about: path,
      },
    ]
  })
  const seen = new Set<string>()
  return flaws.filter(({ about }) => {
    const key = JSON.stringify(about)
    return !seen.has(key) && seen.add(key)
  })
}

/** Whether an issue of this kind is about the value as a whole, so that it is reported of a missing one too. */
function isAbout(code: z.core.$ZodIssue['code']): boolean {
  return code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union'
}

/** Zod's own messages start with a capital and a colon; ours are the end of a sentence already. */
export function sentence(message: string): string {
  const options = /^Invalid option: expected one of (.*)$/.exec(message)?.[1]
  // The options are the words to write, so that no word of them is replaced.
  if (options !== undefined) return `has to be ${options.replaceAll('|', ', ').replaceAll('"', "'")}`
  return message
    .replace(/^Invalid input: expected (.*), received undefined$/, 'is missing: it has to be $1')
    .replace(/^Invalid input: expected (.*), received (.*)$/, 'has to be $1, but is $2')
    .replace(/^Unrecognized keys?: /, 'does not know ')
    .replace(/^Too (?:big|small): expected \w+ to (?:have|be) (.*)$/, 'has to be $1')
    .replaceAll('"', "'")
    .replaceAll(/\brecord\b|\bobject\b/g, 'a mapping')
    .replaceAll(/\bstring\b/g, 'text')
    .replaceAll(/\barray\b/g, 'a list')
    .replaceAll(/\bnull\b/g, 'empty')
    .replaceAll(/\bboolean\b/g, 'true or false')
}

/** The keys that the schema knows at a path. */
function allowedKeys(jsonSchema: Json | undefined, path: Path): string[] {
  let schema = jsonSchema
  for (const part of path) {
    const properties = member(schema, 'properties')
    schema =
      typeof part === 'number'
        ? member(schema, 'items')
        : (member(properties, part) ?? member(schema, 'additionalProperties'))
  }
  const properties = member(schema, 'properties')
  return properties !== null && typeof properties === 'object' ? Object.keys(properties) : []
}

function member(value: Json | undefined, name: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, name) ? (value as { [key: string]: Json })[name] : undefined
}

function valueAt(data: Json, path: Path): Json | undefined {
  let value: Json | undefined = data
  for (const part of path) value = member(value, part)
  return value
}
