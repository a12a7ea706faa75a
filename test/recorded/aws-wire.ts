import type { Members } from './recordings.ts'

/** Answers in the forms in which AWS sends them: the query protocol of IAM and STS, JSON 1.1 of Organizations. */

export interface WireAnswer {
  status: number
  type: string
  body: string
}

const NAMESPACES: { readonly [service: string]: string } = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

const ID = '00000000-0000-4000-8000-000000000000'

/** Maps, whose entries have keys of their own; everything else that is an object is a structure. */
const MAPS = new Set(['SummaryMap'])
/** Sent as base64. */
const BLOBS = new Set(['Content'])

export function wireAnswer(service: string, operation: string, status: number, body: Members): WireAnswer {
  const { Error: error, ...rest } = body
  if (service === 'organizations') {
    return {
      status,
      type: 'application/x-amz-json-1.1',
      body: JSON.stringify(error ? refused(error) : epochs(rest)),
    }
  }
  const xmlns = NAMESPACES[service] ?? ''
  const metadata = `<RequestId>${ID}</RequestId>`
  const content =
    error === undefined
      ? `<${operation}Response xmlns="${xmlns}"><${operation}Result>${members(rest)}</${operation}Result>` +
        `<ResponseMetadata>${metadata}</ResponseMetadata></${operation}Response>`
      : `<ErrorResponse xmlns="${xmlns}"><Error>${members(error as Members)}</Error>${metadata}</ErrorResponse>`
  return { status, type: 'text/xml', body: content }
}

function refused(error: unknown): Members {
  const { Code, Message } = error as Members
  return { __type: Code, Message, message: Message }
}

function members(of: Members): string {
  return Object.entries(of)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `<${name}>${content(name, value)}</${name}>`)
    .join('')
}

function content(name: string, value: unknown): string {
  if (BLOBS.has(name)) return Buffer.from(String(value), 'utf8').toString('base64')
  if (Array.isArray(value)) return value.map(each => `<member>${content('', each)}</member>`).join('')
  if (typeof value !== 'object' || value === null) return escaped(String(value))
  if (!MAPS.has(name)) return members(value as Members)
  return Object.entries(value)
    .map(([key, each]) => `<entry><key>${escaped(key)}</key><value>${escaped(String(each))}</value></entry>`)
    .join('')
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** JSON 1.1 has times as seconds since 1970. */
function epochs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(epochs)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return Date.parse(value) / 1000
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, epochs(each)]))
}
