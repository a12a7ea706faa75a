// Generates from the types of the results (src/toolkit/results) a JSON Schema for each, and docs/json.md.
import { z } from 'zod'

/**
 * Where a type is described in docs/json.md. Of all types, by id, `of.names` has the results' names and `of.said` what is said about
 * them.
 */
const anchorOf = (id, of) => `#${of.names.get(id) ?? id.toLowerCase()}`

/**
 * The JSON Schema of a result, draft 2020-12. It is open, since members may be added within a version; our own tests refuse
 * members that it does not name.
 */
export function schemaOf(name, type, version) {
  const schema = z.toJSONSchema(type, {
    target: 'draft-2020-12',
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      // Of a time, `format` says it all.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      if (jsonSchema.type === 'integer' && jsonSchema.maximum === Number.MAX_SAFE_INTEGER)
        delete jsonSchema.maximum
      if (jsonSchema.type === 'integer' && jsonSchema.minimum === Number.MIN_SAFE_INTEGER)
        delete jsonSchema.minimum
    },
  })
  const { $schema, $defs, ...rest } = schema
  return { $schema, $id: `urn:interdict:result:${name}:${version}`, ...rest, ...($defs ? { $defs } : {}) }
}

/** The files of the package: path → text. */
export function schemaFiles(results, version) {
  return Object.fromEntries(
    Object.entries(results).map(([name, type]) => [
      `schemas/${name}.json`,
      `${JSON.stringify(schemaOf(name, type, version), null, 2)}\n`,
    ]),
  )
}

/**
 * docs/json.md.
 *
 * @param example gives the text of a file of docs/examples; empty if there is none
 */
export function resultsPage({ results, commands, version, example }) {
  const schemas = new Map(Object.keys(results).map(name => [name, schemaOf(name, results[name], version)]))
  const of = { names: new Map([...schemas].map(([name, schema]) => [idOf(schema), name])), said: new Map() }
  const shared = new Map()
  for (const { $defs = {} } of schemas.values()) {
    for (const [id, type] of Object.entries($defs)) {
      of.said.set(id, type.description ?? '')
      if (!of.names.has(id)) shared.set(id, type)
    }
  }
  const lines = [
    '<!-- Made by `npm run generate` from src/toolkit/results and docs/examples. -->',
    '',
    '# The output of `--json`',
    '',
    'With `--json` a command prints one JSON document on standard output, and its progress on standard error. `watch --json` and',
    '`inventory --format ndjson` print lines, each a document. If a command fails, it prints an [error](#error) in place of its',
    'result, or as the last line; the exit codes are in [commands.md](commands.md#exit-codes).',
    '',
    `The package has a JSON Schema (draft 2020-12) of each result in \`schemas/\`. Its \`$id\` ends with the version, which is ${version}:`,
    'for example `urn:interdict:result:plan:1`. Within a version, members may be added, and words may be added to those that a member',
    'can have. No member is removed, changes its type or its meaning, or becomes absent where it was not. Programs therefore ignore',
    'members and words that they do not know, and the schemas allow members that they do not name.',
    '',
    'A member with `?` is absent under the condition that its description names. Names from clouds are those of other people: control and',
    'formatting characters in them are escaped (`\\u202e`), never removed.',
    '',
    '## Commands',
    '',
    '| command | prints |',
    '| --- | --- |',
    ...Object.entries(commands).map(([command, { document, line }]) => {
      const links = [
        ...document.map(type => link(type, results)),
        ...(line ? [`${link(line, results)} (a line)`] : []),
      ]
      return `| \`${command.replaceAll(':', ' ')}\` | ${links.join(', ')} |`
    }),
    '',
  ]
  for (const [name, schema] of schemas) {
    const type = { ...schema, ...(schema.$defs?.[idOf(schema)] ?? {}) }
    lines.push(`## ${name}`, '', type.description, '')
    lines.push(`Schema: [\`${schema.$id}\`](../schemas/${name}.json)`, '', ...bodyOf(type, of))
    const text = example(name)
    if (text !== '') lines.push('```json', text.trimEnd(), '```', '')
  }
  lines.push('## Types', '')
  for (const id of [...shared.keys()].sort()) {
    const type = shared.get(id)
    lines.push(`### ${id}`, '', type.description ?? '', '', ...bodyOf(type, of))
  }
  return `${lines.join('\n').trimEnd()}\n`
}

function link(type, results) {
  const name = Object.keys(results).find(each => results[each] === type)
  return `[${name}](#${name})`
}

function idOf(schema) {
  const id = schema.$ref?.split('/').at(-1)
  if (id === undefined) throw new Error(`${schema.$id} has no id of its own`)
  return id
}

/** A table of the members, or the alternatives of a union; nothing for a plain value. */
function bodyOf(type, of) {
  if (type.properties === undefined) {
    const choices = type.anyOf ?? type.oneOf ?? []
    return choices.some(each => each.$ref)
      ? [`One of: ${choices.map(each => wordsOf(each, of)).join(', ')}.`, '']
      : []
  }
  const rows = rowsOf(type, '', of)
  return ['| member | type | |', '| --- | --- | --- |', ...rows.map(row => `| ${row.join(' | ')} |`), '']
}

/** Rows of an object and of the unnamed objects in it, each with the path from the object. */
function rowsOf(type, path, of) {
  return Object.entries(type.properties ?? {}).flatMap(([name, member]) => {
    const whole = `${path}${name}`
    const mark = (type.required ?? []).includes(name) ? '' : '?'
    const row = [
      `\`${whole}${mark}\``,
      wordsOf(member, of),
      cell(member.description ?? of.said.get(member.$ref?.split('/').at(-1)) ?? ''),
    ]
    return [row, ...inner(member, whole, of)]
  })
}

function inner(type, path, of) {
  if (type.$ref) return []
  if (type.type === 'array') return inner(type.items, `${path}[]`, of)
  if (type.properties) return rowsOf(type, `${path}.`, of)
  if (typeof type.additionalProperties === 'object') return inner(type.additionalProperties, `${path}.*`, of)
  return (type.anyOf ?? []).flatMap(each => inner(each, path, of))
}

/** A type in a few words. */
function wordsOf(type, of) {
  if (type.$ref) {
    const id = type.$ref.split('/').at(-1)
    return `[${id}](${anchorOf(id, of)})`
  }
  if (type.const !== undefined) return `\`${JSON.stringify(type.const)}\``
  if (type.enum) return type.enum.map(each => `\`${JSON.stringify(each)}\``).join(' ')
  if (type.anyOf) return [...new Set(type.anyOf.map(each => wordsOf(each, of)))].join(' or ')
  if (type.type === 'array') return `list of ${wordsOf(type.items, of)}`
  if (type.type === 'object' && typeof type.additionalProperties === 'object')
    return `map to ${wordsOf(type.additionalProperties, of)}`
  return type.type ?? 'any'
}

const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
