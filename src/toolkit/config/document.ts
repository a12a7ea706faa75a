import { documentFault, type Problem } from '../../model/document/problems.ts'
import { readDocument } from '../../model/document/read-document.ts'
import type { Report } from '../../model/document/report.ts'
import { type Path, readYaml } from '../../model/document/yaml.ts'
import { checkExpression } from '../../model/expression/expression.ts'
import { caret } from '../../model/expression/guards.ts'
import type { ConfigPlace } from '../../model/house.ts'
import type { Json } from '../../model/json.ts'
import type { Kind } from '../../model/kind.ts'
import { type ConfigDocument, type ConfigSettings, configSchema } from './schema.ts'
import { looksSecret } from './secrets.ts'

const KIND = { noun: 'a configuration', schema: configSchema }

/** An `interdict.yaml` that was read, with the place of each value. */
export interface ConfigFileRead {
  document: ConfigDocument
  /** The place of the value at a path. */
  placeOf(path: Path): ConfigPlace
}

/** The result of a check; `read` is absent if there is an error among the problems. */
export interface CheckedConfig {
  /** Absent when there is an error among the problems. */
  read?: ConfigFileRead
  problems: Problem[]
}

/**
 * Checks the text of an `interdict.yaml`: its shape, and that no value looks like a secret. No message repeats a value.
 *
 * @param kinds the kinds that expressions are checked against; without them an expression is checked when a plan is made
 */
export function checkConfig(source: string, file: string, kinds?: readonly Kind[]): CheckedConfig {
  const { report, value } = readDocument(source, file, KIND)
  const yaml = readYaml(source, file, KIND.noun)
  reportSecrets(yaml.data, [], report)
  if (value !== undefined) {
    for (const [path, settings] of sectionsOf(value)) checkSettings(settings, path, report, kinds)
  }
  const problems = report.problems()
  if (value === undefined || report.failed) return { problems }
  return { read: { document: value, placeOf: path => ({ file, ...yaml.place(path) }) }, problems }
}

/** Reads the text of an `interdict.yaml`. Throws Fault `invalid-input` with every error, each with its line and column. */
export function parseConfig(source: string, file: string, kinds?: readonly Kind[]): ConfigFileRead {
  const { read, problems } = checkConfig(source, file, kinds)
  if (read === undefined) throw documentFault(problems, 'interdict doctor --config')
  return read
}

/** The settings of a file: its own and those of its profiles, each with its path. */
export function sectionsOf({ profiles = {}, ...own }: ConfigDocument): [Path, ConfigSettings][] {
  return [
    [[], own],
    ...Object.entries(profiles).map(([name, settings]): [Path, ConfigSettings] => [
      ['profiles', name],
      settings,
    ]),
  ]
}

function reportSecrets(value: Json, path: Path, report: Report): void {
  if (typeof value === 'string') {
    const member = path.findLast(part => typeof part === 'string')
    if (looksSecret(value, member)) {
      report.add('error', path, {
        message: 'this looks like a secret, and a configuration holds none',
        suggestion:
          'put it into an environment variable or a file of its own: { env: VARIABLE } or { file: PATH }',
      })
    }
    return
  }
  if (value === null || typeof value !== 'object') return
  const members: [string | number, Json][] = Array.isArray(value)
    ? value.map((each, index): [number, Json] => [index, each])
    : Object.entries(value)
  for (const [name, each] of members) reportSecrets(each, [...path, name], report)
}

function checkSettings(
  { protect = [] }: ConfigSettings,
  path: Path,
  report: Report,
  kinds: readonly Kind[] | undefined,
): void {
  for (const [index, item] of protect.entries()) {
    const at = [...path, 'protect', index]
    const name = typeof item === 'string' ? item : 'name' in item ? item.name : undefined
    if (name !== undefined && /\bidentity\.|[=<>&|(]/.test(name)) {
      const suggestion = `write it as { when: '${name.replaceAll("'", "''")}' }`
      report.add('error', at, { message: 'this is an expression, and a name is expected', suggestion })
    }
    if (typeof item === 'string' || !('when' in item) || kinds === undefined) continue
    for (const { start, message, suggestion } of checkExpression(item.when, { kinds, inputs: {} }).flaws) {
      const flaw = { message: `${message}\n${caret(item.when, start)}` }
      report.add(
        'error',
        [...at, 'when'],
        { ...flaw, ...(suggestion === undefined ? {} : { suggestion }) },
        start,
      )
    }
  }
}
