import type { Json } from './store.ts'

/**
 * Whether claims satisfy a flexible federated credential's expression: `claims['sub'] matches 'repo:acme/*'`, `eq`,
 * joined by `and`; `*` and `?` are wildcards (Microsoft Entra documentation, "Flexible federated identity credentials").
 * An expression that cannot be read matches nothing.
 */
export function satisfies(expression: string, claims: { readonly [name: string]: Json }): boolean {
  return expression.split(/\s+and\s+/i).every(term => {
    const parsed = /^\s*claims\['([^']+)'\]\s+(eq|matches)\s+'([^']*)'\s*$/i.exec(term)
    const [, claim = '', operator = '', wanted = ''] = parsed ?? []
    const value = claims[claim]
    if (parsed === null || typeof value !== 'string') return false
    return operator.toLowerCase() === 'eq' ? value === wanted : wildcard(wanted).test(value)
  })
}

function wildcard(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${text}$`, 's')
}
