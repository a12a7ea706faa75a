import { Problem } from './wire.ts'

export type Shown = { readonly [property: string]: unknown }

/**
 * A `$filter` as a test, for what the lab knows of the language: `eq`, `ne`, `in`, `startswith`, `endswith`, `not`,
 * `any(x: x eq …)`, joined by `and` and `or` without parentheses around them.
 * @throws Problem for any other expression, and for one that needs the index without saying so
 */
export function filterOf(text: string | undefined, eventual: boolean): (shown: Shown) => boolean {
  if (text === undefined) return () => true
  if (/\s(?:ne|not)\s|^not\b|endswith\(/i.test(text) && !eventual) {
    throw new Problem(
      400,
      'Request_UnsupportedQuery',
      `Unsupported Query: ${text} needs ConsistencyLevel: eventual`,
    )
  }
  const alternatives = split(text, 'or').map(each => split(each, 'and').map(termOf))
  return shown => alternatives.some(terms => terms.every(term => term(shown)))
}

function termOf(text: string): (shown: Shown) => boolean {
  const compare = /^([\w/]+)\s+(eq|ne)\s+(.+)$/i.exec(text)
  if (compare !== null) {
    const [, property = '', operator = '', literal = ''] = compare
    const wanted = literalOf(literal)
    return shown => same(at(shown, property), wanted) === (operator.toLowerCase() === 'eq')
  }
  const listed = /^([\w/]+)\s+in\s+\((.*)\)$/i.exec(text)
  if (listed !== null) {
    const [, property = '', list = ''] = listed
    const wanted = (list.match(/'(?:[^']|'')*'|[^,\s]+/g) ?? []).map(literalOf)
    return shown => wanted.some(each => same(at(shown, property), each))
  }
  const call = /^(startswith|endswith)\(([\w/]+),\s*('.*')\)$/i.exec(text)
  if (call !== null) {
    const [, name = '', property = '', literal = ''] = call
    const wanted = String(literalOf(literal)).toLowerCase()
    return shown => {
      const value = String(at(shown, property) ?? '').toLowerCase()
      return name.toLowerCase() === 'startswith' ? value.startsWith(wanted) : value.endsWith(wanted)
    }
  }
  const any = /^([\w/]+)\/any\((\w+):\s*(\w+)\s+eq\s+(.+)\)$/i.exec(text)
  if (any !== null && any[2] === any[3]) {
    const wanted = literalOf(any[4] ?? '')
    return shown => {
      const list = at(shown, any[1] ?? '')
      return Array.isArray(list) && list.some(each => same(each, wanted))
    }
  }
  const negated = /^not\s*\(?(.+?)\)?$/i.exec(text)
  if (negated?.[1] !== undefined) {
    const term = termOf(negated[1])
    return shown => !term(shown)
  }
  throw new Problem(400, 'BadRequest', `Invalid filter clause: ${text}`)
}

/** At the words `and` and `or`, where they are not in a literal or in parentheses. */
function split(text: string, word: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let from = 0
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === "'") quoted = !quoted
    if (quoted) continue
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (depth === 0 && text.slice(index, index + word.length + 2).toLowerCase() === ` ${word} `) {
      parts.push(text.slice(from, index).trim())
      from = index + word.length + 2
    }
  }
  return [...parts, text.slice(from).trim()]
}

function literalOf(text: string): string | boolean | null | number {
  const literal = text.trim()
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'")
  if (literal === 'true') return true
  if (literal === 'false') return false
  if (literal === 'null') return null
  return /^-?\d+$/.test(literal) ? Number(literal) : literal
}

function same(value: unknown, wanted: string | boolean | null | number): boolean {
  if (typeof value === 'string' && typeof wanted === 'string')
    return value.toLowerCase() === wanted.toLowerCase()
  return (value ?? null) === wanted
}

function at(shown: Shown, path: string): unknown {
  let value: unknown = shown
  for (const name of path.split('/')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Shown)[name]
  }
  return value
}

/**
 * Only the selected properties; what the service always adds (`@odata.*`) stays.
 * @throws Problem for a property that the type does not have
 */
export function select(shown: Shown, selected: string | undefined, type: string): Shown {
  if (selected === undefined) return shown
  const kept: { [property: string]: unknown } = {}
  for (const name of Object.keys(shown)) if (name.startsWith('@odata')) kept[name] = shown[name]
  for (const name of selected.split(',').map(each => each.trim())) {
    if (name in shown) kept[name] = shown[name]
    else if (!(KNOWN[type] ?? []).includes(name)) {
      throw new Problem(
        400,
        'BadRequest',
        `Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`,
      )
    }
  }
  return kept
}

/** Properties of Graph that the lab never sets: selecting them is no mistake. */
const KNOWN: { readonly [type: string]: readonly string[] } = {
  application: [
    'requiredResourceAccess',
    'servicePrincipalLockConfiguration',
    'appRoles',
    'identifierUris',
    'web',
    'api',
    'description',
    'tokenEncryptionKeyId',
    'createdByAppId',
    'verifiedPublisher',
    'serviceManagementReference',
    'info',
    'optionalClaims',
    'agentIdentityBlueprintId',
  ],
  servicePrincipal: [
    'createdByAppId',
    'oauth2PermissionScopes',
    'homepage',
    'replyUrls',
    'description',
    'appDescription',
    'appDisplayName',
    'tokenEncryptionKeyId',
    'verifiedPublisher',
    'info',
    'agentIdentityBlueprintId',
    'createdDateTime',
    'preferredTokenSigningKeyThumbprint',
    'preferredSingleSignOnMode',
    'loginUrl',
    'applicationTemplateId',
  ],
  group: [
    'description',
    'mailEnabled',
    'createdDateTime',
    'mailNickname',
    'visibility',
    'membershipRuleProcessingState',
  ],
  user: ['userType', 'mail', 'createdDateTime', 'jobTitle'],
}
