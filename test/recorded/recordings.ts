import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An object of a recording; the values are as recorded, with dates as RFC 3339. */
export type Members = { readonly [name: string]: unknown }

/** One recorded answer. */
export interface Recording {
  /** Relative to the folder of recordings. */
  readonly file: string
  readonly case: string
  /** The n-th answer to this operation in its case. */
  readonly nth: number
  readonly status: number
  readonly body: Members
}

export interface AwsRecording extends Recording {
  readonly service: string
  readonly operation: string
}

export interface GcpRecording extends Recording {
  readonly method: string
  /** The path with `-` in place of `/`, as the file is named. */
  readonly path: string
}

/** The folder of recordings. Throws if the variable is missing or names another kind of folder. */
export function folder(): string {
  const named = process.env['INTERDICT_RECORDED']
  if (!named) throw new Error('INTERDICT_RECORDED is not set: run npm run test:recorded')
  for (const cloud of ['aws', 'gcp']) {
    if (!existsSync(join(named, cloud)))
      throw new Error(`INTERDICT_RECORDED: ${named} has no folder ${cloud}`)
  }
  return named
}

interface Found {
  file: string
  case: string
  name: string
  nth: number
  content: Members
}

function* filesOf(cloud: string): Generator<Found> {
  for (const each of readdirSync(join(folder(), cloud)).sort()) {
    for (const entry of readdirSync(join(folder(), cloud, each)).sort()) {
      const [, name, nth] = /^(.+)_(\d+)\.json$/.exec(entry) ?? []
      if (name === undefined) continue
      const file = join(cloud, each, entry)
      const content = plain(JSON.parse(readFileSync(join(folder(), file), 'utf8'))) as Members
      yield { file, case: each, name, nth: Number(nth), content }
    }
  }
}

/** AWS answers as the SDK for Python parsed them, `{ status_code, data }`. */
export function awsRecordings(): AwsRecording[] {
  return [...filesOf('aws')]
    .map(({ content, name, ...rest }) => {
      const [service = '', operation = ''] = name.split('.')
      const { ResponseMetadata: _, ...body } = content['data'] as Members
      return { ...rest, service, operation, status: Number(content['status_code']), body }
    })
    .sort((a, b) => (a.case === b.case ? a.nth - b.nth : a.case < b.case ? -1 : 1))
}

/** Google's answers as they were on the wire, `{ headers, body }`. */
export function gcpRecordings(): GcpRecording[] {
  return [...filesOf('gcp')].map(({ content, name, ...rest }) => {
    const [method = '', ...path] = name.split('-')
    const headers = content['headers'] as Members
    return {
      ...rest,
      method: method.toUpperCase(),
      path: path.join('-'),
      status: Number(headers['status'] ?? 200),
      body: content['body'] as Members,
    }
  })
}

/** Recorded dates are objects with a member for each part. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const members = value as Members
  if (members['__class__'] === 'datetime') return dateOf(members)
  return Object.fromEntries(Object.entries(members).map(([name, each]) => [name, plain(each)]))
}

function dateOf(parts: Members): string {
  const digits = (name: string, length: number) => String(parts[name] ?? 0).padStart(length, '0')
  const day = `${digits('year', 4)}-${digits('month', 2)}-${digits('day', 2)}`
  const time = `${digits('hour', 2)}:${digits('minute', 2)}:${digits('second', 2)}`
  const micros = Number(parts['microsecond'] ?? 0)
  return `${day}T${time}${micros === 0 ? '' : `.${digits('microsecond', 6).slice(0, 3)}`}Z`
}

export function text(of: Members | undefined, name: string): string | undefined {
  const value = of?.[name]
  return typeof value === 'string' ? value : undefined
}

export function list(of: Members | undefined, name: string): Members[] {
  const value = of?.[name]
  return Array.isArray(value) ? (value as Members[]) : []
}

export function texts(of: Members | undefined, name: string): string[] {
  return list(of, name).filter((each): each is Members & string => typeof each === 'string')
}

export function inner(of: Members | undefined, name: string): Members | undefined {
  const value = of?.[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
}
