import { type Csdl, propertyOf, propertyUnder, type TypeUse } from './csdl.ts'
import { isObject, type Members, parsed, type Verdict, type WireExchange } from './exchange.ts'
import { bodyProblems } from './graph-body.ts'
import { follow, type Target } from './graph-path.ts'

/**
 * Judges an exchange with Microsoft Graph by its schema: one verdict, or one for each request of a batch. Of `beta`
 * only errors and batches are judged: the schema is that of `v1.0`.
 */
export function* graphVerdicts(csdl: Csdl, exchange: WireExchange): Generator<Verdict> {
  const [, version = '', path = '', query = ''] =
    /^\/(v1\.0|beta)(\/[^?#]*)?(?:\?([^#]*))?/s.exec(exchange.url) ?? []
  if (path === '/$batch' && exchange.method === 'POST') {
    yield* batchVerdicts(csdl, exchange, version)
    return
  }
  const target = follow(csdl, path)
  if (version !== 'v1.0') {
    const template = typeof target === 'string' ? loose(path) : target.template
    const problems = exchange.status >= 400 ? [...errorProblems(exchange)] : []
    yield { operation: version === 'beta' ? `${exchange.method} /beta${template}` : undefined, problems }
    return
  }
  if (typeof target === 'string') {
    const problems = [`${exchange.method} ${path}: ${target}`]
    yield { operation: undefined, problems }
    return
  }
  yield {
    operation: `${exchange.method} ${target.template}`,
    problems: [
      ...queryProblems(csdl, target, query),
      ...requestProblems(csdl, target, exchange),
      ...(exchange.status >= 400 ? errorProblems(exchange) : answerProblems(csdl, target, exchange, query)),
    ],
  }
}

/** A path whose ids are guessed at, for what no schema covers. */
export function loose(path: string): string {
  return path
    .toLowerCase()
    .replace(/\((\w+)=[^)]*\)/g, '($1={value})')
    .replace(/\/[0-9a-f]{8}-[0-9a-f-]{27}(?=\/|$)/g, '/{id}')
}

const OPTIONS = new Set([
  '$select',
  '$expand',
  '$filter',
  '$orderby',
  '$top',
  '$skip',
  '$count',
  '$search',
  '$skiptoken',
  '$format',
  '$deltatoken',
])

function* queryProblems(csdl: Csdl, { use }: Target, query: string): Generator<string> {
  const options = new URLSearchParams(query)
  for (const [name, value] of options) {
    if (!OPTIONS.has(name)) yield `query.${name}: unknown option`
    else if ((name === '$top' || name === '$skip') && !/^\d+$/.test(value))
      yield `query.${name}: ${value} is no number`
    else if (name === '$count' && value !== 'true' && value !== 'false')
      yield `query.${name}: ${value} is no boolean`
    else if (use && ['$select', '$orderby', '$filter', '$expand'].includes(name)) {
      for (const property of named(name, value)) {
        if (!propertyUnder(csdl, use.type, property)) yield `query.${name}: ${use.type} has no ${property}`
      }
    }
  }
}

/** The properties that a query option names first; of a path, its first part. */
function named(option: string, value: string): string[] {
  if (option === '$filter') {
    const bare = value.replace(/'(?:[^']|'')*'/g, "''")
    const variables = new Set([...bare.matchAll(/(?:any|all)\(\s*(\w+)\s*:/g)].map(([, name]) => name))
    const found = [
      ...bare.matchAll(/([A-Za-z_]\w*)(?:\/[\w/.]+)?\s+(?:eq|ne|gt|ge|lt|le|in|has)\b/g),
      ...bare.matchAll(/(?:startswith|endswith|contains)\(\s*([A-Za-z_]\w*)/gi),
      ...bare.matchAll(/([A-Za-z_]\w*)\/(?:any|all)\(/g),
    ]
    return found.map(([, name = '']) => name).filter(name => !variables.has(name))
  }
  const flat = value.replace(/\([^)]*\)/g, '')
  return flat.split(',').map(item => item.trim().split(/[\s/]/)[0] ?? '')
}

function* requestProblems(csdl: Csdl, target: Target, exchange: WireExchange): Generator<string> {
  const { method, requestBody } = exchange
  const [operation] = target.operations
  if (method === 'GET' || method === 'DELETE') {
    if (requestBody !== '') yield 'request: has a body, and none is expected'
    if (operation?.action) yield `${operation.name}: is an action, and called with ${method}`
    return
  }
  const type = exchange.requestHeaders['content-type'] ?? ''
  const body = requestBody === '' ? { value: {} } : parsed(requestBody, 'request')
  if ('problem' in body) {
    yield body.problem
    return
  }
  if (requestBody !== '' && !/^application\/json\b/.test(type)) {
    yield `request: content type ${JSON.stringify(type)} is not JSON`
  }
  if (target.suffix === '$ref') {
    if (!isObject(body.value) || typeof body.value['@odata.id'] !== 'string')
      yield 'request: has no @odata.id'
  } else if (target.operations.length > 0) {
    // Overloads of an action: one of them has to fit.
    const each = target.operations.map(({ parameters }) => [
      ...parameterProblems(csdl, parameters, body.value),
    ])
    yield* each.sort((left, right) => left.length - right.length)[0] ?? []
  } else if (target.use) {
    if (method === 'POST' && !target.use.collection) yield 'request: POST to what is not a collection'
    yield* bodyProblems(body.value, { ...target.use, collection: false, nullable: false }, csdl, 'request')
  }
}

function* parameterProblems(
  csdl: Csdl,
  parameters: ReadonlyMap<string, TypeUse>,
  body: unknown,
): Generator<string> {
  if (!isObject(body)) {
    yield 'request: is not an object'
    return
  }
  for (const [name, value] of Object.entries(body)) {
    const use = parameters.get(name)
    if (!use) yield `request.${name}: the action has no such parameter`
    else yield* bodyProblems(value, use, csdl, `request.${name}`)
  }
  for (const [name, { nullable }] of parameters) {
    if (!nullable && body[name] === undefined) yield `request.${name}: required, and missing`
  }
}

function* answerProblems(
  csdl: Csdl,
  target: Target,
  exchange: WireExchange,
  query: string,
): Generator<string> {
  const { status, responseBody, method } = exchange
  if (status === 204 || status === 202) {
    if (responseBody !== '') yield `answer: has a body, and ${status} comes with none`
    return
  }
  if (target.suffix === '$count') {
    if (!/^\d+$/.test(responseBody)) yield 'answer: is not a number'
    return
  }
  const body = parsed(responseBody, 'answer')
  if ('problem' in body || !isObject(body.value)) {
    yield 'problem' in body ? body.problem : 'answer: is not an object'
    return
  }
  const { use } = target
  if (!use) {
    yield 'answer: has a body, and the action returns nothing'
    return
  }
  const created = method === 'POST' && target.operations.length === 0
  const primitive = use.type.startsWith('Edm.')
  if ((use.collection && !created) || primitive) {
    const { value, ...rest } = body.value
    for (const name of Object.keys(rest)) {
      if (!/^@(?:odata\.(?:context|nextLink|deltaLink|count)|microsoft\.graph\.\w+)$/.test(name)) {
        yield `answer.${name}: unknown member of a list`
      }
    }
    yield* bodyProblems(value, use, csdl, 'answer')
    const items: unknown[] = Array.isArray(value) ? value : []
    for (const item of items) yield* selected(item, query)
  } else {
    yield* bodyProblems(body.value, { ...use, collection: false, nullable: false }, csdl, 'answer')
    yield* selected(body.value, query)
    const key = propertyOf(csdl, use.type, 'id')
    if (created && key && typeof body.value['id'] !== 'string') yield 'answer.id: what was made has one'
  }
}

/** With `$select` Graph answers with what was selected, and no more (Microsoft Graph, "Use query parameters"). */
function* selected(item: unknown, query: string): Generator<string> {
  const options = new URLSearchParams(query)
  const select = options.get('$select')
  if (!select || !isObject(item)) return
  const allowed = new Set([
    'id',
    ...named('$select', select),
    ...named('$expand', options.get('$expand') ?? ''),
  ])
  for (const name of Object.keys(item)) {
    if (!name.includes('@') && !allowed.has(name)) yield `answer.${name}: was not selected`
  }
}

/** Microsoft Graph, "Error responses and resource types". */
export function* errorProblems({ responseBody }: Pick<WireExchange, 'responseBody'>): Generator<string> {
  const body = parsed(responseBody, 'error')
  if ('problem' in body) yield body.problem
  else if (!isObject(body.value) || !isObject(body.value['error'])) yield 'error: is not in an object'
  else {
    const { error } = body.value
    for (const name of ['code', 'message']) {
      if (typeof error[name] !== 'string') yield `error.${name}: is not a string`
    }
    for (const name of Object.keys(error)) {
      if (!['code', 'message', 'target', 'details', 'innerError', 'innererror'].includes(name)) {
        yield `error.${name}: unknown member`
      }
    }
  }
}

/** Microsoft Graph, "Combine multiple HTTP requests using JSON batching": at most 20, answered in any order. */
function* batchVerdicts(csdl: Csdl, exchange: WireExchange, version: string): Generator<Verdict> {
  const operation = 'POST /$batch'
  if (exchange.status >= 400) {
    yield { operation, problems: [...errorProblems(exchange)] }
    return
  }
  const asked = listIn(exchange.requestBody, 'requests')
  const answered = listIn(exchange.responseBody, 'responses')
  const problems: string[] = []
  if (!asked || !answered) problems.push('batch: has no list of requests or of responses')
  if (asked && (asked.length === 0 || asked.length > 20)) problems.push(`batch: ${asked.length} requests`)
  const answers = new Map((answered ?? []).map(answer => [answer['id'], answer]))
  const asks = new Map((asked ?? []).map(ask => [ask['id'], ask]))
  if (asks.size !== asked?.length || answers.size !== answered?.length || asks.size !== answers.size) {
    problems.push('batch: the ids of requests and responses are not the same')
  }
  yield { operation, problems }
  for (const [id, ask] of asks) {
    const answer = answers.get(id)
    const body = ask['body']
    yield* graphVerdicts(csdl, {
      method: String(ask['method']),
      url: `/${version}${String(ask['url'])}`,
      requestHeaders: headersOf(ask['headers']),
      requestBody: body === undefined ? '' : JSON.stringify(body),
      status: Number(answer?.['status']),
      responseHeaders: headersOf(answer?.['headers']),
      responseBody:
        answer?.['body'] === undefined || answer['body'] === null ? '' : JSON.stringify(answer['body']),
    })
  }
}

function listIn(text: string, name: string): Members[] | undefined {
  const body = parsed(text, name)
  const list = 'value' in body && isObject(body.value) ? body.value[name] : undefined
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}

function headersOf(value: unknown): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), String(text)]))
}
