import { type Mapper, type Models, mapperProblems } from './arm-mapper.ts'
import { isObject, parsed, type Verdict, type WireExchange } from './exchange.ts'

/** The parts of an operation of a generated client that are read (`@azure/core-client`, `OperationSpec`). */
export interface OperationSpec {
  readonly path?: string | undefined
  readonly httpMethod: string
  readonly requestBody?: { readonly mapper: Mapper } | undefined
  readonly queryParameters?: readonly { readonly mapper: Mapper }[] | undefined
  readonly urlParameters?: readonly { readonly mapper: Mapper; readonly skipEncoding?: boolean }[] | undefined
  readonly responses: { readonly [status: string]: { readonly bodyMapper?: Mapper | undefined } | undefined }
  readonly serializer: { readonly modelMappers?: Models }
}

export interface ArmJudge {
  readonly operations: readonly string[]
  judge(exchange: WireExchange): Verdict
}

/**
 * The operations of a generated client, taken from it by calling all its methods with a way out that only notes what
 * would be sent: the packages export no list of them. Nothing leaves the process.
 */
export function operationsOf(client: object): OperationSpec[] {
  const found = new Set<OperationSpec>()
  const note = (_arguments: unknown, spec: OperationSpec) => {
    found.add(spec)
    return Promise.resolve({})
  }
  Object.assign(client, { sendOperationRequest: note })
  for (const group of [client, ...Object.values(client)]) {
    if (!isObject(group)) continue
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(group))) {
      const method: unknown = group[name]
      if (name === 'constructor' || typeof method !== 'function') continue
      try {
        const sent: unknown = Reflect.apply(method, group, ['a', 'b', 'c', 'd', 'e', 'f'])
        if (sent instanceof Promise) sent.catch(() => undefined)
      } catch {
        // A method that wants more than names; what it would send is then not known, and a request of it is a problem.
      }
    }
  }
  return [...found]
}

/** An operation that the clients do not have, and the one of theirs whose bodies are the same. */
export interface Preview {
  method: string
  path: string
  like: { method: string; path: string }
  status: readonly number[]
}

/** Judges exchanges with Azure Resource Manager by the operations and mappers of its generated clients. */
export function armJudge(specs: readonly OperationSpec[], previews: readonly Preview[] = []): ArmJudge {
  const all = specs.filter(({ path }) => path !== undefined && !/^\/?\{[^}]*\}$/.test(path))
  for (const { method, path, like, status } of previews) {
    const model = all.find(spec => spec.path === like.path && spec.httpMethod === like.method)
    if (!model) throw new TypeError(`no ${like.method} ${like.path} to compare ${method} with`)
    const body = model.responses['200']?.bodyMapper
    all.push({
      ...model,
      path,
      httpMethod: method,
      requestBody: method === 'PUT' && body ? { mapper: body } : undefined,
      responses: Object.fromEntries(status.map(code => [code, { bodyMapper: body }])),
    })
  }
  const routes = all.map(spec => ({ spec, pattern: patternOf(spec), literal: literalOf(spec) }))
  return {
    operations: all.map(({ httpMethod, path }) => `${httpMethod} ${path}`),
    judge: exchange => {
      const path = exchange.url.replace(/[?#].*$/s, '')
      const best = routes
        .filter(({ spec, pattern }) => spec.httpMethod === exchange.method && pattern.test(path))
        .sort((left, right) => right.literal - left.literal)[0]
      if (!best) {
        const problems = [`${exchange.method} ${path}: no client has this request`]
        return { operation: undefined, problems }
      }
      return {
        operation: `${best.spec.httpMethod} ${best.spec.path}`,
        problems: [...problemsOf(best.spec, exchange)],
      }
    },
  }
}

function patternOf({ path = '', urlParameters = [] }: OperationSpec): RegExp {
  const whole = new Set(
    urlParameters.filter(({ skipEncoding }) => skipEncoding).map(({ mapper }) => mapper.serializedName),
  )
  const parts = path.split(/(\{[^}]*\})/).map(part => {
    const name = /^\{(.*)\}$/.exec(part)?.[1]
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return whole.has(name) || name === 'scope' ? '.*' : '[^/]+'
  })
  // Ids of resource manager are compared without case; a scope that is the whole tenant is empty.
  return new RegExp(`^${parts.join('').replace(/^\/\.\*\//, '(?:/.*)?/')}$`, 'i')
}

const literalOf = ({ path = '' }: OperationSpec): number => path.replace(/\{[^}]*\}/g, '').length

function* problemsOf(spec: OperationSpec, exchange: WireExchange): Generator<string> {
  yield* queryProblems(spec, exchange.url)
  yield* requestProblems(spec, exchange)
  if (exchange.status >= 400) yield* armErrorProblems(exchange)
  else yield* answerProblems(spec, exchange)
}

function* queryProblems({ queryParameters = [] }: OperationSpec, url: string): Generator<string> {
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
  const known = new Set(queryParameters.map(({ mapper }) => mapper.serializedName?.toLowerCase()))
  for (const [name, value] of query) {
    if (name === 'api-version') {
      if (!/^\d{4}-\d\d-\d\d(?:-preview)?$/.test(value)) yield `query.api-version: ${value} is no version`
      // The link to a next page brings its own.
    } else if (!known.has(name.toLowerCase()) && !/^\$?skiptoken$/i.test(name))
      yield `query.${name}: unknown parameter`
  }
  if (!query.has('api-version')) yield 'query.api-version: required, and missing'
  for (const { mapper } of queryParameters) {
    const { serializedName = '', required } = mapper
    if (required && !query.has(serializedName)) yield `query.${serializedName}: required, and missing`
  }
}

function* requestProblems(spec: OperationSpec, exchange: WireExchange): Generator<string> {
  const { requestBody, requestHeaders } = exchange
  if (!spec.requestBody) {
    if (requestBody !== '') yield 'request: has a body, and none is expected'
    return
  }
  const type = requestHeaders['content-type'] ?? ''
  if (!/^application\/json\b/.test(type)) yield `request: content type ${JSON.stringify(type)} is not JSON`
  const body = parsed(requestBody, 'request')
  if ('problem' in body) yield body.problem
  else {
    const models = spec.serializer.modelMappers ?? {}
    yield* mapperProblems(body.value, spec.requestBody.mapper, {
      models,
      where: 'request',
      direction: 'request',
    })
  }
}

function* answerProblems(spec: OperationSpec, { status, responseBody }: WireExchange): Generator<string> {
  const response = spec.responses[String(status)]
  if (!response) {
    yield `answer: status ${status} is not one of ${Object.keys(spec.responses).join(', ')}`
    return
  }
  if (!response.bodyMapper || status === 204) {
    if (responseBody !== '') yield 'answer: has a body, and none is expected'
    return
  }
  const body = parsed(responseBody, 'answer')
  if ('problem' in body) yield body.problem
  else {
    const models = spec.serializer.modelMappers ?? {}
    yield* mapperProblems(body.value, response.bodyMapper, { models, where: 'answer', direction: 'answer' })
  }
}

/** Azure Resource Manager's common error (azure-resource-manager-rpc, "Error Response Content"). */
export function* armErrorProblems({ responseBody }: Pick<WireExchange, 'responseBody'>): Generator<string> {
  const body = parsed(responseBody, 'error')
  if ('problem' in body) yield body.problem
  else if (!isObject(body.value) || !isObject(body.value['error'])) yield 'error: is not in an object'
  else {
    const { error } = body.value
    for (const name of ['code', 'message']) {
      if (typeof error[name] !== 'string') yield `error.${name}: is not a string`
    }
    for (const name of Object.keys(error)) {
      if (!['code', 'message', 'target', 'details', 'additionalInfo', 'innererror'].includes(name)) {
        yield `error.${name}: unknown member`
      }
    }
  }
}
