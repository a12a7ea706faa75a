import type { z } from 'zod'
import type { Json } from '../json.ts'
import { Report } from './report.ts'
import { shapeFlaws } from './shape-flaws.ts'
import { type Path, readYaml } from './yaml.ts'

/** A kind of document, with its schema. */
export interface DocumentKind<Value> {
  /** Its name with its article: `a playbook`. */
  noun: string
  schema: z.ZodType<Value>
}

/** A document that was read; `value` is absent if there is an error in the report. */
export interface ReadDocument<Value> {
  report: Report
  value?: Value
  /** The document as plain data, and the parts of it that do not fit the schema. Absent if it fits, or is not YAML. */
  misshapen?: { data: Json; bad: readonly Path[] }
}

/**
 * Reads a YAML document and compares it with its schema. All problems are reported, each with line and column, and with the word that
 * was probably meant where there is one. Never throws.
 *
 * @param file its name in the problems
 */
export function readDocument<Value>(
  source: string,
  file: string,
  { noun, schema }: DocumentKind<Value>,
): ReadDocument<Value> {
  const yaml = readYaml(source, file, noun)
  const report = new Report(yaml, file)
  if (report.failed) return { report }
  const parsed = schema.safeParse(yaml.data)
  if (parsed.success) return { report, value: parsed.data }
  const about = { noun: noun.replace(/^an? /, 'the '), schema }
  const flaws = shapeFlaws(parsed.error, yaml.data, about)
  for (const { path, at, about: _, ...flaw } of flaws) report.add('error', path, flaw, at)
  return { report, misshapen: { data: yaml.data, bad: flaws.map(({ about: path }) => path) } }
}
