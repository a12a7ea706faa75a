/**
 * `${*}` and `${?}` in a policy stand for the characters themselves (IAM JSON policy elements: Variables and tags, "Special
 * characters"). Filled in, they are these two, which are in no name and no ARN.
 */
export const LITERAL: { readonly [character: string]: string } = { '*': '\uf8f0', '?': '\uf8f1' }

/** The text with literal characters as they are, for operators that know no wildcards. */
export function literalText(text: string): string {
  return text.replaceAll('\uf8f0', '*').replaceAll('\uf8f1', '?')
}

/** Does the text match a pattern in which `*` stands for any characters and `?` for one? Linear in practice, no regex. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    const c = pattern[p]
    if (c === '*') {
      star = p
      resume = t
      p += 1
    } else if (c !== undefined && (c === '?' || c === text[t] || LITERAL[text[t] ?? ''] === c)) {
      p += 1
      t += 1
    } else if (star >= 0) {
      p = star + 1
      resume += 1
      t = resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}

/** Actions compare without regard to case (IAM JSON policy elements: Action). */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), action.toLowerCase())
}

/**
 * Each of the six parts of the ARN on its own, so that a wildcard does not reach over a colon (IAM JSON policy
 * elements: Condition operators, "Each of the six colon-delimited components of the ARN is checked separately").
 */
export function matchesArn(pattern: string, arn: string): boolean {
  const patterns = arnParts(pattern)
  const parts = arnParts(arn)
  if (patterns === undefined) return pattern === '*'
  if (parts === undefined) return false
  return patterns.every((part, index) => matchesWildcard(part, parts[index] ?? ''))
}

function arnParts(arn: string): string[] | undefined {
  const parts = arn.split(':')
  if (parts.length < 6) return undefined
  return [...parts.slice(0, 5), parts.slice(5).join(':')]
}
