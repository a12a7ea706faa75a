/** A few of many texts, for a sentence; each of them once. */
export function listed(texts: readonly string[]): string {
  const each = [...new Set(texts)]
  return each.length > 3 ? `${each.slice(0, 2).join(', ')} and ${each.length - 2} more` : each.join(', ')
}
