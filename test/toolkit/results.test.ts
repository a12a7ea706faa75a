import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ErrorResult } from '../../src/toolkit/results/fault.ts'
import { COMMAND_RESULTS, RESULTS, RESULTS_VERSION } from '../../src/toolkit/results/index.ts'
import { checked, checkResult } from '../results.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const jsonIn = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'))

interface Described {
  description?: string
  const?: unknown
  $ref?: string
  properties?: { [name: string]: Described }
  required?: string[]
  items?: Described
  anyOf?: Described[]
  oneOf?: Described[]
  additionalProperties?: Described | boolean
  $defs?: { [id: string]: Described }
}

/** Every member in a schema, with its path, whether it may be absent, and what is said about it. */
function membersOf(schema: Described, path: string, types: { [id: string]: Described }): Member[] {
  const { properties = {}, required = [], items, anyOf = [], oneOf = [], additionalProperties: map } = schema
  const own = Object.entries(properties).flatMap(([name, member]) => {
    const type = types[member.$ref?.split('/').at(-1) ?? '']
    // A constant says what it is.
    const said = member.description ?? type?.description ?? (member.const === undefined ? '' : 'a constant')
    const here = `${path}.${name}`
    return [{ path: here, optional: !required.includes(name), said }, ...membersOf(member, here, types)]
  })
  const parts = [...anyOf, ...oneOf, ...(items ? [items] : []), ...(typeof map === 'object' ? [map] : [])]
  return [...own, ...parts.flatMap(part => membersOf(part, path, types))]
}

interface Member {
  path: string
  optional: boolean
  said: string
}

const MEMBERS = Object.entries(RESULTS).flatMap(([name, type]) => {
  const schema = z.toJSONSchema(type) as Described
  const types = schema.$defs ?? {}
  return [schema, ...Object.values(types)].flatMap(each => membersOf(each, name, types))
})

describe('the types of results', () => {
  test('every command with --json names what it prints, and no other command does', () => {
    const { commands } = jsonIn('oclif.manifest.json') as {
      commands: { [id: string]: { flags?: { json?: unknown } } }
    }
    const withJson = Object.keys(commands).filter(id => commands[id]?.flags?.json !== undefined)
    expect(Object.keys(COMMAND_RESULTS).sort()).toEqual(withJson.sort())
    const nothing = Object.entries(COMMAND_RESULTS).filter(
      ([, { document, line }]) => document.length === 0 && line === undefined,
    )
    expect(nothing).toEqual([])
  })

  test('every type that a command names is published, and every published type is printed or written', () => {
    const named = new Set<z.ZodType>(
      Object.values(COMMAND_RESULTS).flatMap(({ document, line }) => [...document, ...(line ? [line] : [])]),
    )
    const published = new Set(Object.values(RESULTS))
    expect([...named].filter(type => !published.has(type))).toEqual([])
    const others = Object.keys(RESULTS).filter(name => {
      const type = RESULTS[name]
      return type !== undefined && !named.has(type) && type !== ErrorResult
    })
    expect(others).toEqual(['plan-file'])
  })

  test('every member is described, and of one that may be absent, when it is', () => {
    expect(MEMBERS.length).toBeGreaterThan(500)
    expect(MEMBERS.filter(({ said }) => said === '').map(({ path }) => path)).toEqual([])
    const silent = MEMBERS.filter(({ optional, said }) => optional && !said.includes('Absent'))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  test('the package has a schema of each, with an id of its own, and besides them that of interdict.yaml alone', () => {
    expect(readdirSync(join(root, 'schemas')).sort()).toEqual(
      [...Object.keys(RESULTS), 'config'].map(name => `${name}.json`).sort(),
    )
    const ids = Object.keys(RESULTS).map(name => (jsonIn(`schemas/${name}.json`) as { $id: string }).$id)
    expect(ids).toEqual(Object.keys(RESULTS).map(name => `urn:interdict:result:${name}:${RESULTS_VERSION}`))
  })
})

describe('the examples in the documentation', () => {
  test.each(Object.keys(RESULTS))('%s is of its type', name => {
    const { error } = RESULTS[name]?.safeParse(jsonIn(`docs/examples/${name}.json`)) ?? {}
    expect(error && z.prettifyError(error)).toBeUndefined()
  })
})

describe('the check of what the tests read', () => {
  const list = ['status', '--json']

  test('passes a result and an error', () => {
    expect(() => checkResult(list, { runs: [] })).not.toThrow()
    expect(() =>
      checkResult(list, { error: { code: 'usage', message: 'no such run' }, exit: 2 }),
    ).not.toThrow()
  })

  test('fails if a member is unknown, missing, or of another type', () => {
    expect(() => checkResult(list, { runs: [], more: 1 })).toThrow('more')
    expect(() => checkResult(list, {})).toThrow('runs')
    expect(() => checkResult(list, { runs: 'none' })).toThrow('array')
    expect(() => checkResult(['help', '--json'], { runs: [] })).toThrow('error')
  })

  test('finds the command behind the flags, and reads lines where a command prints lines', () => {
    const foreign = '{"event":"foreign","source":"file:x","cloud":"aws","account":"1"}\n'
    const failure = '{\n  "error": { "code": "usage", "message": "x" },\n  "exit": 2\n}\n'
    const watch = ['watch', 'playbook.yaml', '--json', '--lab']
    expect(() => checked(watch, { stdout: `${foreign}${failure}` })).not.toThrow()
    expect(() => checked(watch, { stdout: foreign.replace('foreign', 'strange') })).toThrow('event')
    expect(() => checked(['playbook', 'list', '--json'], { stdout: '{"runs":[]}' })).toThrow('playbooks')
    expect(() => checked(['inventory', '--format', 'ndjson'], { stdout: '{"id":"x"}\n' })).toThrow(
      'what inventory printed',
    )
  })

  test('does not read a document that a killed program did not end, and reads the lines that it did', () => {
    expect(() => checked(list, { code: null, stdout: '{\n  "ru' })).not.toThrow()
    const watch = ['watch', 'playbook.yaml', '--json']
    expect(() => checked(watch, { code: null, stdout: '{"event":"dropped"}\n{"ev' })).toThrow('lines')
  })
})
