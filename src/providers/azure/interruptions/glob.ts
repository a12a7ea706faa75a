/**
 * Does a name match a pattern of `*` (any run of characters) and `?` (one), in any case? Both come from outside, so the
 * time is bounded by the product of their lengths, which a backtracking expression would not be.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const glob = pattern.toLowerCase()
  const text = name.toLowerCase()
  let p = 0
  let n = 0
  let star = -1
  let mark = 0
  while (n < text.length) {
    if (glob[p] === '*') {
      star = p++
      mark = n
    } else if (p < glob.length && (glob[p] === '?' || glob[p] === text[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++mark
    } else {
      return false
    }
  }
  while (glob[p] === '*') p++
  return p === glob.length
}
