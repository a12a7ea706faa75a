import { armErrorProblems } from './arm.ts'
import { isObject, parsed, type Verdict, type WireExchange } from './exchange.ts'

/**
 * Resource Manager's requests to services whose clients we do not carry (12 MB for one property of a storage account):
 * a version is asked for, bodies are objects, a storage account has its property where it belongs.
 */
const LOOSE: readonly (readonly [name: string, methods: readonly string[], pattern: RegExp])[] = [
  ['storageAccounts', ['GET', 'PATCH'], /\/providers\/Microsoft\.Storage\/storageAccounts(?:\/[^/]+)?$/i],
  [
    'managementGroups',
    ['GET'],
    /\/providers\/Microsoft\.Management\/managementGroups(?:\/[^/]+(?:\/descendants)?)?$/i,
  ],
  ['features', ['GET'], /\/providers\/Microsoft\.Features\/providers\/[^/]+\/features\/[^/]+$/i],
  ['resources', ['GET'], /^\/subscriptions\/[^/]+(?:\/resourceGroups\/[^/]+)?\/resources$/i],
]

/** `undefined` when it is none of these. */
export function looseVerdict(exchange: WireExchange): Verdict | undefined {
  const [path = '', query = ''] = exchange.url.split('?')
  const known = LOOSE.find(([, methods, pattern]) => methods.includes(exchange.method) && pattern.test(path))
  if (!known) return undefined
  const [name] = known
  return { operation: `${exchange.method} ${name}`, problems: [...problemsOf(name, query, exchange)] }
}

function* problemsOf(name: string, query: string, exchange: WireExchange): Generator<string> {
  const version = new URLSearchParams(query).get('api-version') ?? ''
  if (!/^\d{4}-\d\d-\d\d(?:-preview)?$/.test(version)) yield `query.api-version: ${version} is no version`
  if (exchange.method === 'PATCH') yield* bodyProblems(name, exchange.requestBody, 'request')
  if (exchange.status >= 400) yield* armErrorProblems(exchange)
  else yield* bodyProblems(name, exchange.responseBody, 'answer')
}

function* bodyProblems(name: string, text: string, where: string): Generator<string> {
  const body = parsed(text, where)
  if ('problem' in body || !isObject(body.value)) {
    yield 'problem' in body ? body.problem : `${where}: is not an object`
    return
  }
  const list = body.value['value']
  const items = Array.isArray(list) ? (list as unknown[]) : [body.value]
  for (const item of items) {
    const properties = isObject(item) ? item['properties'] : undefined
    if (name !== 'storageAccounts') continue
    if (!isObject(properties)) yield `${where}.properties: is not an object`
    // Not set means allowed ("Prevent Shared Key authorization").
    else if (!['boolean', 'undefined', 'object'].includes(typeof properties['allowSharedKeyAccess'])) {
      yield `${where}.properties.allowSharedKeyAccess: is not a boolean`
    }
  }
}
