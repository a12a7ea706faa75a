import {
  type DiscoveryDocument,
  type Method,
  type Parameter,
  type Schema,
  schemaProblems,
} from './discovery-schema.ts'
import { isObject, type Members, parsed, type Verdict, type WireExchange } from './exchange.ts'

export type { DiscoveryDocument } from './discovery-schema.ts'

interface Route {
  document: DiscoveryDocument
  method: Method
  pattern: RegExp
  literal: number
}

export interface DiscoveryJudge {
  /** Every operation that can be asked for. */
  readonly operations: ReadonlySet<string>
  judge(exchange: WireExchange): Verdict
}

/** HTTP status of every canonical error (google/rpc/code.proto). */
const STATUS: { readonly [name: string]: number } = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

/** Judges exchanges by Google's discovery documents. */
export function discoveryJudge(documents: readonly DiscoveryDocument[]): DiscoveryJudge {
  const routes = documents.flatMap(document =>
    [...methodsOf(document)].map(method => route(document, method)),
  )
  const operations = new Set(routes.map(({ method }) => method.id))
  return {
    operations,
    judge: exchange => {
      const path = exchange.url.replace(/[?#].*$/s, '')
      const fitting = routes.filter(
        ({ method, pattern }) => method.httpMethod === exchange.method && pattern.test(path),
      )
      const best = Math.max(...fitting.map(({ literal }) => literal))
      const verdicts = fitting
        .filter(({ literal }) => literal === best)
        .map(({ document, method }) => ({
          operation: method.id,
          problems: [...problemsOf(document, method, exchange)],
        }))
      // Two services may share a path; the host tells them apart, and in the lab there is one host for all.
      verdicts.sort((left, right) => left.problems.length - right.problems.length)
      return (
        verdicts[0] ?? {
          operation: undefined,
          problems: [`${exchange.method} ${path}: no document has this request`],
        }
      )
    },
  }
}

function* methodsOf(part: DiscoveryDocument | DiscoveryDocument['resources'][string]): Generator<Method> {
  yield* Object.values(part.methods ?? {})
  for (const inner of Object.values(part.resources ?? {})) yield* methodsOf(inner)
}

function route(document: DiscoveryDocument, method: Method): Route {
  const template = `/${document.servicePath}${method.flatPath ?? method.path}`
  let literal = 0
  const parts = template.split(/(\{[^}]*\})/).map(part => {
    const name = /^\{(\+?)([^}]*)\}$/.exec(part)
    if (!name) {
      literal += part.length
      return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    }
    const pattern = name[1] ? method.parameters?.[name[2] ?? '']?.pattern : undefined
    // A colon begins a custom verb; in an id it is encoded.
    return pattern ? pattern.replace(/^\^|\$$/g, '') : name[1] ? '.+' : '[^/:]+'
  })
  return { document, method, pattern: new RegExp(`^${parts.join('')}$`), literal }
}

function* problemsOf(document: DiscoveryDocument, method: Method, exchange: WireExchange): Generator<string> {
  yield* queryProblems(document, method, exchange.url)
  yield* requestProblems(document, method, exchange)
  yield* exchange.status >= 400
    ? errorProblems(document, exchange)
    : answerProblems(document, method, exchange)
}

function* queryProblems(document: DiscoveryDocument, method: Method, url: string): Generator<string> {
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
  const known: { readonly [name: string]: Parameter } = { ...document.parameters, ...method.parameters }
  for (const name of new Set(query.keys())) {
    // System parameters have a name with a dollar too, and `alt` takes more than documents say ("System parameters").
    const parameter = known[name] ?? known[name.replace(/^\$/, '')]
    const values = query.getAll(name)
    if (parameter?.location !== 'query') {
      yield `query.${name}: unknown parameter`
      continue
    }
    if (values.length > 1 && !parameter.repeated) yield `query.${name}: given ${values.length} times`
    for (const value of values) {
      yield* parameterProblems(value.replace(/;enum-encoding=int$/, ''), parameter, `query.${name}`)
    }
  }
  for (const [name, { location, required }] of Object.entries(method.parameters ?? {})) {
    if (location === 'query' && required && !query.has(name)) yield `query.${name}: required, and missing`
  }
}

function* parameterProblems(
  value: string,
  { type, enum: allowed }: Parameter,
  where: string,
): Generator<string> {
  if (allowed && !allowed.includes(value))
    yield `${where}: ${JSON.stringify(value)} is not one of ${allowed.join(', ')}`
  if (type === 'boolean' && value !== 'true' && value !== 'false') yield `${where}: ${value} is not a boolean`
  if (type === 'integer' && !/^-?\d+$/.test(value)) yield `${where}: ${value} is not an integer`
}

function* requestProblems(
  document: DiscoveryDocument,
  method: Method,
  exchange: WireExchange,
): Generator<string> {
  const { requestBody } = exchange
  if (!method.request) {
    if (requestBody !== '' && requestBody !== '{}') yield 'request: has a body, and none is expected'
    return
  }
  // An empty message may be left out.
  if (requestBody === '') return
  const type = exchange.requestHeaders['content-type'] ?? ''
  // Tokens are exchanged with a form too, as RFC 8693 has it ("Exchange token").
  const form = document.name === 'sts' && /^application\/x-www-form-urlencoded\b/.test(type)
  if (!form && !/^application\/json\b/.test(type)) {
    yield `request: content type ${JSON.stringify(type)} is not JSON`
  }
  const body = form ? { value: formIn(requestBody) } : parsed(requestBody, 'request')
  if ('problem' in body) yield body.problem
  else yield* schemaProblems(body.value, method.request, { document, where: 'request', direction: 'request' })
}

/** Members of a form, named as in JSON: `subject_token` is `subjectToken`. */
function formIn(text: string): Members {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [camel(name), value]))
}

function* answerProblems(
  document: DiscoveryDocument,
  method: Method,
  exchange: WireExchange,
): Generator<string> {
  const { responseBody, url } = exchange
  if (/[?&]alt=media\b/.test(url)) return
  if (!method.response) {
    if (responseBody !== '') yield 'answer: has a body, and none is expected'
    return
  }
  const body = parsed(responseBody, 'answer')
  if ('problem' in body) yield body.problem
  else yield* schemaProblems(body.value, method.response, { document, where: 'answer', direction: 'answer' })
}

const ERROR: Schema = {
  type: 'object',
  properties: {
    code: { type: 'integer', format: 'int32' },
    message: { type: 'string' },
    status: { type: 'string', enum: Object.keys(STATUS) },
    details: { type: 'array', items: { type: 'object', additionalProperties: { type: 'any' } } },
    errors: { type: 'array', items: { type: 'object', additionalProperties: { type: 'any' } } },
  },
}

/** Errors: google.rpc.Status (Google's API design guide, "Errors"), Storage's older form, and OAuth's for tokens. */
function* errorProblems(
  document: DiscoveryDocument,
  { status, responseBody }: WireExchange,
): Generator<string> {
  const body = parsed(responseBody, 'error')
  if ('problem' in body) {
    yield body.problem
    return
  }
  if (!isObject(body.value)) {
    yield 'error: is not an object'
    return
  }
  if (document.name === 'sts') {
    if (typeof body.value['error'] !== 'string') yield 'error.error: OAuth says what went wrong in a word'
    return
  }
  const { error, ...rest } = body.value
  for (const name of Object.keys(rest)) yield `error body.${name}: unknown member`
  yield* schemaProblems(error, ERROR, { document, where: 'error', direction: 'answer' })
  if (!isObject(error)) return
  if (error['code'] !== status) yield `error.code: ${String(error['code'])} came with HTTP status ${status}`
  if (typeof error['message'] !== 'string') yield 'error.message: missing'
  yield* document.name === 'storage' ? storageErrors(error) : canonical(error, status)
}

function* canonical(error: Members, status: number): Generator<string> {
  const name = error['status']
  if (typeof name !== 'string') yield 'error.status: missing'
  else if (STATUS[name] !== undefined && STATUS[name] !== status) {
    yield `error.status: ${name} comes with HTTP status ${STATUS[name]}, not ${status}`
  }
  for (const detail of Array.isArray(error['details']) ? error['details'] : []) {
    const type: unknown = isObject(detail) ? detail['@type'] : undefined
    if (typeof type !== 'string' || !type.startsWith('type.googleapis.com/'))
      yield 'error.details: has no @type'
  }
}

function* storageErrors(error: Members): Generator<string> {
  const errors: unknown = error['errors']
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  if (!isObject(first) || typeof first['reason'] !== 'string') yield 'error.errors: has no reason'
}
