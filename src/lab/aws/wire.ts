import { randomUUID } from 'node:crypto'
import type { Answer } from '../cloud.ts'

export type { Answer } from '../cloud.ts'

/** The services that the lab answers for, as they are named in a credential scope. */
export type Service = 'iam' | 'sts' | 'ec2' | 'secretsmanager' | 'organizations'

/** Services that speak JSON; the others speak a query protocol. */
export function isJson(service: Service): service is 'secretsmanager' | 'organizations' {
  return service === 'secretsmanager' || service === 'organizations'
}

/** An answer of AWS that says no. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number
  /** The member `Reason` of an exception of Organizations. */
  readonly reason: string | undefined

  constructor(code: string, status: number, message: string, reason?: string) {
    super(message)
    this.code = code
    this.status = status
    this.reason = reason
  }
}

/** A value of an answer: members by their names on the wire; undefined ones are left out. */
export type Value =
  | string
  | number
  | boolean
  | undefined
  | readonly Value[]
  | Entries
  | { readonly [member: string]: Value }

/** A map of a query protocol, whose entries are not wrapped in a list. */
export class Entries {
  readonly members: { readonly [key: string]: string | number }

  constructor(members: { readonly [key: string]: string | number }) {
    this.members = members
  }
}

const NAMESPACES = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
} as const

/** A successful answer in the service's own format. `result` is undefined for an operation without output. */
export function answer(
  service: Service,
  operation: string,
  result: { readonly [member: string]: Value } | undefined,
): Answer {
  const id = randomUUID()
  if (isJson(service)) return json(200, id, JSON.stringify(result ?? {}))
  const opening = `<${operation}Response xmlns="${NAMESPACES[service]}">`
  const closing = `</${operation}Response>`
  if (service === 'ec2') {
    return xml(200, id, `${opening}<requestId>${id}</requestId>${members(result ?? {}, 'item')}${closing}`)
  }
  const content =
    result === undefined ? '' : `<${operation}Result>${members(result, 'member')}</${operation}Result>`
  const metadata = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`
  return xml(200, id, `${opening}${content}${metadata}${closing}`)
}

export function refusal(service: Service, { code, status, message, reason }: AwsError): Answer {
  const id = randomUUID()
  if (isJson(service)) {
    // This service capitalises neither alike: its own errors have Message, those of the gate before it message.
    return json(status, id, JSON.stringify({ __type: code, Message: message, message, Reason: reason }))
  }
  const error = `<Code>${escapeText(code)}</Code><Message>${escapeText(message)}</Message>`
  if (service === 'ec2') {
    const errors = `<Errors><Error>${error}</Error></Errors>`
    return xml(status, id, `<Response>${errors}<RequestID>${id}</RequestID></Response>`)
  }
  const type = status < 500 ? 'Sender' : 'Receiver'
  return xml(
    status,
    id,
    `<ErrorResponse xmlns="${NAMESPACES[service]}"><Error><Type>${type}</Type>${error}</Error>` +
      `<RequestId>${id}</RequestId></ErrorResponse>`,
  )
}

function xml(status: number, id: string, body: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': id },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  }
}

function json(status: number, id: string, body: string): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': id }, body }
}

function members(value: { readonly [member: string]: Value }, item: string): string {
  let text = ''
  // A page has tens of thousands of members: no list of them is made.
  for (const name in value) {
    const member = value[name]
    if (member !== undefined) text += `<${name}>${content(member, item)}</${name}>`
  }
  return text
}

function content(value: Value, item: string): string {
  if (typeof value === 'string') return escapeText(value)
  if (Array.isArray(value)) {
    let text = ''
    for (const each of value) text += `<${item}>${content(each, item)}</${item}>`
    return text
  }
  if (value instanceof Entries) {
    return Object.entries(value.members)
      .map(
        ([key, each]) => `<entry><key>${escapeText(key)}</key><value>${content(each, item)}</value></entry>`,
      )
      .join('')
  }
  if (typeof value === 'object') return members(value as { readonly [member: string]: Value }, item)
  return String(value)
}

function escapeText(text: string): string {
  return /[&<>\r]/.test(text)
    ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;')
    : text
}

/** The documents in answers of IAM are RFC 3986 percent-encoded (API reference, e.g. GetRolePolicy). */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** The parameters of a request in a query protocol. */
export class Params {
  readonly #values: ReadonlyMap<string, string>

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** @throws AwsError `ValidationError` where it is missing */
  need(name: string): string {
    const value = this.#values.get(name)
    if (value === undefined) {
      const member = name.charAt(0).toLowerCase() + name.slice(1)
      throw invalid(
        `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
      )
    }
    return value
  }

  /** `Name.member.1`, … in IAM and STS; `Name.1`, … in EC2, whose prefix is the name alone. */
  list(prefix: string): string[] {
    const found: string[] = []
    for (let at = 1; ; at += 1) {
      const value = this.#values.get(`${prefix}.${at}`)
      if (value === undefined) return found
      found.push(value)
    }
  }

  /** Lists of structures: the parameters below each index. */
  structures(prefix: string): Params[] {
    const found: Params[] = []
    for (let at = 1; ; at += 1) {
      const start = `${prefix}.${at}.`
      const below = [...this.#values].filter(([name]) => name.startsWith(start))
      if (below.length === 0) return found
      found.push(new Params(new Map(below.map(([name, value]) => [name.slice(start.length), value]))))
    }
  }

  /** A number of items in a page: `otherwise` where it is not given. @throws AwsError outside of 1 to `most` */
  count(name: string, otherwise: number, most: number): number {
    const text = this.#values.get(name)
    if (text === undefined) return otherwise
    const count = Number(text)
    if (Number.isInteger(count) && count >= 1 && count <= most) return count
    throw invalid(`Value '${text}' at '${name}' failed to satisfy constraint: 1 to ${most}`)
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.#values)
  }
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', 400, message)
}

export function notFound(message: string): AwsError {
  return new AwsError('NoSuchEntity', 404, message)
}
