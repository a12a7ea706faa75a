/** IAM returns policy documents percent-encoded (RFC 3986), and SDK v3 leaves them so (tested). */
export function decodeDocument(text: string | undefined): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text.startsWith('%') || !text.startsWith('{') ? decodeURIComponent(text) : text)
  } catch {
    return undefined
  }
}

/** A value where IAM allows one or a list. */
export function listOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(each => typeof each === 'string')
  return typeof value === 'string' ? [value] : []
}

/** Condition values may be numbers and truth values as well; IAM compares their texts. */
function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter(each => ['string', 'number', 'boolean'].includes(typeof each)).map(String)
}

export interface Statement {
  Effect?: unknown
  Principal?: unknown
  NotPrincipal?: unknown
  Condition?: unknown
  Action?: unknown
}

/** The statements of a document; a single one may stand without a list. */
export function statementsOf(document: unknown): Statement[] {
  if (typeof document !== 'object' || document === null || !('Statement' in document)) return []
  const { Statement: statements } = document
  const list = Array.isArray(statements) ? statements : [statements]
  return list.filter((each): each is Statement => typeof each === 'object' && each !== null)
}

/** Conditions as rows: operator, key in lower case, values. */
export function conditionsOf(statement: Statement): { operator: string; key: string; values: string[] }[] {
  const { Condition } = statement
  if (typeof Condition !== 'object' || Condition === null) return []
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    typeof keys === 'object' && keys !== null
      ? Object.entries(keys).map(([key, value]) => ({
          operator,
          key: key.toLowerCase(),
          values: textsOf(value),
        }))
      : [],
  )
}
