import { z } from 'zod'
import { documentFault } from '../../model/document/problems.ts'
import { readDocument } from '../../model/document/read-document.ts'
import type { Signal } from '../../model/signal.ts'
import type { AnyCloud } from '../any-cloud.ts'
import type { Draft } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, type Members, textOf } from '../members.ts'
import { parsePath, type RecordPath } from '../path.ts'

/** How JSON of some other make is read; made by `parseMappings`. */
export interface Mapping {
  name: string
  format: Format
}

const path = z.string().refine(text => parsePath(text) !== undefined, {
  error: "has to be a path such as $.actor.id or $['a b'][0]",
})
const scalar = z.union([z.string(), z.number(), z.boolean()])
/** A path, or text that stands for itself. */
const field = z
  .string()
  .min(1)
  .max(500)
  .refine(text => !text.startsWith('$') || parsePath(text) !== undefined, {
    error: 'has to be a path such as $.actor.id, or plain text',
  })
const words = z.array(scalar).max(100)

const mapping = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: 'has to be lower-case words joined by hyphens' }),
  /** All of them have to hold; `*` is anything that is there. */
  match: z.record(path, z.union([scalar, words])).refine(found => Object.keys(found).length > 0, {
    error: 'has to say how the records are known',
  }),
  fields: z.strictObject({
    time: path,
    id: field.optional(),
    cloud: field.optional(),
    account: field.optional(),
    action: field,
    resource: field.optional(),
    outcome: field.optional(),
    sourceIp: field.optional(),
    country: field.optional(),
    userAgent: field.optional(),
    identity: z.strictObject({
      id: field.optional(),
      uid: field.optional(),
      kind: field.optional(),
      name: field,
      session: field.optional(),
      credential: field.optional(),
    }),
    details: z.record(z.string().regex(/^[A-Za-z_]\w{0,63}$/), field).default({}),
  }),
  /** Words of `fields.outcome`; what is not among them is a failure. Without `fields.outcome` all is success. */
  outcomes: z
    .strictObject({ success: words.default([]), denied: words.default([]), failure: words.default([]) })
    .default({ success: ['success'], denied: ['denied'], failure: ['failure'] }),
})

const file = z.strictObject({
  version: z.literal(1, { error: 'has to be 1' }),
  mappings: z.array(mapping).min(1).max(50),
})

type Specification = z.infer<typeof mapping>

const MAPPING_FILE = { noun: 'a mapping file', schema: file }

/** Reads a mapping file (YAML). Throws Fault `invalid-input` with everything that is wrong, each with its place. */
export function parseMappings(source: string, name: string): Mapping[] {
  const { report, value } = readDocument(source, name, MAPPING_FILE)
  if (value === undefined) throw documentFault(report.problems())
  return value.mappings.map(each => ({ name: each.name, format: formatOf(each) }))
}

function formatOf({ name, match, fields, outcomes }: Specification): Format {
  const tests = Object.entries(match).map(([text, wanted]) => ({
    path: parsePath(text) ?? [],
    wanted: new Set(Array.isArray(wanted) ? wanted : [wanted]),
  }))
  const { identity, details } = fields
  const outcomeOf = outcomeReader(fields.outcome, outcomes)
  const timePath = parsePath(fields.time) ?? []
  const read = {
    id: reader(fields.id),
    cloud: reader(fields.cloud),
    account: reader(fields.account),
    action: reader(fields.action),
    resource: reader(fields.resource),
    sourceIp: reader(fields.sourceIp),
    country: reader(fields.country),
    userAgent: reader(fields.userAgent),
  }
  const who = Object.entries(identity).map(([part, text]) => [part, reader(text)] as const)
  const more = Object.entries(details).map(([part, text]) => [part, valueReader(text)] as const)
  const draft = (record: Members, names: AnyCloud): Draft => ({
    ...Object.fromEntries(Object.entries(read).map(([part, from]) => [part, from(record)])),
    action: read.action(record),
    time: at(record, ...timePath),
    ...whoIs(
      names,
      read.cloud(record),
      read.account(record),
      Object.fromEntries(who.map(([part, from]) => [part, from(record)])),
    ),
    outcome: outcomeOf(record),
    details: Object.fromEntries(more.map(([part, from]) => [part, from(record)])),
  })
  return {
    name,
    fits: record => tests.every(({ path: where, wanted }) => holds(at(record, ...where), wanted)),
    read: (record, { names }) => [draft(record, names)],
  }
}

/** The inventory's id where the names have the form of one of its clouds; what the mapping says itself comes first. */
function whoIs(
  names: AnyCloud,
  cloud: string | undefined,
  account: string | undefined,
  said: Draft['identity'],
): Pick<Draft, 'cloud' | 'account' | 'identity'> {
  const { uid, name, session, credential, kind: type } = said
  const found = names.identify({ cloud, account, uid, name, session, credential, type })
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  return {
    cloud: cloud ?? found.cloud,
    account: account ?? found.account,
    identity: { ...found.identity, ...given },
  }
}

function holds(value: unknown, wanted: ReadonlySet<unknown>): boolean {
  if (wanted.has('*') && value !== undefined && value !== null) return true
  return wanted.has(value)
}

function valueReader(text: string | undefined): (record: Members) => unknown {
  if (text === undefined) return () => undefined
  const where: RecordPath | undefined = parsePath(text)
  return where === undefined ? () => text : record => at(record, ...where)
}

function reader(text: string | undefined): (record: Members) => string | undefined {
  const value = valueReader(text)
  return record => textOf(value(record))
}

function outcomeReader(
  text: string | undefined,
  words: Specification['outcomes'],
): (record: Members) => Signal['outcome'] {
  if (text === undefined) return () => 'success'
  const value = valueReader(text)
  const known = new Map<unknown, Signal['outcome']>()
  for (const outcome of ['success', 'denied', 'failure'] as const) {
    for (const word of words[outcome]) known.set(word, outcome)
  }
  return record => known.get(value(record)) ?? 'failure'
}
