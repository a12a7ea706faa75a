import type { z } from 'zod'
import { nearest } from '../document/problems.ts'
import type { Path } from '../document/yaml.ts'
import type { Json } from '../json.ts'
import { playbookJsonSchema } from './json-schema.ts'

/** What the schema complains about: at a value, or at a key that should not be there. */
export interface ShapeFlaw {
  path: Path
  at: 'key' | 'value'
  message: string
  suggestion?: string
}

/** The schema's issues in the words of somebody who writes YAML. */
export function shapeFlaws(error: z.ZodError, data: Json): ShapeFlaw[] {
  return error.issues.flatMap(issue => {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(path, key))
    const name = path.findLast(part => typeof part === 'string') ?? 'the playbook'
    if (issue.code === 'invalid_type' && valueAt(data, path) === undefined) {
      return [{ path: path.slice(0, -1), at: 'value', message: `'${name}' is missing` }]
    }
    if (issue.code === 'invalid_key') {
      return [{ path, at: 'key', message: `'${name}' ${issue.issues[0]?.message ?? 'is not a name'}` }]
    }
    const quoted = issue.code === 'invalid_type' && issue.expected === 'string' && path.length > 0
    return [
      {
        path,
        at: 'value',
        message: `'${name}' ${sentence(issue.message)}`,
        ...(quoted && typeof valueAt(data, path) === 'number' ? { suggestion: 'put it in quotes' } : {}),
      },
    ]
  })
}

/** Zod's own messages start with a capital and a colon; ours are the end of a sentence already. */
export function sentence(message: string): string {
  return message
    .replace(/^Invalid input: expected (.*), received undefined$/, 'is missing: it has to be $1')
    .replace(/^Invalid input: expected (.*), received (.*)$/, 'has to be $1, but is $2')
    .replace(/^Unrecognized keys?: /, 'does not know ')
    .replace(
      /^Invalid option: expected one of (.*)$/,
      (_, options: string) => `has to be ${options.replaceAll('|', ', ')}`,
    )
    .replace(/^Too (?:big|small): expected \w+ to (?:have|be) (.*)$/, 'has to be $1')
    .replaceAll('"', "'")
    .replaceAll(/\brecord\b|\bobject\b/g, 'a mapping')
    .replaceAll(/\bstring\b/g, 'text')
    .replaceAll(/\barray\b/g, 'a list')
    .replaceAll(/\bnull\b/g, 'empty')
}

function unknownKey(path: Path, key: string): ShapeFlaw {
  const allowed = allowedKeys(path)
  const near = nearest(key, allowed)
  return {
    path: [...path, key],
    at: 'key',
    message: `there is no '${key}' here`,
    suggestion: near === undefined ? `allowed are ${allowed.join(', ')}` : `did you mean '${near}'?`,
  }
}

/** The keys that the schema knows at a path. */
function allowedKeys(path: Path): string[] {
  let schema: Json | undefined = playbookJsonSchema()
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
